package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * No call allocates in steady state: zero bytes, not few, counted by the JVM for this thread. This also notices a
 * vector operation that C2 does not make an instruction of, since each of its results is an object then.
 *
 * <p>Each width in a JVM of its own, as programs use them. Where several sets of kernels were loaded one after the
 * other in one busy JVM, as by other tests, C2 left one vector in eight rows an object in every third: perhaps since
 * what it knows of the methods of the Vector API comes from other kernels then.
 */
@Tag("once")
class AllocationTest {
    @TestFactory
    Stream<DynamicTest> noCallAllocates() {
        assumeTrue(TestJvm.NAME.equals("default"), "the JVMs that are started do not depend on this one");
        return VectorWidth.available().stream()
                .map(width -> DynamicTest.dynamicTest(width.toString(), () -> assertAllocatesNothing(width)));
    }

    private static void assertAllocatesNothing(VectorWidth width) throws Exception {
        String value = width == VectorWidth.SCALAR ? "scalar" : String.valueOf(width.bits());
        ChildJvm.Ended ended = ChildJvm.run(List.of("-Dlanenorm.width=" + value), Program.class);
        List<String> bytes = ended.output().lines().toList();
        assertAll(
                () -> assertEquals("", ended.errors()),
                () -> assertEquals(3, bytes.size(), ended.output()),
                () -> assertEquals("0", bytes.get(0), "on one thread"),
                () -> assertEquals("0", bytes.get(1), "work that several threads do not share"),
                () -> assertTrue(
                        Integer.parseInt(bytes.get(2)) <= 500, bytes.get(2) + " bytes in a call of two threads"));
    }

    /**
     * Prints the bytes that calls allocate in the end: of a norm with one thread, of one with two for work that is not
     * shared, and how many a call of shared work does.
     */
    static final class Program {
        private static final int CALLS = 200;
        private static final int CLEAN_ROUNDS = 5;
        private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        private static final Batch[] BATCHES = {
            new Batch(5, 768, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 1),
            new Batch(17, 101, Values.UNIFORM, Weights.ABSENT, Weights.NORMAL, 1e-5, Gradient.NORMAL, 2),
            new Batch(3, 600, Values.STEP_AT_64, Weights.NORMAL, Weights.ABSENT, 0, Gradient.NORMAL, 3),
            new Batch(130, 64, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 6),
            new Batch(130, 128, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 7),
            new Batch(2, 333, Values.HUGE_30, Weights.NORMAL, Weights.ABSENT, 1e-5, Gradient.NORMAL, 4),
        };

        private Program() {}

        public static void main(String[] args) {
            System.out.println(bytesInTheEnd(Batch::norm));
            System.out.println(
                    bytesInTheEnd(batch -> batch.builder().parallelism(2).build()));
            System.out.println(bytesOfSharedCall());
        }

        /** Zero as soon as there were several rounds in a row without a byte, after as many as the compilers need. */
        private static long bytesInTheEnd(Function<Batch, LayerNorm> norms) {
            List<Work> work = Arrays.stream(BATCHES)
                    .map(batch -> new Work(batch, norms.apply(batch)))
                    .toList();
            long start = System.nanoTime();
            int clean = 0;
            long bytes = 0;
            while (clean < CLEAN_ROUNDS && System.nanoTime() - start < PATIENCE_NANOS) {
                bytes = bytes(work);
                clean = bytes == 0 && work.stream().noneMatch(Work::isWarmingUp) ? clean + 1 : 0;
            }
            return clean == CLEAN_ROUNDS ? 0 : Math.max(1, bytes);
        }

        private static long bytesOfSharedCall() {
            Batch batch = new Batch(300, 100, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 5);
            Work work = new Work(
                    batch, batch.builder().parallelism(2).leastSharedElements(1).build());
            long bytes = 0;
            for (int round = 0; round < 5; round++) {
                bytes = bytes(List.of(work));
            }
            return bytes / (CALLS * Work.CALLS);
        }

        private static long bytes(List<Work> work) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < CALLS; call++) {
                for (int i = 0; i < work.size(); i++) {
                    work.get(i).run();
                }
            }
            return THREADS.getCurrentThreadAllocatedBytes() - before;
        }
    }

    /** One of each call there is, on arrays of its own. */
    private static final class Work {
        static final int CALLS = 5;

        private final LayerNorm norm;
        private final float[] x;
        private final float[] dy;
        private final float[] out;
        private final float[] dgamma;
        private final float[] dbeta;
        private final RowStatistics statistics;

        Work(Batch batch, LayerNorm norm) {
            this.norm = norm;
            x = batch.x();
            dy = batch.dy();
            out = new float[x.length];
            dgamma = new float[batch.features()];
            dbeta = new float[batch.features()];
            statistics = new RowStatistics(batch.rows());
        }

        /** Whether the kernels are not yet those that the norm will have for good. */
        boolean isWarmingUp() {
            String description = norm.toString();
            return norm.width() != VectorWidth.SCALAR
                    && (description.contains("kernels=scalar") || description.contains("not all compiled"));
        }

        void run() {
            norm.forward(x, out);
            norm.forward(x, out, statistics);
            norm.backward(dy, x, statistics, out, dgamma, dbeta);
            norm.backward(dy, x, statistics, out, null, null);
            norm.backward(dy, x, statistics, null, dgamma, null);
        }
    }
}

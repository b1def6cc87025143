package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No call allocates in steady state: zero bytes, not few, counted by the JVM for this thread. This also notices a
 * vector operation that C2 does not make an instruction of, since each of its results is an object then.
 *
 * <p>In a JVM of its own, beside which nothing else compiles, and at all widths one after the other, twice: what C2
 * knows of the methods of the Vector API comes from all of them.
 */
@Tag("once")
class AllocationTest {
    @Test
    void noCallAllocates() throws Exception {
        ChildJvm.Ended ended = ChildJvm.run(List.of(), Program.class);
        assertEquals("", ended.errors());
        assertEquals(0, ended.status());
        List<String> bytes = ended.output().lines().toList();
        assertEquals(2 * VectorWidth.available().size(), bytes.size(), ended.output());
        for (String line : bytes) {
            assertTrue(Integer.parseInt(line) <= 500, line + " bytes in a call of two threads");
        }
    }

    /**
     * Ends at the first width at which calls go on allocating: of a norm with one thread, or of one with two for work
     * that is not shared. Prints how many bytes a call of shared work allocates, for each width.
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
            for (int time = 0; time < 2; time++) {
                for (VectorWidth width : List.copyOf(VectorWidth.available()).reversed()) {
                    assertNothingInTheEnd(batch -> batch.builder().width(width));
                    assertNothingInTheEnd(batch -> batch.builder().width(width).parallelism(2));
                    System.out.println(bytesOfSharedCall(width));
                }
            }
        }

        /** Returns when there were several rounds in a row without a byte, after as many as the compilers need. */
        private static void assertNothingInTheEnd(Function<Batch, LayerNorm.Builder> builders) {
            Work[] work = Arrays.stream(BATCHES)
                    .map(batch -> new Work(batch, builders.apply(batch).build()))
                    .toArray(Work[]::new);
            long start = System.nanoTime();
            int clean = 0;
            while (clean < CLEAN_ROUNDS) {
                long bytes = bytes(work);
                clean = bytes == 0 && Arrays.stream(work).noneMatch(Work::isWarmingUp) ? clean + 1 : 0;
                if (System.nanoTime() - start > PATIENCE_NANOS) {
                    throw new AssertionError(bytes + " bytes in " + CALLS + " calls of each kind: " + work[0].norm);
                }
            }
        }

        private static long bytesOfSharedCall(VectorWidth width) {
            Batch batch = new Batch(300, 100, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 5);
            Work work = new Work(
                    batch,
                    batch.builder()
                            .width(width)
                            .parallelism(2)
                            .leastSharedElements(1)
                            .build());
            long bytes = 0;
            for (int round = 0; round < 5; round++) {
                bytes = bytes(work);
            }
            return bytes / (CALLS * Work.CALLS);
        }

        private static long bytes(Work... work) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < CALLS; call++) {
                for (Work each : work) {
                    each.run();
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

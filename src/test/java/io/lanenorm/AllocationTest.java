package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.management.ManagementFactory;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * No call allocates in steady state: zero bytes, not few, counted by the JVM for this thread. This also notices a
 * vector operation that C2 does not make an instruction of, since each of its results is an object then.
 */
@Tag("once")
class AllocationTest {
    private static final int CALLS = 200;
    private static final long PATIENCE_NANOS = 120_000_000_000L;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final Batch[] BATCHES = {
        new Batch(5, 768, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 1),
        new Batch(17, 101, Values.UNIFORM, Weights.ABSENT, Weights.NORMAL, 1e-5, Gradient.NORMAL, 2),
        new Batch(3, 600, Values.STEP_AT_64, Weights.NORMAL, Weights.ABSENT, 0, Gradient.NORMAL, 3),
        new Batch(130, 64, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 6),
        new Batch(130, 128, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 7),
        new Batch(2, 333, Values.HUGE_30, Weights.NORMAL, Weights.ABSENT, 1e-5, Gradient.NORMAL, 4),
    };

    /** Kernels of its own for each width, so that other tests have no part in how these are compiled. */
    @TestFactory
    Stream<DynamicTest> noCallAllocates() {
        Stream<Kernels> forced = TestJvm.fastKernels().stream()
                .map(kernels -> kernels == ScalarKernels.INSTANCE ? kernels : TestJvm.loadAnew(kernels));
        return Stream.concat(
                forced.map(kernels ->
                        DynamicTest.dynamicTest(kernels.toString(), () -> settles(batch -> batch.norm(kernels)))),
                Stream.of(DynamicTest.dynamicTest("the builder's", () -> settles(Batch::norm))));
    }

    /** Work that several threads do not share allocates as little as that of one; the rest a few hundred bytes. */
    @Test
    void severalThreads() {
        settles(batch -> batch.builder().parallelism(2).build());
        Batch batch = new Batch(300, 100, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 5);
        Work work = new Work(
                batch, batch.builder().parallelism(2).leastSharedElements(1).build());
        long bytes = 0;
        for (int round = 0; round < 5; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < CALLS; call++) {
                work.run();
            }
            bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        long each = bytes / (CALLS * Work.CALLS);
        assertTrue(each <= 500, each + " bytes a call");
    }

    /** Three rounds in a row without a byte, after as many as the compilers need. */
    private static void settles(Function<Batch, LayerNorm> norms) {
        Work[] work = new Work[BATCHES.length];
        for (int i = 0; i < work.length; i++) {
            work[i] = new Work(BATCHES[i], norms.apply(BATCHES[i]));
        }
        long start = System.nanoTime();
        int clean = 0;
        while (clean < 3) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < CALLS; call++) {
                for (Work one : work) {
                    one.run();
                }
            }
            long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
            clean = bytes == 0 ? clean + 1 : 0;
            if (clean == 0 && System.nanoTime() - start > PATIENCE_NANOS) {
                fail(bytes + " bytes in " + CALLS + " rounds of " + work.length + " batches, and no end of it");
            }
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

        void run() {
            norm.forward(x, out);
            norm.forward(x, out, statistics);
            norm.backward(dy, x, statistics, out, dgamma, dbeta);
            norm.backward(dy, x, statistics, out, null, null);
            norm.backward(dy, x, statistics, null, dgamma, null);
        }
    }
}

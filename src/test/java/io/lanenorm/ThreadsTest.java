package io.lanenorm;

import io.lanenorm.kernels.ScalarKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** One norm, many threads, platform and virtual, with batches of their own: each gets the bits it gets alone. */
class ThreadsTest {
    private static final int THREADS = 8;
    private static final int CALLS = 40;

    @Test
    void platformThreads() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            shareANorm(threads);
        }
    }

    @Test
    void virtualThreads() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            shareANorm(threads);
        }
    }

    private static void shareANorm(ExecutorService threads) throws Exception {
        Batch batch = new Batch(20, 77, Values.ANY, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 1);
        LayerNorm shared = batch.norm();
        List<Future<?>> futures = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Batch own = new Batch(
                    20 + thread, 77, Values.ANY, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 100 + thread);
            float[] x = own.x();
            float[] dy = own.dy();
            Outcome expected = Outcome.of(batch.norm(ScalarKernels.INSTANCE), x, dy);
            futures.add(threads.submit(() -> {
                for (int call = 0; call < CALLS; call++) {
                    Outcome.of(shared, x, dy).assertSameBits(expected, "a shared norm");
                }
            }));
        }
        for (Future<?> future : futures) {
            future.get();
        }
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One call on several threads gives the bits of one thread, whichever part of it ends first. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ParallelismTest {
    private static final int MOST = 8;
    private static final ExecutorService THREADS = Executors.newFixedThreadPool(MOST - 1);

    @AfterAll
    static void shutDown() {
        THREADS.shutdown();
    }

    private static Batch batch(int rows, int features) {
        return new Batch(rows, features, Values.ANY, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, rows);
    }

    /** Shares all work, however small. */
    private static LayerNorm.Builder parallel(Batch batch, int threads) {
        return batch.builder().parallelism(threads).executor(THREADS).leastSharedElements(1);
    }

    /** Around the blocks of 16 and the groups of 64 rows, and more rows than are summed before sums are added up. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 257, 1024, 1025, 4097, 8321})
    void anyNumberOfThreads(int rows) {
        for (int features : new int[] {1, 3, 37}) {
            Batch batch = batch(rows, features);
            float[] x = batch.x();
            float[] dy = batch.dy();
            Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
            for (int threads : new int[] {1, 2, 3, MOST}) {
                LayerNorm norm = parallel(batch, threads).build();
                for (int call = 0; call < 3; call++) {
                    Outcome.of(norm, x, dy).assertSameBits(expected, threads + " threads");
                }
                assertSameWhereAsked(norm, x, dy, expected);
            }
        }
    }

    /** Each gradient where another is not asked for, and y where the statistics are not. */
    private static void assertSameWhereAsked(LayerNorm norm, float[] x, float[] dy, Outcome expected) {
        float[] y = new float[x.length];
        norm.forward(x, y);
        assertArrayEquals(expected.y, y);
        RowStatistics statistics = new RowStatistics(x.length / norm.features());
        norm.forward(x, y, statistics);
        float[] dx = new float[x.length];
        norm.backward(dy, x, statistics, dx, null, null);
        assertArrayEquals(expected.dx, dx);
        float[] dgamma = new float[norm.features()];
        norm.backward(dy, x, statistics, null, dgamma, null);
        assertArrayEquals(expected.dgamma, dgamma);
        float[] dbeta = new float[norm.features()];
        norm.backward(dy, x, statistics, dx, null, dbeta);
        assertArrayEquals(expected.dbeta, dbeta);
        norm.backward(dy, x, statistics, null, null, null);
    }

    /** As a user gets it: calls around the size from which on work is shared. */
    @ParameterizedTest
    @ValueSource(ints = {100, 111, 112, 113, 130, 600})
    void aroundTheLeastWorkThatIsShared(int rows) {
        Batch batch = batch(rows, 256);
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        LayerNorm norm = batch.builder().parallelism(2).build();
        for (int call = 0; call < 20; call++) {
            Outcome.of(norm, batch.x(), batch.dy()).assertSameBits(expected, "two threads");
        }
    }

    /** The caller's first part ends when the others are through with all they can do, and they come to an end. */
    @ParameterizedTest
    @ValueSource(ints = {40, 300, 2000})
    void theFirstPartEndsLast(int rows) {
        Thread caller = Thread.currentThread();
        AtomicInteger running = new AtomicInteger();
        Executor executor = task -> {
            running.incrementAndGet();
            THREADS.execute(() -> {
                task.run();
                running.decrementAndGet();
            });
        };
        assertSameBits(batch(rows, 5), executor, helped -> {
            if (Thread.currentThread().equals(caller)) {
                Wait.until(() -> helped.get() && running.get() == 0);
            } else {
                helped.set(true);
            }
        });
    }

    /** A part of a helper ends last, and the caller, which sleeps by then, is woken. */
    @ParameterizedTest
    @ValueSource(ints = {40, 300, 2000})
    void aPartOfAHelperEndsLast(int rows) {
        Thread caller = Thread.currentThread();
        assertSameBits(batch(rows, 5), THREADS, helped -> {
            if (Thread.currentThread().equals(caller)) {
                Wait.until(helped::get);
            } else {
                helped.set(true);
                Wait.untilAsleep(caller);
            }
        });
    }

    /**
     * Runs both passes with two threads.
     *
     * @param onEachCall what the kernels do first, told whether a helper has been at this pass
     */
    private static void assertSameBits(Batch batch, Executor executor, Consumer<AtomicBoolean> onEachCall) {
        AtomicBoolean helped = new AtomicBoolean();
        LayerNorm norm = parallel(batch, 2)
                .executor(executor)
                .kernels(new OnEachCall(ScalarKernels.INSTANCE, offset -> onEachCall.accept(helped)))
                .build();
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        float[] x = batch.x();
        float[] out = new float[x.length];
        RowStatistics statistics = new RowStatistics(batch.rows());
        norm.forward(x, out, statistics);
        assertArrayEquals(expected.y, out);
        helped.set(false);
        float[] dgamma = new float[batch.features()];
        float[] dbeta = new float[batch.features()];
        norm.backward(batch.dy(), x, statistics, out, dgamma, dbeta);
        assertArrayEquals(expected.dx, out);
        assertArrayEquals(expected.dgamma, dgamma);
        assertArrayEquals(expected.dbeta, dbeta);
    }

    /** A helper at dx of a batch of one block is ahead of the caller, who adds up, and waits for it. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 15, 16})
    void dxWaitsForTheSums(int rows) {
        Batch batch = batch(rows, 5);
        Thread caller = Thread.currentThread();
        Semaphore rowsOfDx = new Semaphore(0);
        AtomicInteger calls = new AtomicInteger();
        // The helper takes row after row, and the caller adds up four more when dx of the last four has begun.
        Kernels kernels = new OnEachCall(ScalarKernels.INSTANCE, offset -> {
            if (!Thread.currentThread().equals(caller)) {
                rowsOfDx.release();
            } else if (calls.getAndIncrement() > 0 && calls.get() <= Math.ceilDiv(rows, 4)) {
                rowsOfDx.acquireUninterruptibly(4);
            }
        });
        float[] x = batch.x();
        float[] dx = new float[x.length];
        RowStatistics statistics = new RowStatistics(rows);
        batch.norm(ScalarKernels.INSTANCE).forward(x, dx, statistics);
        float[] dgamma = new float[5];
        // Before the expected outcome, whose sums are left in the workspace.
        parallel(batch, 2).kernels(kernels).build().backward(batch.dy(), x, statistics, dx, dgamma, null);
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        assertArrayEquals(expected.dx, dx);
        assertArrayEquals(expected.dgamma, dgamma);
    }

    @Test
    void severalCallersOfOneNorm() throws Exception {
        Batch batch = batch(300, 50);
        LayerNorm shared = parallel(batch, 3).build();
        try (ExecutorService callers = Executors.newFixedThreadPool(6)) {
            List<Future<?>> futures = new ArrayList<>();
            for (int caller = 0; caller < 6; caller++) {
                Batch own = new Batch(
                        40 + 50 * caller,
                        50,
                        Values.ANY,
                        Weights.NORMAL,
                        Weights.NORMAL,
                        1e-5,
                        Gradient.NORMAL,
                        caller);
                float[] x = own.x();
                float[] dy = own.dy();
                Outcome expected = Outcome.of(batch.norm(ScalarKernels.INSTANCE), x, dy);
                futures.add(callers.submit(() -> {
                    for (int call = 0; call < 40; call++) {
                        Outcome.of(shared, x, dy).assertSameBits(expected, "a shared norm");
                    }
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }

    /** Callers on all threads of the pool whose threads they ask for, with more of them waiting in its queue. */
    @Test
    void callersThatFillTheCommonPool() throws Exception {
        Batch batch = batch(100, 40);
        LayerNorm norm = batch.builder().parallelism(4).leastSharedElements(1).build();
        float[] x = batch.x();
        float[] dy = batch.dy();
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        int callers = 4 * ForkJoinPool.getCommonPoolParallelism() + 4;
        CountDownLatch begun = new CountDownLatch(1);
        List<Future<?>> futures = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            futures.add(ForkJoinPool.commonPool().submit(() -> {
                begun.countDown();
                for (int call = 0; call < 20; call++) {
                    Outcome.of(norm, x, dy).assertSameBits(expected, "a task of the common pool");
                }
            }));
        }
        begun.await();
        for (Future<?> future : futures) {
            future.get();
        }
    }
}

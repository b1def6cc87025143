package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever the executor does with the tasks: the result is the same, the call ends, and nothing of it is left behind.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExecutorTest {
    private static final Batch BATCH =
            new Batch(100, 50, Values.ANY, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 1);
    private static final Outcome EXPECTED = BATCH.outcome(ScalarKernels.INSTANCE);

    private static LayerNorm.Builder parallel(Executor executor) {
        return BATCH.builder().parallelism(4).executor(executor).leastSharedElements(1);
    }

    private static void works(Executor executor) {
        works(parallel(executor).build());
    }

    private static void works(LayerNorm norm) {
        float[] x = BATCH.x();
        float[] dy = BATCH.dy();
        for (int call = 0; call < 50; call++) {
            Outcome.of(norm, x, dy).assertSameBits(EXPECTED, "call " + call);
        }
    }

    @Test
    void theCommonPoolByDefault() {
        works(BATCH.builder().parallelism(4).leastSharedElements(1).build());
    }

    @Test
    void aForkJoinPool() {
        try (ForkJoinPool pool = new ForkJoinPool(3)) {
            works(pool);
        }
    }

    @Test
    void aVirtualThreadPerTask() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            works(threads);
        }
    }

    @Test
    void aThreadPerTask() {
        works(task -> new Thread(task).start());
    }

    @Test
    void aVirtualThreadAsCaller() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> works(threads)).get();
        }
    }

    @Test
    void aBusyPool() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            pool.execute(() -> await(end));
            works(pool);
            end.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void thePoolOfOneThreadThatTheCallerIsOn() throws Exception {
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            pool.submit(() -> works(pool)).get();
        }
        try (ForkJoinPool pool = new ForkJoinPool(1)) {
            pool.submit(() -> works(pool)).get();
        }
    }

    @Test
    void onesThatRefuse() {
        works(task -> {
            throw new RejectedExecutionException("none today");
        });
        works(task -> {
            throw new IllegalStateException("broken");
        });
        works(task -> {
            throw new OutOfMemoryError("no thread");
        });
        works(task -> ExecutorTest.<RuntimeException>throwUndeclared(new Exception("as in Kotlin")));
        ExecutorService pool = Executors.newCachedThreadPool();
        pool.shutdown();
        works(pool);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> void throwUndeclared(Exception exception) throws E {
        throw (E) exception;
    }

    @Test
    void oneThatDropsTasks() {
        works(task -> {});
    }

    @Test
    void theCallerItself() {
        works(Runnable::run);
        works(task -> {
            task.run();
            task.run();
        });
    }

    /** Callers that run the tasks of one another, each with a call of its own half done. */
    @Test
    void theCallersOfOtherCalls() throws Exception {
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        LayerNorm norm = parallel(task -> {
                    tasks.add(task);
                    for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
                        next.run();
                    }
                })
                .build();
        float[] x = Arrays.copyOf(BATCH.x(), 10 * norm.features());
        float[] dy = Arrays.copyOf(BATCH.dy(), x.length);
        Outcome expected = Outcome.of(BATCH.norm(ScalarKernels.INSTANCE), x, dy);
        try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<?>> futures = new ArrayList<>();
            for (int caller = 0; caller < 4; caller++) {
                futures.add(callers.submit(() -> {
                    for (int call = 0; call < 500; call++) {
                        Outcome.of(norm, x, dy).assertSameBits(expected, "call " + call);
                    }
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }

    /** Tasks that begin when their call is over, or in the midst of the next. */
    @Test
    void lateTasks() throws Exception {
        Queue<Runnable> late = new ConcurrentLinkedQueue<>();
        AtomicBoolean over = new AtomicBoolean();
        Thread runner = new Thread(() -> {
            while (!over.get()) {
                Runnable task = late.poll();
                if (task != null) {
                    task.run();
                }
            }
        });
        runner.start();
        works(task -> {
            late.add(task);
            late.add(task);
        });
        over.set(true);
        runner.join();
    }

    /** A pool that comes to nothing is not flooded with tasks. */
    @Test
    void aBusyPoolIsNotAskedAgainAndAgain() {
        List<Runnable> tasks = new ArrayList<>();
        long start = System.nanoTime();
        LayerNorm norm = parallel(tasks::add).build();
        float[] x = BATCH.x();
        for (int call = 0; call < 1000; call++) {
            norm.forward(x, x);
        }
        long asked = 1 + (System.nanoTime() - start) / 100_000_000;
        assertTrue(tasks.size() <= 3 * asked, tasks.size() + " tasks");
    }

    /** Nor is one whose tasks do come asked for more helpers than may help. */
    @Test
    void noMoreThreadsThanAllowed() {
        try (ExecutorService pool = Executors.newCachedThreadPool()) {
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            CountDownLatch two = new CountDownLatch(2);
            Kernels kernels = new OnEachCall(ScalarKernels.INSTANCE, offset -> {
                int now = inside.incrementAndGet();
                most.accumulateAndGet(now, Math::max);
                two.countDown();
                await(two);
                inside.decrementAndGet();
            });
            works(parallel(task -> {
                        for (int i = 0; i < 5; i++) {
                            pool.execute(task);
                        }
                    })
                    .kernels(kernels)
                    .build());
            assertTrue(most.get() <= 4, most + " threads at once");
            assertTrue(most.get() > 1, "nobody helps");
        }
    }

    @Test
    void aTaskThatComesTooLateFindsNothing() {
        List<Runnable> tasks = new ArrayList<>();
        LayerNorm norm = parallel(tasks::add).build();
        float[] x = BATCH.x();
        WeakReference<float[]> weak = new WeakReference<>(x);
        float[] y = new float[x.length];
        norm.forward(x, y);
        float[] copy = y.clone();
        x = null;
        for (int i = 0; i < 100 && weak.get() != null; i++) {
            System.gc();
        }
        assertNull(weak.get(), "a task that waits keeps the batch");
        assertFalse(tasks.isEmpty());
        tasks.forEach(Runnable::run);
        assertArrayEquals(copy, y);
    }

    /**
     * What fails in a helper fails the call, once no thread is at it any more, and nobody begins another part; the next
     * call is as ever.
     */
    @Test
    void aHelperThatFails() {
        fails(new OutOfMemoryError("of a helper"), false);
    }

    @Test
    void aCallerThatFails() {
        fails(new OutOfMemoryError("of the caller"), true);
    }

    private static void fails(Error failure, boolean inTheCaller) {
        Thread caller = Thread.currentThread();
        AtomicInteger inside = new AtomicInteger();
        Set<Integer> begun = ConcurrentHashMap.newKeySet();
        AtomicBoolean broken = new AtomicBoolean(true);
        CountDownLatch bothAreIn = new CountDownLatch(2);
        AtomicReference<@Nullable Thread> failed = new AtomicReference<>();
        Kernels kernels = new OnEachCall(ScalarKernels.INSTANCE, offset -> {
            if (!broken.get()) {
                return;
            }
            begun.add(offset);
            inside.incrementAndGet();
            bothAreIn.countDown();
            await(bothAreIn);
            try {
                if (Thread.currentThread().equals(caller) == inTheCaller) {
                    failed.set(Thread.currentThread());
                    throw failure;
                }
                Wait.until(() -> failed.get() != null);
                Wait.untilAsleep(Objects.requireNonNull(failed.get()));
            } finally {
                inside.decrementAndGet();
            }
        });
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            LayerNorm norm = parallel(pool).parallelism(2).kernels(kernels).build();
            float[] x = BATCH.x();
            assertSame(failure, assertThrows(failure.getClass(), () -> norm.forward(x, new float[x.length])));
            assertEquals(0, inside.get(), "a thread is still at the call that has ended");
            assertEquals(2, begun.size(), "parts begun by two threads");
            broken.set(false);
            works(norm);
        }
    }

    /** A helper that waits for sums of the caller, which fails with them, does not wait for ever. */
    @Test
    void aCallerThatIsWaitedForAndFails() {
        failsInABlock("gradientSums", 2);
    }

    /** Nor if the caller fails before it adds up anything. */
    @Test
    void aCallerThatIsWaitedForAndFailsAtOnce() {
        failsInABlock("isRefined", 1);
    }

    /** The caller fails in a call of a kernel, when a helper is there. */
    private static void failsInABlock(String kernel, int call) {
        Thread caller = Thread.currentThread();
        AtomicBoolean broken = new AtomicBoolean();
        CountDownLatch helperIsIn = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        Error failure = new OutOfMemoryError("of the caller");
        Kernels kernels = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (broken.get() && !Thread.currentThread().equals(caller)) {
                        helperIsIn.countDown();
                    } else if (broken.get() && method.getName().equals(kernel) && calls.incrementAndGet() == call) {
                        await(helperIsIn);
                        throw failure;
                    }
                    return method.invoke(ScalarKernels.INSTANCE, arguments);
                });
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            LayerNorm norm = parallel(pool).parallelism(2).kernels(kernels).build();
            float[] x = Arrays.copyOf(BATCH.x(), 10 * norm.features());
            float[] dx = new float[x.length];
            RowStatistics statistics = new RowStatistics(10);
            norm.forward(x, new float[x.length], statistics);
            broken.set(true);
            float[] dgamma = new float[norm.features()];
            assertSame(
                    failure, assertThrows(failure.getClass(), () -> norm.backward(x, x, statistics, dx, dgamma, null)));
            broken.set(false);
            works(norm);
        }
    }

    /** An interrupt neither ends a wait nor gets lost. */
    @Test
    void anInterrupt() {
        Thread caller = Thread.currentThread();
        AtomicBoolean helperIsIn = new AtomicBoolean();
        Kernels kernels = new OnEachCall(ScalarKernels.INSTANCE, offset -> {
            if (Thread.currentThread().equals(caller)) {
                Wait.until(helperIsIn::get);
            } else {
                helperIsIn.set(true);
                Wait.untilAsleep(caller);
                caller.interrupt();
                Wait.until(() -> !caller.isInterrupted());
                Wait.untilAsleep(caller);
            }
        });
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            LayerNorm norm = parallel(pool).parallelism(2).kernels(kernels).build();
            float[] y = new float[EXPECTED.y.length];
            norm.forward(BATCH.x(), y);
            assertTrue(Thread.interrupted());
            assertArrayEquals(EXPECTED.y, y);
        }
    }
}

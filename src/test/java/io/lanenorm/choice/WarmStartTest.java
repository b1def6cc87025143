package io.lanenorm.choice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lanenorm.TestJvm;
import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When trials begin: beside calls, not beside the first ones. And when what is tried last is switched on: never before
 * a trial found all of it fast.
 */
class WarmStartTest {
    private static final int MINUTES = 2;
    private static final int DELAY_MILLIS = 600;
    private static final int WHOLE = 768;
    private static final int OTHER = 100;

    private final AtomicBoolean refined = new AtomicBoolean(true);
    private final CountDownLatch switchedOff = new CountDownLatch(1);
    private final CountDownLatch switchedOn = new CountDownLatch(1);
    private volatile boolean over;
    private final CountDownLatch trials = new CountDownLatch(100);

    @BeforeEach
    void compiled() {
        assumeTrue(TestJvm.NAME.equals("default"), "elsewhere the scalar kernels may never count as compiled");
    }

    /** Trials that never end would be in the way of those of other tests. */
    @AfterEach
    void over() {
        over = true;
    }

    /** The scalar kernels, with a method taking so long, and with a switch. */
    private Kernels kernels(String slow, long nanos) {
        return watched((method, arguments) -> {
            if (method.equals("refine")) {
                refined.set((boolean) arguments[0]);
                (refined.get() ? switchedOn : switchedOff).countDown();
            } else if (method.equals(slow) && !over) {
                trials.countDown();
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        });
    }

    private interface Watcher {
        void called(String method, Object[] arguments) throws InterruptedException;
    }

    private static Kernels watched(Watcher watcher) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    watcher.called(method.getName(), arguments);
                    return method.invoke(ScalarKernels.INSTANCE, arguments);
                });
    }

    private static boolean isProxy(Kernels kernels) {
        return Proxy.isProxyClass(kernels.getClass());
    }

    private static void callUntil(CountDownLatch event, WarmStart start, String what) throws InterruptedException {
        callUntil(
                event,
                () -> {
                    start.forward(WHOLE);
                    start.backward(OTHER);
                },
                what);
    }

    private static void callUntil(CountDownLatch event, Runnable calls, String what) throws InterruptedException {
        long begin = System.nanoTime();
        while (!event.await(10, TimeUnit.MILLISECONDS)) {
            calls.run();
            assertTrue(System.nanoTime() - begin < TimeUnit.MINUTES.toNanos(MINUTES), what);
        }
    }

    @Test
    void notBesideTheFirstCalls() throws InterruptedException {
        CountDownLatch loaded = new CountDownLatch(1);
        long built = System.nanoTime();
        WarmStart start = WarmStart.of(() -> {
            loaded.countDown();
            return ScalarKernels.INSTANCE;
        });
        assertFalse(loaded.await(700, TimeUnit.MILLISECONDS), "begun without a call");
        assertSame(ScalarKernels.INSTANCE, start.forward(WHOLE));
        assertFalse(loaded.await(100, TimeUnit.MILLISECONDS), "begun with the first call, however late");
        callUntil(loaded, start, "begun");
        assertTrue(System.nanoTime() - built > TimeUnit.MILLISECONDS.toNanos(1200), "begun with an early call");
    }

    @Test
    void forwardDoesNotWaitForBackward() throws InterruptedException {
        WarmStart start = WarmStart.of(() -> kernels("gradientSums", 200_000));
        awaitTakeover(() -> start.forward(WHOLE), () -> start.backward(OTHER));
    }

    @Test
    void backwardDoesNotWaitForForward() throws InterruptedException {
        WarmStart start = WarmStart.of(() -> kernels("normalize", 200_000));
        awaitTakeover(() -> start.backward(OTHER), () -> start.forward(WHOLE));
    }

    private void awaitTakeover(Supplier<Kernels> fast, Supplier<Kernels> slow) throws InterruptedException {
        // The first call starts nothing, and both are to be asked for before there is something to try.
        assertSame(ScalarKernels.INSTANCE, fast.get());
        TimeUnit.MILLISECONDS.sleep(DELAY_MILLIS);
        long begin = System.nanoTime();
        while (!isProxy(fast.get())) {
            assertSame(ScalarKernels.INSTANCE, slow.get(), "slow");
            assertTrue(System.nanoTime() - begin < TimeUnit.MINUTES.toNanos(MINUTES), "takes over");
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertFalse(switchedOn.await(0, TimeUnit.SECONDS), "both come before");
    }

    @Test
    void onlyWhatCallsAskFor() throws InterruptedException {
        Set<String> tried = ConcurrentHashMap.newKeySet();
        CountDownLatch lastBlocks = new CountDownLatch(1);
        WarmStart start = WarmStart.of(() -> watched((method, arguments) -> {
            tried.add(method);
            // Shorter rows are run once these are switched on, beside the assertions.
            if (method.equals("moments") && isOfWholeAndOneMore((int) arguments[2])) {
                lastBlocks.countDown();
            } else if (method.equals("refine") && (boolean) arguments[0]) {
                switchedOn.countDown();
            }
        }));
        callUntil(switchedOn, () -> start.forward(WHOLE), "switched on");
        assertTrue(tried.contains("normalize"), tried.toString());
        assertFalse(tried.contains("gradientSums"), tried.toString());
        assertTrue(isProxy(start.forward(WHOLE)), "has taken over");
        assertEquals(1, lastBlocks.getCount(), "rows of other lengths tried with these");
        assertSame(ScalarKernels.INSTANCE, start.forward(OTHER), "not tried");
        assertTrue(lastBlocks.await(MINUTES, TimeUnit.MINUTES), "tried now");
    }

    private static boolean isOfWholeAndOneMore(int n) {
        return n > Kernels.MOMENT_BLOCK && n % Kernels.MOMENT_BLOCK != 0;
    }

    @Test
    void onWhereItIsFast() throws InterruptedException {
        WarmStart start = WarmStart.of(() -> kernels("normalizeAndMoments", 0));
        callUntil(switchedOff, start, "switched off at first");
        assertTrue(switchedOn.await(MINUTES, TimeUnit.MINUTES), "switched on");
        assertTrue(trials.getCount() < 100, "tried before");
        assertTrue(isProxy(start.forward(WHOLE)), "the kernels had taken over");
    }

    @ParameterizedTest
    @ValueSource(strings = {"normalizeAndMoments", "statistics"})
    void offWhereItIsSlow(String slow) throws InterruptedException {
        WarmStart start = WarmStart.of(() -> kernels(slow, 2_000_000));
        callUntil(trials, start, "tried");
        assertFalse(refined.get(), "switched on, slow as it is");
        assertTrue(isProxy(start.forward(WHOLE)), "the kernels have taken over all the same");
    }
}

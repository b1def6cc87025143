package io.lanenorm.choice;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lanenorm.TestJvm;
import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the loop that writes y and takes moments by turns is switched on: never before a trial found it fast. */
class WarmStartTest {
    private static final int MINUTES = 2;

    private final AtomicBoolean overlaps = new AtomicBoolean(true);
    private final CountDownLatch switchedOff = new CountDownLatch(1);
    private final CountDownLatch switchedOn = new CountDownLatch(1);
    private final CountDownLatch trials = new CountDownLatch(100);

    @BeforeEach
    void compiled() {
        assumeTrue(TestJvm.NAME.equals("default"), "elsewhere the scalar kernels may never count as compiled");
    }

    /** The scalar kernels, with the one method taking so long, and with a switch. */
    private Kernels kernels(long nanos) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("overlap")) {
                        overlaps.set((boolean) arguments[0]);
                        (overlaps.get() ? switchedOn : switchedOff).countDown();
                    } else if (method.getName().equals("normalizeAndMoments")) {
                        trials.countDown();
                        TimeUnit.NANOSECONDS.sleep(nanos);
                    }
                    return method.invoke(ScalarKernels.INSTANCE, arguments);
                });
    }

    @Test
    void onWhereItIsFast() throws InterruptedException {
        WarmStart start = WarmStart.of(() -> kernels(0));
        assertTrue(switchedOff.await(MINUTES, TimeUnit.MINUTES), "switched off at first");
        assertTrue(switchedOn.await(MINUTES, TimeUnit.MINUTES), "switched on");
        assertTrue(trials.getCount() < 100, "tried before");
        assertTrue(Proxy.isProxyClass(start.current().getClass()), "the kernels had taken over");
    }

    @Test
    void offWhereItIsSlow() throws InterruptedException {
        WarmStart start = WarmStart.of(() -> kernels(2_000_000));
        assertTrue(trials.await(MINUTES, TimeUnit.MINUTES), "tried");
        assertFalse(overlaps.get(), "switched on, slow as it is");
        assertTrue(Proxy.isProxyClass(start.current().getClass()), "the kernels have taken over all the same");
    }
}

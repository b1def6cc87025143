package io.lanenorm.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What caller and helper have to agree upon. */
@Tag("once")
class JobTest {
    private static final int CALLS = 5_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** About as long as a helper looks out for the next call. */
    private static final int LEAST_PAUSE_NANOS = 48_000;

    private static final int GREATEST_PAUSE_NANOS = 54_000;

    /** A call that begins while its helper leaves finds it there, or asks for one. */
    @Test
    void noHelperIsLost() {
        Random random = new Random(1);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Job job = new Job(executor, 1);
            for (int call = 0; call < CALLS; call++) {
                AtomicInteger helped = new AtomicInteger();
                int number = call;
                job.run(2, 1, (from, to) -> {
                    if (from == 0) {
                        spin(PATIENCE_NANOS, helped);
                        assertTrue(helped.get() > 0, "no helper came in call " + number);
                    } else {
                        helped.set(1);
                    }
                });
                spin(random.nextInt(LEAST_PAUSE_NANOS, GREATEST_PAUSE_NANOS), new AtomicInteger());
            }
        }
    }

    private static void spin(long nanos, AtomicInteger ended) {
        long start = System.nanoTime();
        while (ended.get() == 0 && System.nanoTime() - start < nanos) {
            Thread.onSpinWait();
        }
    }
}

package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.contender.Call;
import java.time.Duration;

/** Runs a call until the JVM has compiled what is to be measured. */
public final class WarmUp {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private WarmUp() {}

    /**
     * Runs the call until it says that it runs the wanted kernel, and at least this long from then on. Gives up after a
     * minute: whoever needs that kernel has to look.
     */
    public static void of(Call call, Duration least) {
        long start = System.nanoTime();
        do {
            repeat(call, least);
        } while (!call.kernel().equals(call.wantedKernel()) && System.nanoTime() - start < PATIENCE.toNanos());
        repeat(call, least);
    }

    private static void repeat(Call call, Duration least) {
        long start = System.nanoTime();
        do {
            call.run();
        } while (System.nanoTime() - start < least.toNanos());
    }
}

package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.contender.Call;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Runs a call until the JVM has compiled what is to be measured. */
public final class WarmUp {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How long nothing has to be compiled: longer than one compilation takes, mostly. */
    private static final Duration QUIET = Duration.ofMillis(100);

    private WarmUp() {}

    /**
     * Runs the call until it says that it runs the wanted kernel, and at least this long from then on, and until the
     * JVM compiles nothing: that takes a processor, which a call on two threads needs, and the windows of others. Gives
     * up after a minute: whoever needs that kernel has to look.
     */
    public static void of(Call call, Duration least) {
        long start = System.nanoTime();
        do {
            repeat(call, least);
        } while (!call.kernel().equals(call.wantedKernel()) && System.nanoTime() - start < PATIENCE.toNanos());
        repeat(call, least);
        long compiled;
        do {
            compiled = compilationMillis();
            repeat(call, QUIET);
        } while (compilationMillis() > compiled && System.nanoTime() - start < PATIENCE.toNanos());
    }

    private static long compilationMillis() {
        return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
    }

    private static void repeat(Call call, Duration least) {
        long start = System.nanoTime();
        do {
            call.run();
        } while (System.nanoTime() - start < least.toNanos());
    }
}

package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.contender.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Times a call in short windows, of which many can be taken with other things in between. */
final class Stopwatch {
    static final Duration WINDOW = Duration.ofMillis(20);

    /** How long a call runs untimed before a window. */
    private static final Duration APPROACH = Duration.ofMillis(2);

    /** A low percentile, because other users of the machine can only make a window longer. */
    private static final double QUOTED = 0.10;

    private final Call call;
    private final List<Double> nanosPerCall = new ArrayList<>();
    private long callsInAWindow = 1;

    Stopwatch(Call call) {
        this.call = call;
    }

    /** Finds out how many calls make a window. The call should be warm. */
    void calibrate() {
        double nanos;
        while ((nanos = time(callsInAWindow)) < WINDOW.toNanos() / 4.0) {
            callsInAWindow *= 2;
        }
        callsInAWindow = Math.max(1, Math.round(callsInAWindow * WINDOW.toNanos() / nanos));
    }

    /** Takes one window. */
    void window() {
        if (callsInAWindow > 1) {
            approach();
        }
        nanosPerCall.add(time(callsInAWindow) / callsInAWindow);
    }

    /** Brings the batch back into the caches after the others have had their turn, and outlasts their idle threads. */
    private void approach() {
        long start = System.nanoTime();
        do {
            call.run();
        } while (System.nanoTime() - start < APPROACH.toNanos());
    }

    private double time(long calls) {
        long start = System.nanoTime();
        for (long i = 0; i < calls; i++) {
            call.run();
        }
        return System.nanoTime() - start;
    }

    /** The figure to quote: the low percentile of all windows. */
    double nanosPerCall() {
        return nanosPerCall.stream()
                .sorted()
                .skip((long) (QUOTED * (nanosPerCall.size() - 1)))
                .findFirst()
                .orElseThrow();
    }
}

package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Times a call in short windows, of which many can be taken with other things in between, and these in laps that are
 * shorter still: where the machine takes the CPU away for some milliseconds, that spoils a few laps and not the window.
 */
final class Stopwatch {
    private static final Duration WINDOW = Duration.ofMillis(20);
    private static final Duration LAP = Duration.ofMillis(1);

    /**
     * How long a call runs untimed before a window. Where two threads wake on one processor, Linux takes 5 to 20 ms to
     * move one of them, unless they are bound, as those of OpenMP are.
     */
    private static final Duration APPROACH = Duration.ofMillis(Threads.count() > 1 ? 40 : 2);

    /** A low percentile, because other users of the machine can only make a lap longer. */
    private static final double QUOTED = 0.10;

    private final Call call;
    private final List<Double> nanosPerCall = new ArrayList<>();
    private long callsInALap = 1;
    private double nanosOfALap;

    Stopwatch(Call call) {
        this.call = call;
    }

    /** Finds out how many calls make a lap. The call should be warm. */
    void calibrate() {
        while ((nanosOfALap = time(callsInALap)) < LAP.toNanos() / 4.0) {
            callsInALap *= 2;
        }
        double nanosOfACall = nanosOfALap / callsInALap;
        callsInALap = Math.max(1, Math.round(LAP.toNanos() / nanosOfACall));
        nanosOfALap = callsInALap * nanosOfACall;
    }

    /** Takes one window. */
    void window() {
        if (nanosOfALap < WINDOW.toNanos()) {
            approach();
        }
        long start = System.nanoTime();
        do {
            nanosPerCall.add(time(callsInALap) / callsInALap);
        } while (System.nanoTime() - start < WINDOW.toNanos());
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

    /** The figure to quote: the low percentile of all laps. */
    double nanosPerCall() {
        return nanosPerCall.stream()
                .sorted()
                .skip((long) (QUOTED * (nanosPerCall.size() - 1)))
                .findFirst()
                .orElseThrow();
    }
}

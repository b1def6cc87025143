package io.lanenorm.jmh.timing;

import java.util.List;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Checks everybody in all heats, then goes round all heats again and again, so that whatever else the machine does in
 * some second hits a window of each and the whole of none.
 */
public final class Rounds {
    private static final int FEWEST = 5;

    private Rounds() {}

    /**
     * Runs the heats.
     *
     * @param end when to be done, by {@link System#nanoTime}
     * @return the number of rounds, each of which took a window of every contender of every heat
     */
    public static int run(List<Heat> heats, long end) {
        int steps = heats.stream().mapToInt(Heat::size).sum();
        try (ProgressBar bar = bar("Warming up, checking", steps, "", 1)) {
            heats.forEach(heat -> heat.qualify(bar::step));
            heats.forEach(Heat::calibrate);
        }
        long start = System.nanoTime();
        int rounds = 0;
        try (ProgressBar bar = bar("Timing", Math.max(0, millis(end - start)), " s", 1000)) {
            while (rounds < FEWEST || System.nanoTime() < end) {
                heats.forEach(heat -> heat.round(() -> bar.stepTo(millis(System.nanoTime() - start))));
                rounds++;
            }
        }
        return rounds;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    private static ProgressBar bar(String task, long steps, String unit, long stepsInAUnit) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setUnit(unit, stepsInAUnit)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, 90))
                .build();
    }
}

package io.lanenorm.jmh.cold;

import io.lanenorm.LayerNorm;
import io.lanenorm.RowStatistics;
import io.lanenorm.jmh.workload.Shape;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A program that does nothing but call a layer norm, forward and then backward, from its first line on. */
public final class FirstSeconds {
    /** What it calls with. */
    public static final Shape SHAPE = new Shape(32, 768);

    /** More than there can be in the seconds asked for. */
    private static final int MOST_CALLS_PER_SECOND = 200_000;

    /** The first question takes long, since it makes the JVM concatenate strings: later than the first calls. */
    private static final long FIRST_QUESTION_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

    private static final long QUESTION_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** From a second that is looked at on, the calls that run in so much time are looked at. */
    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private FirstSeconds() {}

    /** Takes the milliseconds of the pause between two calls and the seconds to run; prints a {@link ColdRun}. */
    public static void main(String[] arguments) throws InterruptedException {
        long main = System.nanoTime();
        long mainMillis = System.currentTimeMillis();
        int pauseMillis = Integer.parseInt(arguments[0]);
        int seconds = Integer.parseInt(arguments[1]);
        float[] x = new float[SHAPE.elements()];
        float[] dy = new float[SHAPE.elements()];
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 11;
            dy[i] = i % 7;
        }
        float[] y = new float[SHAPE.elements()];
        float[] dx = new float[SHAPE.elements()];
        float[] dgamma = new float[SHAPE.features()];
        float[] dbeta = new float[SHAPE.features()];
        long[] starts = new long[(seconds + 1) * MOST_CALLS_PER_SECOND];
        long[] times = new long[starts.length];

        long end = main + TimeUnit.SECONDS.toNanos(seconds) + WINDOW_NANOS;
        long question = main + FIRST_QUESTION_NANOS;
        long takeover = 0;
        int calls = 0;
        long building = System.nanoTime();
        LayerNorm norm = LayerNorm.builder(SHAPE.features()).build();
        RowStatistics statistics = new RowStatistics(SHAPE.rows());
        long built = System.nanoTime();
        while (System.nanoTime() < end) {
            long start = System.nanoTime();
            norm.forward(x, y, statistics);
            norm.backward(dy, x, statistics, dx, dgamma, dbeta);
            long now = System.nanoTime();
            starts[calls] = start;
            times[calls++] = now - start;
            if (takeover == 0 && now > question) {
                takeover = norm.toString().contains("kernels=scalar") ? 0 : now;
                question = now + QUESTION_EVERY_NANOS;
            }
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
        }

        long beforeMain = mainMillis - ManagementFactory.getRuntimeMXBean().getStartTime();
        long jvm = main - TimeUnit.MILLISECONDS.toNanos(beforeMain);
        starts = Arrays.copyOf(starts, calls);
        System.out.println(new ColdRun(
                        (built - building + sum(times, 1)) / 1e6,
                        (built - building + sum(times, 10)) / 1e6,
                        (built - building + sum(times, 1000)) / 1e6,
                        takeover == 0 ? Double.NaN : (takeover - main) / 1e6,
                        takeover == 0 ? Double.NaN : (takeover - jvm) / 1e6,
                        medianFrom(jvm + TimeUnit.SECONDS.toNanos(1), starts, times) / 1e3,
                        medianFrom(jvm + TimeUnit.SECONDS.toNanos(seconds), starts, times) / 1e3)
                .toLine());
    }

    private static long sum(long[] times, int calls) {
        return LongStream.of(times).limit(calls).sum();
    }

    /** NaN if there was no call in the window, since the machine took the CPU away. */
    private static double medianFrom(long from, long[] starts, long[] times) {
        long[] window = IntStream.range(0, starts.length)
                .filter(call -> starts[call] + times[call] > from && starts[call] < from + WINDOW_NANOS)
                .mapToLong(call -> times[call])
                .sorted()
                .toArray();
        return window.length == 0 ? Double.NaN : window[window.length / 2];
    }
}

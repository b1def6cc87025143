package io.lanenorm;

import java.util.function.IntToDoubleFunction;

/** What stands in a row of x: the easy, the lopsided, and what lies at the ends of the range of float. */
enum Values {
    NORMAL,
    UNIFORM,
    LOG_NORMAL,
    CAUCHY,
    ONE_HOT,
    RAMP,
    STEP,
    /** The first 64 elements, which the first shift is taken from, far from the others. */
    STEP_AT_64,
    OUTLIER_FIRST,
    OUTLIER_LAST,
    OUTLIER_EARLY,
    SAWTOOTH,
    ALTERNATING,
    TWO_VALUED,
    THREE_VALUED,
    CONSTANT,
    ZERO,
    LARGE_MEAN,
    DENORMAL,
    TINY_37,
    TINY_30,
    HUGE_30,
    HUGE_37,
    TOP,
    /** A large mean near the largest float. */
    TOP_MEAN,
    /** Every power of two. */
    ALL_MAGNITUDES,
    /** Each row another of those above; the last. */
    ANY;

    private static final int[] PERIODS = {2, 3, 4, 5, 8, 16, 17, 32, 64, 100, 256, 512};

    /** The elements of a row of n. */
    IntToDoubleFunction row(int n, Noise noise) {
        return switch (this) {
            case NORMAL -> i -> noise.normal();
            case UNIFORM -> i -> 20 * noise.uniform() - 10;
            case LOG_NORMAL -> i -> StrictMath.exp(2 * noise.normal());
            case CAUCHY -> i -> StrictMath.tan(Math.PI * (noise.uniform() - 0.5));
            case ONE_HOT -> {
                int hot = noise.below(n);
                yield i -> i == hot ? 1 : 0;
            }
            case RAMP -> i -> i;
            case STEP -> step(noise.below(n), noise);
            case STEP_AT_64 -> step(64, noise);
            case OUTLIER_FIRST -> outlier(0, noise);
            case OUTLIER_LAST -> outlier(n - 1, noise);
            case OUTLIER_EARLY -> outlier(noise.below(Math.min(n, 64)), noise);
            case SAWTOOTH -> {
                int period = PERIODS[noise.below(PERIODS.length)];
                yield i -> i % period;
            }
            case ALTERNATING -> i -> i % 2 == 0 ? 1 : -1;
            case TWO_VALUED -> i -> noise.below(2) == 0 ? 0.1 : 0.3;
            case THREE_VALUED -> i -> 1 + 0x1p-10 * noise.below(3);
            case CONSTANT -> {
                double value = 100 * noise.normal();
                yield i -> value;
            }
            case ZERO -> i -> 0;
            case LARGE_MEAN -> {
                double mean = noise.sign() * StrictMath.pow(10, 6 * noise.uniform());
                yield i -> mean + noise.normal();
            }
            case DENORMAL -> i -> 0x1p-140 * noise.normal();
            case TINY_37 -> i -> 1e-37 * noise.normal();
            case TINY_30 -> i -> 1e-30 * noise.normal();
            case HUGE_30 -> i -> 1e30 * noise.normal();
            case HUGE_37 -> i -> 1e37 * noise.normal();
            case TOP -> i -> 3.3e38 * noise.sign();
            case TOP_MEAN -> i -> 3.3e38 * (1 + 1e-4 * noise.normal());
            case ALL_MAGNITUDES -> i -> noise.sign() * Math.scalb(1.0, noise.below(253) - 126);
            case ANY -> values()[noise.below(values().length - 1)].row(n, noise);
        };
    }

    private static IntToDoubleFunction step(int edge, Noise noise) {
        double height = noise.sign() * StrictMath.pow(10, 4 * noise.uniform());
        return i -> (i < edge ? 0 : height) + noise.normal();
    }

    /** So high that, in some rows, the order of the sums shows even in double. */
    private static IntToDoubleFunction outlier(int place, Noise noise) {
        double height = noise.sign() * StrictMath.pow(10, 14 * noise.uniform());
        return i -> i == place ? height : noise.normal();
    }
}

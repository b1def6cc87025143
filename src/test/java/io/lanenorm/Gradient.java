package io.lanenorm;

import java.util.function.IntToDoubleFunction;

/** What stands in a row of dy. */
enum Gradient {
    NORMAL,
    ONE_HOT,
    CONSTANT,
    SAWTOOTH,
    RAMP,
    ZERO,
    HUGE,
    SMALL;

    IntToDoubleFunction row(int n, Noise noise) {
        return switch (this) {
            case NORMAL -> i -> noise.normal();
            case ONE_HOT -> {
                int hot = noise.below(n);
                yield i -> i == hot ? -1 : 0;
            }
            case CONSTANT -> i -> 0.7;
            case SAWTOOTH -> i -> i % 5;
            case RAMP -> i -> i;
            case ZERO -> i -> 0;
            case HUGE -> i -> 1e20 * noise.normal();
            case SMALL -> i -> 1e-20 * noise.normal();
        };
    }
}

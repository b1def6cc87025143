package io.lanenorm;

import io.lanenorm.kernels.Nullable;

/** What stands in gamma or beta. */
enum Weights {
    ABSENT,
    NORMAL,
    NEGATIVE,
    ZERO,
    HUGE,
    TINY,
    DENORMAL,
    MIXED;

    /** Null where the builder is not to be told. */
    float @Nullable [] array(int n, Noise noise) {
        if (this == ABSENT) {
            return null;
        }
        float[] weights = new float[n];
        for (int j = 0; j < n; j++) {
            weights[j] = (float) weight(noise);
        }
        return weights;
    }

    private double weight(Noise noise) {
        return switch (this) {
            case ABSENT, ZERO -> 0;
            case NORMAL -> noise.normal();
            case NEGATIVE -> -Math.abs(noise.normal());
            case HUGE -> 1e30 * noise.normal();
            case TINY -> 1e-30 * noise.normal();
            case DENORMAL -> 1e-41 * noise.normal();
            case MIXED -> noise.below(3) == 0 ? 0 : StrictMath.exp(5 * noise.normal());
        };
    }
}

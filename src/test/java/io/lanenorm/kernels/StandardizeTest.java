package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanenorm.Noise;
import org.junit.jupiter.api.Test;

/**
 * xhat without a scale has the bits of xhat with one, wherever the scale is left away: also for elements far from the
 * mean, denormal or beyond its range, as a caller of the backward pass may give them with any mean and rstd.
 */
class StandardizeTest {
    private static final int TRIES = 2_000_000;

    @Test
    void theScaleChangesNoBit() {
        Noise random = new Noise(3);
        Workspace plain = new Workspace();
        Workspace general = new Workspace();
        int unscaled = 0;
        for (int i = 0; i < TRIES; i++) {
            double rstd = Math.scalb(1 + random.uniform(), random.below(88) - 44);
            double mean = random.below(8) == 0
                    ? 0
                    : Math.scalb(
                            random.sign() * (1 + random.uniform()), random.below(4) == 0 ? random.below(134) - 90 : 0);
            float x = element(random, mean);
            plain.mean[0] = mean;
            plain.rstd[0] = rstd;
            Statistics.standardize(ScalarKernels.INSTANCE, 1, plain);
            general.standardize(0, mean, rstd);
            if (plain.scale[0] == 1 && general.scale[0] != 1) {
                unscaled++;
                assertEquals(
                        bits(xhat(x, general)),
                        bits(xhat(x, plain)),
                        () -> "xhat of " + x + " with mean " + mean + " and rstd " + rstd);
            }
        }
        assertEquals(0.5, (double) unscaled / TRIES, 0.45, "cases without a scale");
    }

    private static float element(Noise random, double mean) {
        return switch (random.below(5)) {
            case 0 -> Float.intBitsToFloat(random.below(Integer.MAX_VALUE));
            case 1 -> Float.intBitsToFloat(random.below(1 << 24));
            case 2 -> (float) mean;
            case 3 -> (float) mean * (1 + (random.below(16) - 8) * 0x1p-23f);
            default -> (float) (mean + 4 * random.normal());
        };
    }

    private static float xhat(float x, Workspace w) {
        return Math.fma(Math.fma(x, w.scale[0], w.numbers[MINUS_CENTER]), w.numbers[SLOPE], w.numbers[INTERCEPT]);
    }

    private static int bits(float value) {
        return Float.floatToIntBits(value);
    }
}

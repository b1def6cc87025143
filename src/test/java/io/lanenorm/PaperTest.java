package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The table of invariances of Ba, Kiros and Hinton for a layer LN(W h): which changes of weights and data the norm does
 * not see, and which it does. The numbers are small integers and the changes keep them so; then a change of scale by 2
 * leaves the bits alone (eps is 0), and a shift moves xhat within the roundings of y: twice 6u (|xhat| + 1) at most.
 */
class PaperTest {
    private static final int CASES = 5;
    private static final int INPUTS = 24;
    private static final int FEATURES = 50;

    private final float[] weights = integers(FEATURES * INPUTS, 1);
    private final float[] data = integers(CASES * INPUTS, 2);

    private static float[] integers(int n, long seed) {
        Noise noise = new Noise(seed);
        float[] integers = new float[n];
        for (int i = 0; i < n; i++) {
            integers[i] = noise.below(21) - 10;
        }
        return integers;
    }

    private static float[] layer(float[] weights, float[] data) {
        float[] sums = new float[CASES * FEATURES];
        for (int row = 0; row < CASES; row++) {
            for (int j = 0; j < FEATURES; j++) {
                for (int k = 0; k < INPUTS; k++) {
                    sums[row * FEATURES + j] += weights[j * INPUTS + k] * data[row * INPUTS + k];
                }
            }
        }
        float[] y = new float[sums.length];
        LayerNorm.builder(FEATURES).epsilon(0).build().forward(sums, y);
        return y;
    }

    private static float[] change(float[] numbers, int start, int end, DoubleUnaryOperator operator) {
        float[] changed = numbers.clone();
        for (int i = start; i < end; i++) {
            changed[i] = (float) operator.applyAsDouble(changed[i]);
        }
        return changed;
    }

    private static float[] change(float[] numbers, DoubleUnaryOperator operator) {
        return change(numbers, 0, numbers.length, operator);
    }

    private static void assertNear(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            double bound = 12 * Bounds.U * (Math.abs(expected[i]) + 1);
            Bounds.check("y", i, actual[i], expected[i], bound);
        }
    }

    private static void assertFar(float[] one, float[] other) {
        double furthest = 0;
        for (int i = 0; i < one.length; i++) {
            furthest = Math.max(furthest, Math.abs(one[i] - other[i]));
        }
        assertFalse(furthest < 0.01, "the norm did not see the change");
    }

    @Test
    void weightMatrixRescaled() {
        assertArrayEquals(layer(weights, data), layer(change(weights, w -> 2 * w), data));
        assertNear(layer(weights, data), layer(change(weights, w -> 3 * w), data));
    }

    @Test
    void weightMatrixRecentred() {
        assertNear(layer(weights, data), layer(change(weights, w -> w + 5), data));
    }

    @Test
    void oneWeightVectorRescaledIsSeen() {
        assertFar(layer(weights, data), layer(change(weights, 0, INPUTS, w -> 2 * w), data));
    }

    @Test
    void dataSetRescaled() {
        assertArrayEquals(layer(weights, data), layer(weights, change(data, h -> 4 * h)));
        assertNear(layer(weights, data), layer(weights, change(data, h -> 5 * h)));
    }

    @Test
    void dataSetRecentredIsSeen() {
        assertFar(layer(weights, data), layer(weights, change(data, h -> h + 5)));
    }

    @Test
    void oneCaseRescaled() {
        float[] expected = layer(weights, data);
        assertArrayEquals(expected, layer(weights, change(data, 0, INPUTS, h -> 2 * h)));
        assertNear(expected, layer(weights, change(data, 0, INPUTS, h -> 7 * h)));
    }

    /** Without eps, y of y is y: mean 0 and variance 1 up to roundings. */
    @Test
    void normOfANorm() {
        float[] y = layer(weights, data);
        float[] again = new float[y.length];
        LayerNorm.builder(FEATURES).epsilon(0).build().forward(y, again);
        assertNear(y, again);
        assertFalse(Arrays.equals(y, new float[y.length]), "y is zero");
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The reference that everything else is measured against: examples by hand, and its gradients against differences. */
class ReferenceTest {
    private static final int FEATURES = 7;

    private final Noise noise = new Noise(1);
    private final double[] x = numbers(3 * FEATURES);
    private final double[] dy = numbers(3 * FEATURES);
    private final double[] gamma = numbers(FEATURES);
    private final double[] beta = numbers(FEATURES);

    private double[] numbers(int n) {
        double[] numbers = new double[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = noise.normal();
        }
        return numbers;
    }

    @Test
    void twoFeaturesByHand() {
        Reference forward = new Reference(new double[] {1, 3}, 2, 0, new double[] {2, 3}, new double[] {10, 20});
        assertArrayEquals(new double[] {2}, forward.mean);
        assertArrayEquals(new double[] {1}, forward.rstd);
        assertArrayEquals(new double[] {8, 23}, forward.y);
        Reference.Gradients backward = forward.backward(new double[] {1, 1});
        assertArrayEquals(new double[] {0, 0}, backward.dx);
        assertArrayEquals(new double[] {-1, 1}, backward.dgamma);
        assertArrayEquals(new double[] {1, 1}, backward.dbeta);
    }

    @Test
    void fourFeaturesWithEpsilonByHand() {
        double[] ones = {1, 1, 1, 1};
        Reference forward = new Reference(new double[] {1, 2, 3, 6}, 4, 0.5, ones, new double[4]);
        assertEquals(3, forward.mean[0]);
        assertEquals(3.5, forward.variance[0]);
        assertArrayEquals(new double[] {-1, -0.5, 0, 1.5}, forward.y);
        Reference.Gradients backward = forward.backward(new double[] {4, 0, 0, 0});
        assertArrayEquals(new double[] {1, -0.75, -0.5, 0.25}, backward.dx);
    }

    @Test
    void twoRowsAddUpToTheParameterGradients() {
        double[] ones = {1, 1};
        Reference forward = new Reference(new double[] {1, 3, 5, -5}, 2, 0, ones, new double[2]);
        Reference.Gradients backward = forward.backward(new double[] {10, 20, 3, 4});
        assertArrayEquals(new double[] {-10 + 3, 20 - 4}, backward.dgamma);
        assertArrayEquals(new double[] {13, 24}, backward.dbeta);
    }

    @Test
    void compensatedMeanLosesNothing() {
        double[] row = {1, 1e17, 1, -1e17};
        Reference forward = new Reference(row, 4, 1, new double[4], new double[4]);
        assertEquals(0.5, forward.mean[0]);
    }

    /** Step 1e-5: a central difference is off by the third derivative times 1e-10, and by rounding, 1e-16 / 1e-5. */
    @Test
    void gradientsAreThoseOfCentralDifferences() {
        Reference.Gradients backward = new Reference(x, FEATURES, 0.1, gamma, beta).backward(dy);
        assertArrayEquals(differences(x, at -> loss(at, gamma, beta)), backward.dx, 1e-8);
        assertArrayEquals(differences(gamma, at -> loss(x, at, beta)), backward.dgamma, 1e-8);
        assertArrayEquals(differences(beta, at -> loss(x, gamma, at)), backward.dbeta, 1e-8);
    }

    private double loss(double[] x, double[] gamma, double[] beta) {
        Reference forward = new Reference(x, FEATURES, 0.1, gamma, beta);
        double loss = 0;
        for (int i = 0; i < x.length; i++) {
            loss += forward.y[i] * dy[i];
        }
        return loss;
    }

    private static double[] differences(double[] point, ToDoubleFunction<double[]> function) {
        double[] slopes = new double[point.length];
        for (int i = 0; i < point.length; i++) {
            double[] at = point.clone();
            at[i] = point[i] + 1e-5;
            double above = function.applyAsDouble(at);
            at[i] = point[i] - 1e-5;
            slopes[i] = (above - function.applyAsDouble(at)) / 2e-5;
        }
        return slopes;
    }
}

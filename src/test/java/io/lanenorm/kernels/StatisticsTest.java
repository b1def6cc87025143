package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.DX_INTERCEPT;
import static io.lanenorm.kernels.Workspace.DX_SLOPE;
import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanenorm.Noise;
import io.lanenorm.TestJvm;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What vector kernels make of the sums of rows, and of mean and rstd, has the bits of the scalar ones, in every row
 * that they do not leave to these: with any number of elements that they divide by, and with sums of all sizes.
 */
class StatisticsTest {
    private static final int TILES = 1_000;

    static Stream<Kernels> kernels() {
        return TestJvm.fastKernels().stream().filter(k -> k != ScalarKernels.INSTANCE);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("kernels")
    void rowsAreRightOrLeft(Kernels kernels) {
        Noise random = new Noise(5);
        Workspace w = new Workspace();
        Workspace expected = new Workspace();
        int done = 0;
        int rowsInAll = 0;
        for (int tile = 0; tile < TILES; tile++) {
            int n = 1 + random.below(random.below(2) == 0 ? 1 << 20 : 300);
            double epsilon = random.below(3) == 0 ? 0 : Math.scalb(1 + random.uniform(), size(random, -17));
            int rows = 8 + random.below(Workspace.TILE - 7);
            for (int row = 0; row < rows; row++) {
                double deviation = Math.scalb(1 + random.uniform(), size(random, 0));
                double delta = deviation * random.normal() * 0.3;
                w.sum[row] = n * delta;
                w.productSum[row] = n * (deviation * deviation * (0.5 + random.uniform()) + delta * delta);
                w.minusShift[row] =
                        (float) (random.below(3) == 0 ? delta : Math.scalb(random.normal(), size(random, 0)));
                if (random.below(100) == 0) {
                    w.productSum[row] = Double.POSITIVE_INFINITY;
                } else if (random.below(100) == 0) {
                    w.sum[row] = Double.NaN;
                }
            }
            boolean anyLeft = kernels.statistics(n, epsilon, 0, rows, w) < 0;
            int left = assertRightOrLeft(rows, w, anyLeft, row -> assertRow(n, epsilon, row, w, expected));
            done += rows - left;
            rowsInAll += rows;
        }
        assertEquals(0.6, (double) done / rowsInAll, 0.35, "rows not left");
    }

    /** The same with any mean and rstd, as a caller of the backward pass may give them. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("kernels")
    void anyRowsAreRightOrLeft(Kernels kernels) {
        Noise random = new Noise(6);
        Workspace w = new Workspace();
        Workspace expected = new Workspace();
        int done = 0;
        int rowsInAll = 0;
        for (int tile = 0; tile < TILES; tile++) {
            int rows = 8 + random.below(Workspace.TILE - 7);
            for (int row = 0; row < rows; row++) {
                w.mean[row] = any(random, random.normal());
                w.rstd[row] = any(random, 1 + random.uniform());
            }
            boolean anyLeft = kernels.standardize(0, rows, w) < 0;
            int left = assertRightOrLeft(rows, w, anyLeft, row -> {
                expected.mean[0] = w.mean[row];
                expected.rstd[0] = w.rstd[row];
                assertStandardized(row, w, expected);
                assertEquals(1, w.scale[row], "scale");
            });
            done += rows - left;
            rowsInAll += rows;
        }
        assertEquals(0.6, (double) done / rowsInAll, 0.35, "rows not left");
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("kernels")
    void gradientCoefficientsAreRight(Kernels kernels) {
        Noise random = new Noise(7);
        Workspace w = new Workspace();
        for (int tile = 0; tile < TILES; tile++) {
            int n = 1 + random.below(random.below(2) == 0 ? 1 << 20 : 300);
            int from = random.below(Workspace.TILE - 7);
            int to = from + 8 + random.below(Workspace.TILE - 7 - from);
            for (int row = from; row < to; row++) {
                w.sum[row] = any(random, n * random.normal());
                w.productSum[row] = any(random, n * random.normal());
                w.numbers[SLOPE + row] = (float) any(random, 1 + random.uniform());
            }
            ScalarKernels.INSTANCE.gradientCoefficients(n, from, to, w);
            float[] numbers = w.numbers.clone();
            Arrays.fill(w.numbers, DX_SLOPE + from, DX_SLOPE + to, 1);
            Arrays.fill(w.numbers, DX_INTERCEPT + from, DX_INTERCEPT + to, 1);
            kernels.gradientCoefficients(n, from, to, w);
            assertArrayEquals(numbers, w.numbers, "slope and intercept of dx, and no others");
        }
    }

    /** Returns how many rows were left. */
    private static int assertRightOrLeft(int rows, Workspace w, boolean anyLeft, IntConsumer assertRight) {
        int left = 0;
        for (int row = 0; row < rows; row++) {
            if (w.unusual[row] < 0) {
                left++;
            } else {
                assertRight.accept(row);
            }
        }
        assertEquals(left > 0, anyLeft, "a row is left");
        return left;
    }

    private static double any(Noise random, double usual) {
        return switch (random.below(40)) {
            case 0 -> Double.NaN;
            case 1 -> random.sign() * Double.POSITIVE_INFINITY;
            case 2 -> 0;
            case 3 -> -usual;
            default -> Math.scalb(usual, size(random, 0));
        };
    }

    /** An exponent: mostly the usual one. */
    private static int size(Noise random, int usual) {
        return random.below(8) == 0 ? random.below(240) - 120 : usual;
    }

    private static void assertRow(int n, double epsilon, int row, Workspace w, Workspace expected) {
        double delta = w.sum[row] / n;
        double squares = w.productSum[row] - w.sum[row] * delta;
        assertTrue(w.sum[row] * delta <= 0.5 * squares, "the shift is near");
        expected.mean[0] = delta - w.minusShift[row];
        expected.rstd[0] = 1 / Math.sqrt(squares / n + epsilon);
        assertEquals(expected.mean[0], w.mean[row], "mean");
        assertEquals(expected.rstd[0], w.rstd[row], "rstd");
        assertStandardized(row, w, expected);
    }

    private static void assertStandardized(int row, Workspace w, Workspace expected) {
        Statistics.standardize(ScalarKernels.INSTANCE, 1, expected);
        assertEquals(expected.scale[0], w.scale[row], "scale");
        assertEquals(expected.numbers[MINUS_CENTER], w.numbers[MINUS_CENTER + row], "center");
        assertEquals(expected.numbers[SLOPE], w.numbers[SLOPE + row], "slope");
        assertEquals(expected.numbers[INTERCEPT], w.numbers[INTERCEPT + row], "intercept");
    }
}

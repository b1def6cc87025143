package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.DX_INTERCEPT;
import static io.lanenorm.kernels.Workspace.DX_SLOPE;
import static io.lanenorm.kernels.Workspace.SLOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanenorm.Noise;
import io.lanenorm.TestJvm;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the kernels touch. Outputs lie between canaries, inputs between NaNs: an output that is written outside its rows
 * kills a canary, an input that is read outside its rows spoils the result. Inputs stay the same bit for bit. Every
 * length around the vectors, since it is the last vector of a row that could reach too far.
 */
class MemoryTest {
    private static final int BEFORE = 19;
    private static final int AFTER = 35;

    /** Four, which are summed together, or three times two, and what is left. */
    private static final int ROWS = 7;

    /** Around inputs: whatever is computed from it is NaN too. */
    private static final float POISON = Float.NaN;

    /** Around outputs: no NaN, or one that was computed from an input's would not be told from it. */
    private static final float CANARY = 12345.678f;

    private static final double EPSILON = 1e-5;

    static Stream<Kernels> kernels() {
        return TestJvm.fastKernels().stream();
    }

    static int[] lengths() {
        return IntStream.concat(
                        IntStream.range(1, 70),
                        IntStream.of(127, 128, 129, 192, 255, 257, 448, 511, 512, 513, 600, 1001, 2049, 2070))
                .toArray();
    }

    /** Numbers with {@code before} others before and {@link #AFTER} after. */
    private static float[] between(int before, float[] numbers, float others) {
        float[] padded = filled(before, numbers.length, others);
        System.arraycopy(numbers, 0, padded, before, numbers.length);
        return padded;
    }

    private static float[] poisoned(int before, float[] numbers) {
        return between(before, numbers, POISON);
    }

    private static float[] canaries(int before, int length) {
        return filled(before, length, CANARY);
    }

    private static float[] filled(int before, int length, float value) {
        float[] array = new float[before + length + AFTER];
        Arrays.fill(array, value);
        return array;
    }

    private static float[] numbers(int n, long seed) {
        Noise noise = new Noise(seed);
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = (float) noise.normal();
        }
        return numbers;
    }

    /** Fails unless an output holds exactly these numbers between canaries. */
    private static void assertHolds(float[] expected, float[] output, int before, String name) {
        assertArrayEquals(between(before, expected, CANARY), output, name);
    }

    /** Fails unless an input is what it was. */
    private static void assertUnchanged(float[] expected, float[] input, int before, String name) {
        assertArrayEquals(poisoned(before, expected), input, name);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void passesStayWithinTheBatch(Kernels kernels) {
        for (int n : lengths()) {
            Results plain = new Results(n, kernels);
            float[] x = poisoned(0, plain.x);
            float[] dy = poisoned(0, plain.dy);
            float[] gamma = poisoned(0, plain.gamma);
            float[] beta = poisoned(0, plain.beta);
            float[] y = canaries(0, ROWS * n);
            float[] dx = canaries(0, ROWS * n);
            float[] dgamma = new float[n];
            float[] dbeta = new float[n];
            double[] mean = new double[ROWS + 1];
            double[] rstd = new double[ROWS + 1];
            mean[ROWS] = -1;
            rstd[ROWS] = -1;
            kernels.forwardPass().run(null, kernels, x, ROWS, n, EPSILON, gamma, beta, y, mean, rstd);
            kernels.backwardPass().run(null, kernels, dy, x, ROWS, n, gamma, mean, rstd, dx, dgamma, dbeta);
            assertHolds(plain.y, y, 0, "y");
            assertHolds(plain.dx, dx, 0, "dx");
            assertArrayEquals(plain.dgamma, dgamma);
            assertArrayEquals(plain.dbeta, dbeta);
            assertEquals(-1, mean[ROWS]);
            assertEquals(-1, rstd[ROWS]);
            assertUnchanged(plain.x, x, 0, "x");
            assertUnchanged(plain.dy, dy, 0, "dy");
            assertUnchanged(plain.gamma, gamma, 0, "gamma");
            assertUnchanged(plain.beta, beta, 0, "beta");
        }
    }

    /** The loops at an offset: the rows of a batch but the first, with canaries on both sides of them. */
    @ParameterizedTest
    @MethodSource("kernels")
    void loopsStayWithinTheirRows(Kernels kernels) {
        for (int n : lengths()) {
            Results plain = new Results(n, kernels);
            float[] x = poisoned(BEFORE, plain.x);
            float[] dy = poisoned(BEFORE, plain.dy);
            float[] gamma = poisoned(0, plain.gamma);
            float[] beta = poisoned(0, plain.beta);
            float[] y = canaries(BEFORE, ROWS * n);
            float[] dx = canaries(BEFORE, ROWS * n);
            Workspace w = new Workspace();
            for (boolean byRow : new boolean[] {true, false}) {
                ForwardPass.statistics(kernels, x, BEFORE, n, ROWS, byRow, EPSILON, w);
                assertArrayEquals(plain.mean, Arrays.copyOf(w.mean, ROWS));
                assertArrayEquals(plain.rstd, Arrays.copyOf(w.rstd, ROWS));
            }
            Statistics.standardize(kernels, ROWS, w);
            kernels.normalize(x, BEFORE, n, 0, ROWS, w, gamma, beta, y);
            assertHolds(plain.y, y, BEFORE, "y");
            float[] dgamma = between(0, new float[n], CANARY);
            float[] dbeta = between(0, new float[n], CANARY);
            kernels.gradientSums(dy, x, BEFORE, n, 0, ROWS, w, gamma, dgamma, dbeta);
            assertHolds(plain.dgamma, dgamma, 0, "dgamma");
            assertHolds(plain.dbeta, dbeta, 0, "dbeta");
            for (int row = 0; row < ROWS; row++) {
                w.numbers[SLOPE + row] = 1;
                w.numbers[DX_SLOPE + row] = 0;
                w.numbers[DX_INTERCEPT + row] = 0;
            }
            kernels.inputGradient(dy, x, BEFORE, n, 0, ROWS, w, gamma, dx);
            float[] weighted = new float[ROWS * n];
            for (int i = 0; i < weighted.length; i++) {
                weighted[i] = plain.gamma[i % n] * plain.dy[i];
            }
            assertHolds(weighted, dx, BEFORE, "dx");
            assertUnchanged(plain.x, x, BEFORE, "x");
            assertUnchanged(plain.dy, dy, BEFORE, "dy");
        }
    }

    /**
     * One tile is normalized while the moments of the next are taken: with the bits of one after the other, also in
     * place.
     */
    @ParameterizedTest
    @MethodSource("kernels")
    void byTurnsIsTheSameAsOneAfterTheOther(Kernels kernels) {
        for (int n : lengths()) {
            for (int rows = 1; rows <= ROWS; rows++) {
                float[] x = poisoned(BEFORE, noise(2 * rows * n, 3));
                float[] gamma = noise(n, 1);
                float[] beta = noise(n, 0);
                Workspace apart = standardized(kernels, x, n, rows);
                float[] expected = canaries(BEFORE, rows * n);
                kernels.normalize(x, BEFORE, n, 0, rows, apart, gamma, beta, expected);
                Statistics.prepare(x, BEFORE + rows * n, n, rows, apart);
                kernels.moments(x, BEFORE + rows * n, n, 0, rows, apart);

                Workspace w = standardized(kernels, x, n, rows);
                w.parameters(n, gamma, beta);
                float[] y = canaries(BEFORE, rows * n);
                kernels.normalizeAndMoments(x, BEFORE, n, rows, w, gamma, beta, y);
                assertArrayEquals(expected, y);
                assertArrayEquals(Arrays.copyOf(apart.sum, rows), Arrays.copyOf(w.sum, rows));
                assertArrayEquals(Arrays.copyOf(apart.productSum, rows), Arrays.copyOf(w.productSum, rows));
                assertArrayEquals(Arrays.copyOf(apart.minusShift, rows), Arrays.copyOf(w.minusShift, rows));

                Workspace inPlace = standardized(kernels, x, n, rows);
                inPlace.parameters(n, gamma, beta);
                kernels.normalizeAndMoments(x, BEFORE, n, rows, inPlace, gamma, beta, x);
                int end = BEFORE + rows * n;
                assertArrayEquals(Arrays.copyOfRange(expected, BEFORE, end), Arrays.copyOfRange(x, BEFORE, end));
                assertArrayEquals(Arrays.copyOf(apart.sum, rows), Arrays.copyOf(inPlace.sum, rows));
            }
        }
    }

    /** Sums, coefficients and dx in one: with the bits of one after the other, also in place of dy. */
    @ParameterizedTest
    @MethodSource("kernels")
    void joinedGradientsAreTheSameAsOneAfterTheOther(Kernels kernels) {
        for (int n : lengths()) {
            for (int rows = 1; rows <= ROWS; rows++) {
                float[] x = poisoned(BEFORE, noise(rows * n, 3));
                float[] dy = poisoned(BEFORE, noise(rows * n, 0));
                float[] gamma = poisoned(0, noise(n, 1));
                float[] dgamma = canaries(0, n);
                float[] dbeta = canaries(0, n);
                float[] dx = canaries(BEFORE, rows * n);
                Workspace apart = standardized(kernels, x, n, rows);
                kernels.gradientSums(dy, x, BEFORE, n, 0, rows, apart, gamma, dgamma, dbeta);
                ScalarKernels.INSTANCE.gradientCoefficients(n, 0, rows, apart);
                kernels.inputGradient(dy, x, BEFORE, n, 0, rows, apart, gamma, dx);

                Workspace w = standardized(kernels, x, n, rows);
                float[] joinedDgamma = canaries(0, n);
                float[] joinedDbeta = canaries(0, n);
                float[] joinedDx = canaries(BEFORE, rows * n);
                kernels.gradients(dy, x, BEFORE, n, 0, rows, w, gamma, joinedDgamma, joinedDbeta, joinedDx);
                assertArrayEquals(dx, joinedDx);
                assertArrayEquals(dgamma, joinedDgamma);
                assertArrayEquals(dbeta, joinedDbeta);

                kernels.gradients(dy, x, BEFORE, n, 0, rows, w, gamma, joinedDgamma, joinedDbeta, dy);
                int end = BEFORE + rows * n;
                assertArrayEquals(Arrays.copyOfRange(dx, BEFORE, end), Arrays.copyOfRange(dy, BEFORE, end));
            }
        }
    }

    /** With the bits of what is added to zeros, and +0 where products have vanished; what stood there is not read. */
    @ParameterizedTest
    @MethodSource("kernels")
    void anOnlyRowWritesWhatOthersAddTo(Kernels kernels) {
        for (int n : lengths()) {
            float[] x = poisoned(0, noise(n, 3));
            float[] dy = noise(n, 0);
            for (int i = 0; i < n; i += 3) {
                dy[i] = i % 2 == 0 ? Math.copySign(Float.MIN_VALUE, dy[i]) : -0f;
            }
            dy = poisoned(0, dy);
            float[] gamma = poisoned(0, noise(n, 1));
            Workspace w = new Workspace();
            ForwardPass.statistics(kernels, x, 0, n, 1, false, EPSILON, w);
            Statistics.standardize(kernels, 1, w);
            float[] dgamma = canaries(0, n);
            float[] dbeta = canaries(0, n);
            float[] dx = canaries(0, n);
            Arrays.fill(dgamma, 0, n, 0);
            Arrays.fill(dbeta, 0, n, 0);
            kernels.gradients(dy, x, 0, n, 0, 1, w, gamma, dgamma, dbeta, dx);
            for (int i = 0; i < n; i++) {
                dgamma[i] += 0f;
            }

            float[] onlyDgamma = canaries(0, n);
            float[] onlyDbeta = canaries(0, n);
            float[] onlyDx = canaries(0, n);
            Arrays.fill(onlyDgamma, 0, n, Float.NaN);
            Arrays.fill(onlyDbeta, 0, n, Float.NaN);
            float[] untouched = onlyDgamma.clone();
            boolean written = kernels.gradientsOfOnlyRow(dy, x, n, 1, w, gamma, onlyDgamma, onlyDbeta, onlyDx);
            assertEquals(kernels.joinsGradients(1, n, false), written);
            if (!written) {
                assertArrayEquals(untouched, onlyDgamma);
                assertArrayEquals(untouched, onlyDbeta);
                assertArrayEquals(canaries(0, n), onlyDx);
                continue;
            }
            assertArrayEquals(dx, onlyDx);
            assertArrayEquals(dgamma, onlyDgamma);
            assertArrayEquals(dbeta, onlyDbeta);

            assertTrue(kernels.gradientsOfOnlyRow(dy, x, n, 1, w, gamma, onlyDgamma, onlyDbeta, dy));
            assertArrayEquals(Arrays.copyOf(dx, n), Arrays.copyOf(dy, n));
        }
    }

    private static float[] noise(int length, double mean) {
        Noise noise = new Noise(length);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (mean + noise.normal());
        }
        return values;
    }

    private static Workspace standardized(Kernels kernels, float[] x, int n, int rows) {
        Workspace w = new Workspace();
        ForwardPass.statistics(kernels, x, BEFORE, n, rows, false, EPSILON, w);
        Statistics.standardize(kernels, rows, w);
        return w;
    }

    /** One row of a tile, and nothing of the others. */
    @ParameterizedTest
    @MethodSource("kernels")
    void onlyTheRowsAskedFor(Kernels kernels) {
        for (int n : lengths()) {
            Results plain = new Results(n, kernels);
            Workspace w = new Workspace();
            System.arraycopy(plain.mean, 0, w.mean, 0, ROWS);
            System.arraycopy(plain.rstd, 0, w.rstd, 0, ROWS);
            Statistics.standardize(kernels, ROWS, w);
            float[] y = canaries(0, ROWS * n);
            kernels.normalize(plain.x, 0, n, 1, 2, w, plain.gamma, plain.beta, y);
            float[] expected = new float[ROWS * n];
            Arrays.fill(expected, CANARY);
            System.arraycopy(plain.y, n, expected, n, n);
            assertHolds(expected, y, 0, "y");
        }
    }

    /** For no rows, which a {@link Trial} calls for many times: -0 would become +0 where it is so much as added to. */
    @ParameterizedTest
    @MethodSource("kernels")
    void noRowsLeaveAllAsItWas(Kernels kernels) {
        for (int n : lengths()) {
            float[] poison = poisoned(0, new float[0]);
            float[] gamma = numbers(Math.max(n, 4 * Kernels.MOMENT_BLOCK), n);
            float[] zeros = filled(0, n, -0f);
            Workspace w = new Workspace();
            float[] dgamma = zeros.clone();
            float[] dbeta = zeros.clone();
            Arrays.fill(w.rstd, -1);
            Arrays.fill(w.numbers, -1);
            double[] rstd = w.rstd.clone();
            float[] numbers = w.numbers.clone();
            float[] y = zeros.clone();
            for (int row : new int[] {0, 1}) {
                kernels.moments(poison, 0, n, row, row, w);
                kernels.statistics(n, EPSILON, row, row, w);
                kernels.standardize(row, row, w);
                kernels.normalize(poison, 0, n, row, row, w, gamma, gamma, y);
                kernels.gradientSums(poison, poison, 0, n, row, row, w, gamma, dgamma, dbeta);
                kernels.gradientCoefficients(n, row, row, w);
                kernels.inputGradient(poison, poison, 0, n, row, row, w, gamma, y);
                kernels.gradients(poison, poison, 0, n, row, row, w, gamma, dgamma, dbeta, y);
            }
            boolean unused = kernels.gradientsOfOnlyRow(poison, poison, n, 0, w, gamma, dgamma, dbeta, y);
            kernels.normalizeAndMoments(poison, 0, n, 0, w, gamma, gamma, y);
            kernels.normalizeAndMoments(gamma, 0, 0, 1, w, gamma, gamma, y);
            assertArrayEquals(zeros, y);
            assertArrayEquals(zeros, dgamma);
            assertArrayEquals(zeros, dbeta);
            assertArrayEquals(rstd, w.rstd);
            assertArrayEquals(numbers, w.numbers);
        }
    }

    /** Or C2 compiles one pass for several kinds of kernels. */
    @Test
    void passesAreNotShared() {
        List<Kernels> kernels = TestJvm.fastKernels();
        assertEquals(
                kernels.size(),
                kernels.stream().map(k -> k.forwardPass().getClass()).distinct().count());
        assertEquals(
                kernels.size(),
                kernels.stream()
                        .map(k -> k.backwardPass().getClass())
                        .distinct()
                        .count());
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void inPlaceIsTheSameAsApart(Kernels kernels) {
        for (int n : lengths()) {
            Results plain = new Results(n, kernels);
            float[] y = plain.x.clone();
            kernels.forwardPass().run(null, kernels, y, ROWS, n, EPSILON, plain.gamma, plain.beta, y, null, null);
            assertArrayEquals(plain.y, y);
            float[] dx = plain.dy.clone();
            float[] dgamma = new float[n];
            float[] dbeta = new float[n];
            kernels.backwardPass()
                    .run(null, kernels, dx, plain.x, ROWS, n, plain.gamma, plain.mean, plain.rstd, dx, dgamma, dbeta);
            assertArrayEquals(plain.dx, dx);
            assertArrayEquals(plain.dgamma, dgamma);
            assertArrayEquals(plain.dbeta, dbeta);
            float[] overX = plain.x.clone();
            kernels.backwardPass()
                    .run(
                            null,
                            kernels,
                            plain.dy,
                            overX,
                            ROWS,
                            n,
                            plain.gamma,
                            plain.mean,
                            plain.rstd,
                            overX,
                            dgamma,
                            dbeta);
            assertArrayEquals(plain.dx, overX);
        }
    }

    /** Infinities that belong to one of the last columns, whatever it is loaded together with. */
    @ParameterizedTest
    @MethodSource("kernels")
    void noColumnSpoilsAnother(Kernels kernels) {
        for (int n : lengths()) {
            Results plain = new Results(n, kernels);
            for (int column = Math.max(0, n - Kernels.LANES); column < n; column++) {
                float[] gamma = plain.gamma.clone();
                float[] dy = plain.dy.clone();
                gamma[column] = Float.POSITIVE_INFINITY;
                dy[column] = Float.NEGATIVE_INFINITY;
                float[] x = plain.x.clone();
                x[n + column] = Float.POSITIVE_INFINITY;
                Workspace expected = sums(ScalarKernels.INSTANCE, dy, x, plain, gamma);
                Workspace w = sums(kernels, dy, x, plain, gamma);
                assertArrayEquals(expected.dgammaOfBlocks[0], w.dgammaOfBlocks[0]);
                assertArrayEquals(expected.dbetaOfBlocks[0], w.dbetaOfBlocks[0]);
                assertArrayEquals(Arrays.copyOf(expected.sum, ROWS), Arrays.copyOf(w.sum, ROWS));
                assertArrayEquals(Arrays.copyOf(expected.productSum, ROWS), Arrays.copyOf(w.productSum, ROWS));
            }
        }
    }

    private static Workspace sums(Kernels kernels, float[] dy, float[] x, Results plain, float[] gamma) {
        int n = gamma.length;
        Workspace w = new Workspace();
        w.prepareBlock(0, n);
        Arrays.fill(w.terms, Float.NaN);
        System.arraycopy(plain.mean, 0, w.mean, 0, ROWS);
        System.arraycopy(plain.rstd, 0, w.rstd, 0, ROWS);
        Statistics.standardize(kernels, ROWS, w);
        kernels.gradientSums(dy, x, 0, n, 0, ROWS, w, gamma, w.dgammaOfBlocks[0], w.dbetaOfBlocks[0]);
        return w;
    }

    /** The results on arrays without padding. */
    private static final class Results {
        final float[] x;
        final float[] dy;
        final float[] gamma;
        final float[] beta;
        final float[] y;
        final float[] dx;
        final float[] dgamma;
        final float[] dbeta;
        final double[] mean = new double[ROWS];
        final double[] rstd = new double[ROWS];

        Results(int n, Kernels kernels) {
            x = numbers(ROWS * n, n);
            dy = numbers(ROWS * n, -n);
            gamma = numbers(n, 10_000 + n);
            beta = numbers(n, 20_000 + n);
            y = new float[ROWS * n];
            dx = new float[ROWS * n];
            dgamma = new float[n];
            dbeta = new float[n];
            kernels.forwardPass().run(null, kernels, x, ROWS, n, EPSILON, gamma, beta, y, mean, rstd);
            kernels.backwardPass().run(null, kernels, dy, x, ROWS, n, gamma, mean, rstd, dx, dgamma, dbeta);
        }
    }
}

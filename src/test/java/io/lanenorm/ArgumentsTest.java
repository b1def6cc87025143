package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * Each bad argument gets an exception that names it, what it was and what it should be; and no output is touched, so
 * that a caller who goes on has what it had.
 */
@SuppressWarnings("NullAway") // Null is what is tested.
class ArgumentsTest {
    private static final int N = 4;
    private static final int ROWS = 3;
    private static final float UNTOUCHED = 123.5f;

    private final float[] gamma = filled(N, 2);
    private final float[] beta = filled(N, 3);
    private final LayerNorm norm = LayerNorm.builder(N).gamma(gamma).beta(beta).build();
    private final float[] x = new float[] {1, 2, 3, 4, 5, 6, 7, 9, -1, 0, 1, 5};
    private final float[] dy = filled(ROWS * N, 1);
    private final RowStatistics statistics = new RowStatistics(ROWS);
    private final float[] y = filled(ROWS * N, UNTOUCHED);
    private final float[] dx = filled(ROWS * N, UNTOUCHED);
    private final float[] dgamma = filled(N, UNTOUCHED);
    private final float[] dbeta = filled(N, UNTOUCHED);

    ArgumentsTest() {
        norm.forward(x, new float[ROWS * N], statistics);
    }

    private static float[] filled(int n, float value) {
        float[] array = new float[n];
        Arrays.fill(array, value);
        return array;
    }

    /** Whatever was refused: nothing is written. */
    @AfterEach
    void nothingIsWritten() {
        assertArrayEquals(filled(N, 2), gamma);
        assertArrayEquals(filled(N, 3), beta);
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 9, -1, 0, 1, 5}, x);
        assertArrayEquals(filled(ROWS * N, 1), dy);
        assertArrayEquals(filled(ROWS * N, UNTOUCHED), y);
        assertArrayEquals(filled(ROWS * N, UNTOUCHED), dx);
        assertArrayEquals(filled(N, UNTOUCHED), dgamma);
        assertArrayEquals(filled(N, UNTOUCHED), dbeta);
        assertEquals(2.5, statistics.mean(0));
    }

    private static void refuses(Executable call, String... parts) {
        assertSays(assertThrows(IllegalArgumentException.class, call), parts);
    }

    private static void refusesNull(String name, Executable call) {
        assertSays(assertThrows(NullPointerException.class, call), name, "null");
    }

    private static void assertSays(Exception exception, String... parts) {
        for (String part : parts) {
            assertTrue(
                    String.valueOf(exception.getMessage()).contains(part),
                    "\"" + exception.getMessage() + "\" does not say " + part);
        }
    }

    @Test
    void features() {
        refuses(() -> LayerNorm.builder(0), "features", "0", "at least 1");
        refuses(() -> LayerNorm.builder(-7), "features", "-7", "at least 1");
    }

    @Test
    void epsilon() {
        LayerNorm.Builder builder = LayerNorm.builder(N);
        refuses(() -> builder.epsilon(-1e-9), "epsilon", "-1.0E-9", "at least 0");
        refuses(() -> builder.epsilon(Double.NaN), "epsilon", "NaN", "finite");
        refuses(() -> builder.epsilon(Double.POSITIVE_INFINITY), "epsilon", "Infinity", "finite");
        refuses(() -> builder.epsilon(Double.NEGATIVE_INFINITY), "epsilon", "-Infinity", "at least 0");
        assertEquals(0, builder.epsilon(0).build().epsilon());
        assertEquals(1e-5, LayerNorm.builder(N).build().epsilon());
    }

    @Test
    void gammaAndBeta() {
        LayerNorm.Builder builder = LayerNorm.builder(N);
        refusesNull("gamma", () -> builder.gamma(null));
        refuses(() -> builder.gamma(new float[3]), "gamma", "3", "4");
        refuses(() -> builder.gamma(new float[5]), "gamma", "5", "4");
        refusesNull("beta", () -> builder.beta(null));
        refuses(() -> builder.beta(new float[0]), "beta", "0", "4");
    }

    @Test
    void width() {
        refusesNull("width", () -> LayerNorm.builder(N).width(null));
        Set<VectorWidth> available = VectorWidth.available();
        assumeTrue(available.size() < VectorWidth.values().length, "this JVM has every width");
        for (VectorWidth width : VectorWidth.values()) {
            if (!available.contains(width)) {
                refuses(() -> LayerNorm.builder(N).width(width), "width", width.name(), available.toString());
            }
        }
    }

    @Test
    void threads() {
        LayerNorm.Builder builder = LayerNorm.builder(N);
        refuses(() -> builder.parallelism(0), "parallelism", "0", "at least 1");
        refuses(() -> builder.parallelism(-3), "parallelism", "-3", "at least 1");
        refusesNull("executor", () -> builder.executor(null));
        builder.parallelism(Integer.MAX_VALUE).build().forward(x, new float[ROWS * N]);
    }

    @Test
    void rowsOfStatistics() {
        refuses(() -> new RowStatistics(-1), "rows", "-1", "at least 0");
        assertThrows(IndexOutOfBoundsException.class, () -> statistics.mean(ROWS));
        assertThrows(IndexOutOfBoundsException.class, () -> statistics.rstd(-1));
        RowStatistics empty = new RowStatistics(1);
        assertSays(assertThrows(IllegalStateException.class, () -> empty.mean(0)), "statistics", "never filled");
        assertSays(assertThrows(IllegalStateException.class, () -> empty.rstd(0)), "statistics", "never filled");
    }

    @Test
    void forwardLengths() {
        refusesNull("x", () -> norm.forward(null, y));
        refusesNull("y", () -> norm.forward(x, null));
        refuses(() -> norm.forward(new float[13], y), "x", "13", "multiple", "4");
        refuses(() -> norm.forward(x, new float[8]), "y", "8", "12");
        refuses(() -> norm.forward(new float[16], y), "y", "12", "16");
    }

    @Test
    void forwardStatistics() {
        refusesNull("statistics", () -> norm.forward(x, y, null));
        refuses(() -> norm.forward(x, y, new RowStatistics(2)), "statistics", "2", "3");
        refuses(() -> norm.forward(new float[8], new float[8], statistics), "statistics", "3", "2");
        refusesNull("x", () -> norm.forward(null, y, statistics));
        refuses(() -> norm.forward(x, new float[8], statistics), "y", "8", "12");
    }

    @Test
    void forwardOverAnInput() {
        refuses(() -> norm.forward(new float[N], gamma), "y", "gamma");
        refuses(() -> norm.forward(new float[N], beta), "y", "beta");
        refuses(() -> norm.forward(gamma, gamma), "y", "gamma");
        refuses(() -> norm.forward(new float[N], gamma, new RowStatistics(1)), "y", "gamma");
    }

    @Test
    void backwardLengths() {
        refusesNull("dy", () -> norm.backward(null, x, statistics, dx, dgamma, dbeta));
        refusesNull("x", () -> norm.backward(dy, null, statistics, dx, dgamma, dbeta));
        refuses(() -> norm.backward(new float[11], x, statistics, dx, dgamma, dbeta), "dy", "11", "multiple", "4");
        refuses(() -> norm.backward(dy, new float[8], statistics, dx, dgamma, dbeta), "x", "8", "12");
        refuses(() -> norm.backward(dy, x, statistics, new float[8], dgamma, dbeta), "dx", "8", "12");
        refuses(() -> norm.backward(dy, x, statistics, dx, new float[3], dbeta), "dgamma", "3", "4");
        refuses(() -> norm.backward(dy, x, statistics, dx, dgamma, new float[12]), "dbeta", "12", "4");
    }

    @Test
    void backwardStatistics() {
        refusesNull("statistics", () -> norm.backward(dy, x, null, dx, dgamma, dbeta));
        refuses(() -> norm.backward(dy, x, new RowStatistics(4), dx, dgamma, dbeta), "statistics", "4", "3");
        refuses(() -> norm.backward(dy, x, new RowStatistics(ROWS), dx, dgamma, dbeta), "statistics", "never filled");
        RowStatistics ofOthers = new RowStatistics(ROWS);
        LayerNorm.builder(6).build().forward(new float[18], new float[18], ofOthers);
        refuses(() -> norm.backward(dy, x, ofOthers, dx, dgamma, dbeta), "statistics", "6", "4");
    }

    @Test
    void backwardOverAnInput() {
        refuses(() -> norm.backward(dy, x, statistics, x, dgamma, dbeta), "dx", "same array as x");
        RowStatistics one = new RowStatistics(1);
        norm.forward(new float[N], new float[N], one);
        float[] dy1 = new float[N];
        float[] x1 = new float[N];
        refuses(() -> norm.backward(dy1, x1, one, gamma, dgamma, dbeta), "dx", "gamma");
        refuses(() -> norm.backward(dy1, x1, one, beta, dgamma, dbeta), "dx", "beta");
        for (Executable call : new Executable[] {
            () -> norm.backward(dy1, x1, one, null, dy1, dbeta),
            () -> norm.backward(dy1, x1, one, null, x1, dbeta),
            () -> norm.backward(dy1, x1, one, null, gamma, dbeta),
            () -> norm.backward(dy1, x1, one, null, beta, dbeta)
        }) {
            refuses(call, "dgamma", "same array as");
        }
        for (Executable call : new Executable[] {
            () -> norm.backward(dy1, x1, one, null, dgamma, dy1),
            () -> norm.backward(dy1, x1, one, null, dgamma, x1),
            () -> norm.backward(dy1, x1, one, null, dgamma, gamma),
            () -> norm.backward(dy1, x1, one, null, null, beta)
        }) {
            refuses(call, "dbeta", "same array as");
        }
    }

    @Test
    void outputsGivenTwice() {
        RowStatistics one = new RowStatistics(1);
        norm.forward(new float[N], new float[N], one);
        float[] dy1 = new float[N];
        float[] x1 = new float[N];
        refuses(() -> norm.backward(dy1, x1, one, dgamma, dgamma, dbeta), "dgamma", "same array as dx");
        refuses(() -> norm.backward(dy1, x1, one, dbeta, dgamma, dbeta), "dbeta", "same array as dx");
        refuses(() -> norm.backward(dy1, x1, one, null, dgamma, dgamma), "dbeta", "same array as dgamma");
    }

    /** A batch of no rows shares nothing with another, be it the same array. */
    @Test
    void noRows() {
        float[] none = new float[0];
        RowStatistics ofNone = new RowStatistics(0);
        norm.forward(none, none);
        norm.forward(none, none, ofNone);
        float[] zeros = filled(N, UNTOUCHED);
        float[] moreZeros = filled(N, UNTOUCHED);
        norm.backward(none, none, ofNone, none, zeros, moreZeros);
        assertArrayEquals(new float[N], zeros);
        assertArrayEquals(new float[N], moreZeros);
    }

    @Test
    void statisticsCanBeFilledAgain() {
        RowStatistics again = new RowStatistics(ROWS);
        LayerNorm other = LayerNorm.builder(2).build();
        other.forward(new float[6], new float[6], again);
        norm.forward(x, x.clone(), again);
        float[] gradient = new float[ROWS * N];
        norm.backward(dy, x, again, gradient, null, null);
        assertEquals(statistics.mean(2), again.mean(2));
    }

    @Test
    void outputsMayTakeThePlaceOfTheirInput() {
        float[] inPlace = x.clone();
        norm.forward(inPlace, inPlace);
        float[] apart = new float[ROWS * N];
        norm.forward(x, apart);
        assertArrayEquals(apart, inPlace);
        float[] gradientInPlace = dy.clone();
        norm.backward(gradientInPlace, x, statistics, gradientInPlace, null, null);
        float[] gradientApart = new float[ROWS * N];
        norm.backward(dy, x, statistics, gradientApart, null, null);
        assertArrayEquals(gradientApart, gradientInPlace);
    }
}

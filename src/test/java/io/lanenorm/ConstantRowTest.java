package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * A constant row has xhat = 0 and gives beta to the bit, for every eps above 0 and every gamma; no tolerance, since the
 * shift and so the mean of equal elements are exact. With eps 0 it is 0 / 0.
 */
class ConstantRowTest {
    /** Every finite float, whatever its exponent. */
    @Provide
    Arbitrary<Float> constants() {
        return Arbitraries.integers().map(Float::intBitsToFloat).filter(Float::isFinite);
    }

    /** Every positive double, whatever its exponent. */
    @Provide
    Arbitrary<Double> epsilons() {
        return Arbitraries.longs()
                .between(1, Double.doubleToLongBits(Double.MAX_VALUE))
                .map(Double::longBitsToDouble);
    }

    @Property(tries = 1000)
    void givesBeta(
            @ForAll("constants") float constant,
            @ForAll("epsilons") double epsilon,
            @ForAll @IntRange(min = 1, max = 1100) int n,
            @ForAll long seed) {
        Noise noise = new Noise(seed);
        float[] beta = new float[n];
        float[] gamma = new float[n];
        for (int j = 0; j < n; j++) {
            beta[j] = (float) noise.normal();
            gamma[j] = (float) (noise.normal() * Math.scalb(1.0, noise.below(200) - 100));
        }
        float[] x = new float[3 * n];
        Arrays.fill(x, constant);
        float[] y = new float[3 * n];
        RowStatistics statistics = new RowStatistics(3);
        LayerNorm norm =
                LayerNorm.builder(n).gamma(gamma).beta(beta).epsilon(epsilon).build();
        norm.forward(x, y, statistics);
        for (int row = 0; row < 3; row++) {
            assertArrayEquals(beta, Outcome.row(y, row, n));
            assertEquals(constant, statistics.mean(row), 0.0);
            assertEquals(1 / Math.sqrt(epsilon), statistics.rstd(row));
        }
    }

    @Property(tries = 300)
    void isNotANumberWithoutEpsilon(@ForAll("constants") float constant, @ForAll @IntRange(min = 1, max = 1100) int n) {
        float[] x = new float[n];
        Arrays.fill(x, constant);
        float[] y = new float[n];
        RowStatistics statistics = new RowStatistics(1);
        LayerNorm norm = LayerNorm.builder(n).epsilon(0).build();
        norm.forward(x, y, statistics);
        assertEquals(constant, statistics.mean(0), 0.0);
        assertEquals(Double.POSITIVE_INFINITY, statistics.rstd(0));
        float[] dx = new float[n];
        norm.backward(x, x, statistics, dx, null, null);
        for (int i = 0; i < n; i++) {
            assertTrue(Float.isNaN(y[i]), "y is a number");
            assertTrue(Float.isNaN(dx[i]), "dx is a number");
        }
    }

    /** What float sums in other libraries made NaN of, or off from beta. */
    @Example
    void knownTrouble() {
        for (float constant :
                new float[] {1234, 40000.1f, 1234567, 0.1f, 3.33e-3f, 1e30f, -Float.MAX_VALUE, Float.MIN_VALUE}) {
            givesBeta(constant, 1e-5, 768, 1);
            givesBeta(constant, 1e-5, 1, 2);
        }
        float[] y = new float[1];
        LayerNorm.builder(1)
                .gamma(new float[] {1e10f})
                .beta(new float[] {3})
                .build()
                .forward(new float[] {0.3f}, y);
        assertEquals(3, y[0]);
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/**
 * What must not change the result, or change it in a known way. To the bit where the arithmetic is exact or symmetric:
 * powers of two, signs. Otherwise two results for the same exact value may differ by the two bounds.
 */
@Domain(Batches.class)
@Domain(DomainContext.Global.class)
class InvarianceTest {
    /** Exact in bits: every operation of the kernels commutes with a power of two as long as all numbers are normal. */
    @Property(tries = 500)
    void scaledByAPowerOfTwo(@ForAll Batch batch, @ForAll @IntRange(min = -60, max = 60) int k) {
        float[] x = batch.x();
        float[] scaled = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            scaled[i] = Math.scalb(x[i], k);
            if (!staysNormal(x[i]) || !staysNormal(scaled[i])) {
                return;
            }
        }
        float[] y = new float[x.length];
        float[] yOfScaled = new float[x.length];
        RowStatistics statistics = new RowStatistics(batch.rows());
        RowStatistics ofScaled = new RowStatistics(batch.rows());
        batch.norm().forward(x, y, statistics);
        batch.builder()
                .epsilon(batch.epsilon() * Math.scalb(1.0, 2 * k))
                .build()
                .forward(scaled, yOfScaled, ofScaled);
        assertArrayEquals(y, yOfScaled);
        for (int row = 0; row < batch.rows(); row++) {
            assertEquals(Math.scalb(statistics.mean(row), k), ofScaled.mean(row));
            // The square of an element very near the mean may be a denormal: then up to 2^-50 of the variance is lost.
            double ratio = Math.scalb(ofScaled.rstd(row), k) / statistics.rstd(row);
            assertTrue(statistics.rstd(row) == Double.POSITIVE_INFINITY || Math.abs(ratio - 1) <= 0x1p-50);
        }
    }

    /** Whether differences from it are far from the denormals. */
    private static boolean staysNormal(float value) {
        return value == 0 || (Math.abs(value) >= 0x1p-90f && Math.abs(value) <= 0x1p126f);
    }

    /** Exact in bits but for the sign of zeros: rounding to nearest knows no sign. */
    @Property(tries = 300)
    void negated(@ForAll Batch batch) {
        float[] x = batch.x();
        float[] negative = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            negative[i] = -x[i];
        }
        LayerNorm norm =
                LayerNorm.builder(batch.features()).epsilon(batch.epsilon()).build();
        Outcome outcome = Outcome.of(norm, x, batch.dy());
        Outcome ofNegative = Outcome.of(norm, negative, batch.dy());
        for (int i = 0; i < x.length; i++) {
            assertEquals(-outcome.y[i] + 0f, ofNegative.y[i] + 0f);
            assertEquals(outcome.dx[i] + 0f, ofNegative.dx[i] + 0f);
        }
        for (int j = 0; j < batch.features(); j++) {
            assertEquals(-outcome.dgamma[j] + 0f, ofNegative.dgamma[j] + 0f);
        }
    }

    /** Exact in bits: gamma * xhat is rounded once. */
    @Property(tries = 300)
    void linearInGamma(@ForAll Batch batch) {
        float[] gamma = batch.gamma();
        if (gamma == null || batch.gammas() == Weights.DENORMAL) {
            return;
        }
        float[] twice = new float[gamma.length];
        for (int j = 0; j < gamma.length; j++) {
            twice[j] = 2 * gamma[j];
        }
        float[] x = batch.x();
        float[] y = new float[x.length];
        float[] doubled = new float[x.length];
        LayerNorm.builder(gamma.length)
                .epsilon(batch.epsilon())
                .gamma(gamma)
                .build()
                .forward(x, y);
        LayerNorm.builder(gamma.length)
                .epsilon(batch.epsilon())
                .gamma(twice)
                .build()
                .forward(x, doubled);
        for (int i = 0; i < x.length; i++) {
            // A denormal y has lost bits that the doubled one keeps.
            if (!(Math.abs(y[i]) < Float.MIN_NORMAL)) {
                assertEquals(2 * y[i], doubled[i]);
            }
        }
    }

    /** Exact in bits: beta is added to what y is without it, in the same rounding, so gamma 0 leaves beta. */
    @Property(tries = 200)
    void withoutGammaBetaIsLeft(@ForAll Batch batch) {
        float[] beta = batch.beta();
        if (beta == null || batch.epsilon() == 0) {
            return;
        }
        float[] x = batch.x();
        float[] y = new float[x.length];
        batch.builder().gamma(new float[batch.features()]).build().forward(x, y);
        for (int row = 0; row < batch.rows(); row++) {
            for (int j = 0; j < batch.features(); j++) {
                assertEquals(beta[j] + 0f, y[row * batch.features() + j] + 0f);
            }
        }
    }

    /** Rows on a grid so coarse that x + c is exact: the exact y is the same, so both lie within one bound of it. */
    @Property(tries = 300)
    void shifted(@ForAll Batch batch, @ForAll @IntRange(min = -32000, max = 32000) int shift) {
        float[] x = batch.x();
        float[] shifted = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.round(Math.clamp(x[i], -100f, 100f) * 256) / 256f;
            shifted[i] = x[i] + shift;
        }
        float[] y = new float[x.length];
        batch.norm().forward(shifted, y);
        assertWithin(new Bounds(batch.reference(x)), batch.reference(x), y);
    }

    /** The exact y of a permuted row is the permuted y. */
    @Property(tries = 300)
    void permuted(@ForAll Batch batch, @ForAll long seed) {
        float[] x = batch.x();
        int n = batch.features();
        Noise noise = new Noise(seed);
        int[] from = new int[n];
        for (int j = 0; j < n; j++) {
            int k = noise.below(j + 1);
            from[j] = from[k];
            from[k] = j;
        }
        LayerNorm plain = LayerNorm.builder(n).epsilon(batch.epsilon()).build();
        float[] y = new float[x.length];
        plain.forward(permute(x, from), y);
        float[] back = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            back[i / n * n + from[i % n]] = y[i];
        }
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        Reference reference = new Reference(Reference.doubles(x), n, batch.epsilon(), ones, new double[n]);
        assertWithin(new Bounds(reference), reference, back);
    }

    private static float[] permute(float[] x, int[] from) {
        float[] permuted = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            permuted[i] = x[i / from.length * from.length + from[i % from.length]];
        }
        return permuted;
    }

    private static void assertWithin(Bounds bounds, Reference reference, float[] y) {
        for (int i = 0; i < y.length; i++) {
            Bounds.check("y", i, y[i], reference.y[i], bounds.y(i));
        }
    }
}

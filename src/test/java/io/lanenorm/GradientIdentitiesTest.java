package io.lanenorm;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;

/**
 * What the backward pass must satisfy whatever the numbers, without a second way to compute dx. Each is a sum over dx,
 * so its tolerance is the sum of the bounds of dx, with the same factors; sums here are in double and add nothing to
 * speak of.
 */
@Domain(Batches.class)
class GradientIdentitiesTest {
    /** A shift of a row does not change y, so sum(dx) = 0. */
    @Property(tries = 400)
    void shiftingARowHasNoGradient(@ForAll Batch batch) {
        Backward backward = new Backward(batch, batch.norm(), batch.reference(), batch.dy());
        for (int row = 0; row < batch.rows(); row++) {
            backward.assertWeightedSum(row, i -> 1, 0);
        }
    }

    /**
     * Scaling a row changes y only as far as eps counts: sum(dx xhat) = rstd sum(w xhat) eps / (var + eps), since
     * sum(xhat^2) = N var / (var + eps).
     */
    @Property(tries = 400)
    void scalingARowHasTheGradientOfEpsilon(@ForAll Batch batch) {
        Reference reference = batch.reference();
        Backward backward = new Backward(batch, batch.norm(), reference, batch.dy());
        int n = batch.features();
        for (int row = 0; row < batch.rows(); row++) {
            double products = 0;
            for (int i = row * n; i < (row + 1) * n; i++) {
                products += backward.exact.w[i] * reference.xhat[i];
            }
            double share = batch.epsilon() / (reference.variance[row] + batch.epsilon());
            backward.assertWeightedSum(row, i -> reference.xhat[i], reference.rstd[row] * products * share);
        }
    }

    /** With gamma = 1 the Jacobian is symmetric: <u, J v> = <v, J u>. */
    @Property(tries = 400)
    void jacobianIsSymmetric(@ForAll Batch batch) {
        Batch plain = new Batch(
                batch.rows(),
                batch.features(),
                batch.values(),
                Weights.ABSENT,
                Weights.ABSENT,
                batch.epsilon(),
                batch.gradient(),
                batch.seed());
        float[] u = plain.dy();
        float[] v = new Batch(
                        plain.rows(),
                        plain.features(),
                        plain.values(),
                        plain.gammas(),
                        plain.betas(),
                        plain.epsilon(),
                        Gradient.NORMAL,
                        ~plain.seed())
                .dy();
        Reference reference = plain.reference();
        Backward ofU = new Backward(plain, plain.norm(), reference, u);
        Backward ofV = new Backward(plain, plain.norm(), reference, v);
        for (int row = 0; row < plain.rows(); row++) {
            if (!ofU.staysInRange(row)) {
                continue;
            }
            double vJu = ofU.weightedSum(row, i -> v[i]);
            ofV.assertWeightedSum(row, i -> u[i], vJu, ofU.tolerance(row, i -> v[i]));
        }
    }

    /** A gradient that is the same for every feature moves no y: dx = 0, within its bound. */
    @Property(tries = 200)
    void constantGradientGivesZero(@ForAll Batch batch) {
        LayerNorm plain =
                LayerNorm.builder(batch.features()).epsilon(batch.epsilon()).build();
        Batch ofOnes = new Batch(
                batch.rows(),
                batch.features(),
                batch.values(),
                Weights.ABSENT,
                Weights.ABSENT,
                batch.epsilon(),
                Gradient.CONSTANT,
                batch.seed());
        Backward backward = new Backward(ofOnes, plain, ofOnes.reference(), ofOnes.dy());
        for (int i = 0; i < backward.dx.length; i++) {
            if (!Double.isNaN(backward.exact.dx[i])) {
                Bounds.check("dx", i, backward.dx[i], 0, backward.bounds.dx(backward.exact, i));
            }
        }
    }

    /** The factor of an element of dx in a sum. */
    private interface Factor {
        double at(int i);
    }

    /** A dx of the library, and the bounds of it. */
    private static final class Backward {
        final int features;
        final float[] dx;
        final Reference.Gradients exact;
        final Bounds bounds;

        Backward(Batch batch, LayerNorm norm, Reference reference, float[] dy) {
            features = batch.features();
            dx = Outcome.of(norm, batch.x(), dy).dx;
            exact = reference.backward(Reference.doubles(dy));
            bounds = new Bounds(reference);
        }

        double weightedSum(int row, Factor factor) {
            double sum = 0;
            for (int i = row * features; i < (row + 1) * features; i++) {
                sum += dx[i] * factor.at(i);
            }
            return sum;
        }

        double tolerance(int row, Factor factor) {
            double tolerance = 0;
            for (int i = row * features; i < (row + 1) * features; i++) {
                tolerance += bounds.dx(exact, i) * Math.abs(factor.at(i));
            }
            return tolerance;
        }

        void assertWeightedSum(int row, Factor factor, double expected) {
            assertWeightedSum(row, factor, expected, 0);
        }

        /** Not where eps 0 makes the row NaN, or where an element may leave the range of float. */
        void assertWeightedSum(int row, Factor factor, double expected, double more) {
            double actual = weightedSum(row, factor);
            if (Double.isNaN(expected) || Double.isNaN(exact.dx[row * features]) || !staysInRange(row)) {
                return;
            }
            Bounds.check("sum of row", row, actual, expected, tolerance(row, factor) + more);
        }

        boolean staysInRange(int row) {
            for (int i = row * features; i < (row + 1) * features; i++) {
                if (Math.abs(exact.dx[i]) + bounds.dx(exact, i) > Float.MAX_VALUE) {
                    return false;
                }
            }
            return true;
        }
    }
}

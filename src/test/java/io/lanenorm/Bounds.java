package io.lanenorm;

import static org.junit.jupiter.api.Assertions.fail;

/**
 * The contract of accuracy: how far a result may lie from the exact one. u = 2^-24 is half the distance from 1 to the
 * next float, the error of one rounding.
 *
 * <p>Beside the part that grows with the numbers, each bound allows a few times the smallest denormal: a rounding among
 * the denormals is off by half of that, however small the number.
 */
final class Bounds {
    static final double U = 0x1p-24;

    /**
     * Without an instruction for it, fma is a product and a sum, each rounded: twice the roundings, twice the bound.
     */
    private static final double ROUNDINGS = TestJvm.FMA ? 1 : 2;

    private static final double LEAST = Float.MIN_VALUE;

    private final Reference forward;

    Bounds(Reference forward) {
        this.forward = forward;
    }

    /**
     * Of the mean, 4u std. The kernels sum differences from a shift within std / sqrt(2) of the mean, so the error is
     * some u times the mean of their magnitudes; more than 4u would not leave y its 6u |gamma|, as an error of the mean
     * is one of xhat, times rstd. The last term is the rounding of the double that holds it.
     */
    double mean(int row) {
        return ROUNDINGS * 4 * U * Math.sqrt(forward.variance[row]) + 0x1p-51 * Math.abs(forward.mean[row]);
    }

    /**
     * Of rstd, 8u of it. Half the relative error of the variance: each square is off by 2u from the rounding of its
     * difference, and is added up in at most 8 roundings of a block; about a shift as far from the mean as is allowed
     * all this counts 1.5 times: 15u. What y is allowed is stricter for all but a few rows.
     */
    double rstd(int row) {
        return ROUNDINGS * 8 * U * forward.rstd[row];
    }

    /**
     * 6u (|gamma xhat| + |gamma| + |beta|): relative in xhat from rstd and three roundings, absolute in xhat from the
     * mean, relative in y from the last rounding. Denormal roundings before the last are far below u |gamma|; the last
     * is one of y.
     */
    double y(int i) {
        int j = i % forward.features;
        double gamma = Math.abs(forward.gamma[j]);
        double size = gamma * Math.abs(forward.xhat[i]) + gamma + Math.abs(forward.beta[j]);
        return ROUNDINGS * 6 * U * size + LEAST;
    }

    /**
     * 24u rstd (|w| + mean|w| + |xhat| mean|w xhat|): the roundings of w, those of the two sums, and what xhat brings.
     *
     * <p>A denormal w = gamma * dy is rounded by half the smallest denormal, so are the means of w and w * xhat; dx has
     * rstd times that, the last |xhat| times more. The slope, the intercept and the sums of dx are rounded once each.
     *
     * <p>Nothing is promised where a large w times a large rstd leaves the range of float, even if the exact dx, where
     * such terms cancel, is in it.
     */
    double dx(Reference.Gradients backward, int i) {
        int row = i / forward.features;
        double rstd = forward.rstd[row];
        double xhat = Math.abs(forward.xhat[i]);
        double size = Math.abs(backward.w[i]) + backward.meanW[row] + xhat * backward.meanProduct[row];
        if (size > 0x1p24 && size * rstd > Float.MAX_VALUE) {
            return Double.POSITIVE_INFINITY;
        }
        return ROUNDINGS * 24 * U * rstd * size + 4 * LEAST * (1 + rstd) * (1 + xhat);
    }

    /** 16u sum |dy| (1 + |xhat|); each row's fma may round a denormal. */
    double dgamma(Reference.Gradients backward, int j) {
        return ROUNDINGS * 16 * U * backward.sizeOfDgamma[j] + LEAST * (1 + forward.rows);
    }

    /** 16u sum |dy|; sums of denormals are exact. */
    double dbeta(Reference.Gradients backward, int j) {
        return ROUNDINGS * 16 * U * backward.sizeOfDbeta[j] + LEAST;
    }

    /**
     * Fails unless the result is a number within the bound, and returns the error as a part of the bound. Where the
     * bound reaches beyond the range of float, infinity stands for all that lies there; where it covers the whole
     * range, nothing is promised.
     */
    static double check(String name, int index, double actual, double exact, double bound) {
        if (Double.isNaN(exact) || Double.isInfinite(exact)) {
            if (Double.compare(actual, exact) != 0) {
                fail(name + "[" + index + "] is " + actual + "; it should be " + exact);
            }
            return 0;
        }
        if (bound >= Float.MAX_VALUE) {
            return 0;
        }
        if (Double.isInfinite(actual)) {
            double furthest = exact + Math.copySign(bound, actual);
            if ((float) furthest == actual) {
                return 0;
            }
        }
        double error = Math.abs(actual - exact);
        if (!(error <= bound)) {
            fail(name + "[" + index + "] is " + actual + "; it should be " + exact + ", give or take " + bound
                    + ", and is off by " + error / bound + " times that");
        }
        return error / bound;
    }
}

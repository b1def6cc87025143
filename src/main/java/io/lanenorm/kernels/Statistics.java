package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;

/** Mean and rstd of rows, from the sums that the kernels make of each row in one pass. */
final class Statistics {
    /** Elements that are averaged for the first shift. */
    private static final int SAMPLES = 16;

    /** Below this, squares of differences that matter may have vanished. */
    private static final double LEAST_VARIANCE = 0x1p-100;

    /**
     * Within these bounds of rstd and of the mean, xhat is computed without a scale, to the same bits: nothing that it
     * meets on its way leaves the normal range, with or without, unless it is exact in both.
     */
    static final double PLAIN_LEAST_RSTD = 0x1p-40;

    static final double PLAIN_GREATEST_RSTD = 0x1p40;
    static final double PLAIN_LEAST_MEAN = 0x1p-80;
    static final double PLAIN_GREATEST_MEAN = 0x1p40;

    /**
     * Fewer rows are done one by one: wide divisions and roots take 1.6 times as long as scalar ones, which few rows
     * have to wait for.
     */
    static final int LEAST_TOGETHER = 8;

    private Statistics() {}

    /** Prepares the moments of the first rows of a tile. */
    static void prepare(float[] x, int offset, int n, int rows, Workspace w) {
        for (int row = 0; row < rows; row++) {
            prepareRow(x, offset + row * n, n, row, w);
        }
    }

    /** Prepares the moments of the row that starts at {@code start}. */
    static void prepareRow(float[] x, int start, int n, int row, Workspace w) {
        w.momentScale[row] = 1f;
        w.minusShift[row] = -sampleMean(x, start, n, 1f);
    }

    /** Makes mean, rstd and what xhat is computed from of the moments. */
    static void finish(Kernels kernels, float[] x, int offset, int n, int rows, double epsilon, Workspace w) {
        w.scaled = false;
        boolean oneByOne = !kernels.isRefined() || rows < LEAST_TOGETHER;
        if (oneByOne || kernels.statistics(n, epsilon, 0, rows, w) < 0) {
            for (int row = 0; row < rows; row++) {
                if (oneByOne || w.unusual[row] < 0) {
                    finishRow(kernels, x, offset, n, row, epsilon, w);
                    standardizeRow(row, w);
                }
            }
        }
    }

    private static void finishRow(Kernels kernels, float[] x, int offset, int n, int row, double epsilon, Workspace w) {
        double delta = w.sum[row] / n;
        double squares = w.productSum[row] - w.sum[row] * delta;
        if (!shiftIsNear(w.sum[row] * delta, squares)) {
            shiftAgain(kernels, x, offset, n, row, delta, w);
            delta = w.sum[row] / n;
            squares = w.productSum[row] - w.sum[row] * delta;
        }
        double variance = squares / n;
        if (squares <= Double.MAX_VALUE && variance + epsilon >= LEAST_VARIANCE) {
            w.mean[row] = delta - w.minusShift[row];
            w.rstd[row] = 1 / Math.sqrt(variance + epsilon);
        } else {
            computeScaled(x, offset, n, row, epsilon, w);
        }
    }

    /** Prepares xhat of the first rows of a tile, from {@link Workspace#mean} and {@link Workspace#rstd}. */
    static void standardize(Kernels kernels, int rows, Workspace w) {
        w.scaled = false;
        boolean oneByOne = !kernels.isRefined() || rows < LEAST_TOGETHER;
        if (oneByOne || kernels.standardize(0, rows, w) < 0) {
            for (int row = 0; row < rows; row++) {
                if (oneByOne || w.unusual[row] < 0) {
                    standardizeRow(row, w);
                }
            }
        }
    }

    private static void standardizeRow(int row, Workspace w) {
        double mean = w.mean[row];
        double rstd = w.rstd[row];
        if (needsNoScale(mean, rstd)) {
            float center = (float) mean;
            float slope = (float) rstd;
            w.scale[row] = 1f;
            w.numbers[MINUS_CENTER + row] = -center;
            w.numbers[SLOPE + row] = slope;
            w.numbers[INTERCEPT + row] = (float) ((center - mean) * slope);
        } else {
            w.standardize(row, mean, rstd);
            // The latter for dx alone, which takes a power of two out of such an rstd.
            w.scaled |= w.scale[row] != 1f || rstd > 0x1p100;
        }
    }

    /**
     * Whether x - center may take the place of fma(x, scale, -center * scale). Where scale is at least 1, that is so
     * also of a mean of 0: the difference loses nothing then if it is denormal.
     */
    private static boolean needsNoScale(double mean, double rstd) {
        double size = Math.abs(mean);
        return rstd >= PLAIN_LEAST_RSTD
                && rstd <= PLAIN_GREATEST_RSTD
                && size <= PLAIN_GREATEST_MEAN
                && (size >= PLAIN_LEAST_MEAN || (size == 0 && rstd >= 1));
    }

    /**
     * Whether the shift lies within std / sqrt(2) of the mean, so that the subtraction of {@code sum * delta} has
     * multiplied the error of the sum of squares by 1.5 at most.
     */
    private static boolean shiftIsNear(double shiftSquares, double squares) {
        return shiftSquares <= 0.5 * squares;
    }

    /**
     * Takes the moments of a row again, about the mean found. Once is enough: the first shift, being a mean of 16 of
     * the n elements (of one, if n is less than 16), is within sqrt(n) standard deviations of the mean, and the mean
     * found from it within sqrt(n) * 2^-20 of them.
     */
    private static void shiftAgain(Kernels kernels, float[] x, int offset, int n, int row, double delta, Workspace w) {
        w.minusShift[row] = -(float) (delta - w.minusShift[row]);
        kernels.moments(x, offset, n, row, row + 1, w);
    }

    /**
     * For rows whose squares leave the range of float: scaled by the power of two that brings the largest to 1 or 2.
     */
    private static void computeScaled(float[] x, int offset, int n, int row, double epsilon, Workspace w) {
        int start = offset + row * n;
        float largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(x[start + i]));
        }
        if (!(largest <= Float.MAX_VALUE)) {
            w.mean[row] = Double.NaN;
            w.rstd[row] = Double.NaN;
            return;
        }
        int exponent = Math.clamp(-Math.getExponent((double) largest), -126, 127);
        w.momentScale[row] = (float) Workspace.powerOfTwo(exponent);
        w.minusShift[row] = -sampleMean(x, start, n, w.momentScale[row]);
        ScalarKernels.INSTANCE.moments(x, offset, n, row, row + 1, w);
        double delta = w.sum[row] / n;
        if (!shiftIsNear(w.sum[row] * delta, w.productSum[row] - w.sum[row] * delta)) {
            shiftAgain(ScalarKernels.INSTANCE, x, offset, n, row, delta, w);
            delta = w.sum[row] / n;
        }
        double unit = Workspace.powerOfTwo(-exponent);
        double variance = (w.productSum[row] - w.sum[row] * delta) / n * unit * unit;
        w.mean[row] = (delta - w.minusShift[row]) * unit;
        w.rstd[row] = 1 / Math.sqrt(variance + epsilon);
    }

    /**
     * The mean of 16 elements among the first 64, of x * scale; of fewer than 16 the first. It is exact where they are
     * equal, so that a constant row has a variance of exactly 0.
     */
    private static float sampleMean(float[] x, int start, int n, float scale) {
        if (n < SAMPLES) {
            return x[start] * scale;
        }
        int stride = n >= 4 * SAMPLES ? 4 : 1;
        float sum0 = four(x, start, stride, scale);
        float sum1 = four(x, start + 4 * stride, stride, scale);
        float sum2 = four(x, start + 8 * stride, stride, scale);
        float sum3 = four(x, start + 12 * stride, stride, scale);
        return ((sum0 + sum1) + (sum2 + sum3)) * (1f / SAMPLES);
    }

    private static float four(float[] x, int i, int stride, float scale) {
        return (x[i] * scale + x[i + stride] * scale) + (x[i + 2 * stride] * scale + x[i + 3 * stride] * scale);
    }
}

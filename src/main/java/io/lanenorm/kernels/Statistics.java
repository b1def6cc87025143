package io.lanenorm.kernels;

/** Mean and rstd of rows, from the sums that the kernels make of each row in one pass. */
final class Statistics {
    /** Elements that are averaged for the first shift. */
    private static final int SAMPLES = 16;

    /** Below this, squares of differences that matter may have vanished. */
    private static final double LEAST_VARIANCE = 0x1p-100;

    private Statistics() {}

    /**
     * Writes the statistics of rows {@code from} to {@code to - 1} of a tile to mean and rstd, from {@code first} on.
     */
    static void compute(
            Kernels kernels,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            double epsilon,
            Workspace w,
            double[] mean,
            double[] rstd,
            int first) {
        for (int row = from; row < to; row++) {
            w.scale[row] = 1f;
            w.shift[row] = sampleMean(x, offset + row * n, n, 1f);
        }
        kernels.moments(x, offset, n, from, to, w);
        for (int row = from; row < to; row++) {
            double delta = w.sum[row] / n;
            double squares = w.productSum[row] - w.sum[row] * delta;
            if (!shiftIsNear(w.sum[row] * delta, squares)) {
                shiftAgain(kernels, x, offset, n, row, delta, w);
                delta = w.sum[row] / n;
                squares = w.productSum[row] - w.sum[row] * delta;
            }
            double variance = squares / n;
            if (squares <= Double.MAX_VALUE && variance + epsilon >= LEAST_VARIANCE) {
                mean[first + row] = w.shift[row] + delta;
                rstd[first + row] = 1 / Math.sqrt(variance + epsilon);
            } else {
                computeScaled(kernels, x, offset, n, row, epsilon, w, mean, rstd, first + row);
            }
        }
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
        w.shift[row] = (float) (w.shift[row] + delta);
        kernels.moments(x, offset, n, row, row + 1, w);
    }

    /**
     * For rows whose squares leave the range of float: scaled by the power of two that brings the largest to 1 or 2.
     */
    private static void computeScaled(
            Kernels kernels,
            float[] x,
            int offset,
            int n,
            int row,
            double epsilon,
            Workspace w,
            double[] mean,
            double[] rstd,
            int index) {
        int start = offset + row * n;
        float largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(x[start + i]));
        }
        if (!(largest <= Float.MAX_VALUE)) {
            mean[index] = Double.NaN;
            rstd[index] = Double.NaN;
            return;
        }
        int exponent = Math.clamp(-Math.getExponent((double) largest), -126, 127);
        w.scale[row] = (float) Workspace.powerOfTwo(exponent);
        w.shift[row] = sampleMean(x, start, n, w.scale[row]);
        kernels.moments(x, offset, n, row, row + 1, w);
        double delta = w.sum[row] / n;
        if (!shiftIsNear(w.sum[row] * delta, w.productSum[row] - w.sum[row] * delta)) {
            shiftAgain(kernels, x, offset, n, row, delta, w);
            delta = w.sum[row] / n;
        }
        double unit = Workspace.powerOfTwo(-exponent);
        double variance = (w.productSum[row] - w.sum[row] * delta) / n * unit * unit;
        mean[index] = (w.shift[row] + delta) * unit;
        rstd[index] = 1 / Math.sqrt(variance + epsilon);
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

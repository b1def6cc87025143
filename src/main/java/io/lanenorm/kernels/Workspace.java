package io.lanenorm.kernels;

/**
 * What a call needs beside its arguments: the numbers of the rows of a tile, and the sums on their way. One to a
 * thread, kept, so that calls allocate nothing in steady state.
 */
public final class Workspace {
    /** The most rows of a tile. */
    public static final int TILE = 64;

    private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(Workspace::new);

    /**
     * A power of two: the moments and xhat are computed from x * scale, so that no square leaves the range of float.
     */
    final float[] scale = new float[TILE];

    /** A float near the mean of x * scale, subtracted before squaring. */
    final float[] shift = new float[TILE];

    /** The mean of x * scale, rounded to float; what the rounding lost is in {@link #intercept}. */
    final float[] center = new float[TILE];

    /** rstd / scale. */
    final float[] slope = new float[TILE];

    /** (center - mean * scale) * slope. */
    final float[] intercept = new float[TILE];

    final float[] dxRstd = new float[TILE];
    final float[] dxSlope = new float[TILE];
    final float[] dxIntercept = new float[TILE];

    final double[] sum = new double[TILE];
    final double[] productSum = new double[TILE];

    /** Mean and rstd of a tile where the caller keeps none. */
    final double[] mean = new double[TILE];

    final double[] rstd = new double[TILE];

    /** The 16 lanes of a block's two sums, one sum after the other. */
    final float[] lanes = new float[2 * Kernels.LANES];

    /** What is left of a row beyond the last whole 16 lanes: the terms of its two sums, padded with zeros. */
    final float[] tail = new float[2 * Kernels.LANES];

    /** The 8 lanes of a row's two sums, one sum after the other. */
    final double[] rowLanes = new double[Kernels.LANES];

    /** What the scalar kernels copy of a row. */
    private ScalarRow scalarRow = new ScalarRow(1);

    /** dgamma and dbeta of a block of rows. */
    float[] dgamma = new float[0];

    float[] dbeta = new float[0];

    private float[] sumsOfBlocks = new float[0];
    private double[] sums = new double[0];

    /** The workspace of the calling thread. */
    public static Workspace ofThread() {
        return OF_THREAD.get();
    }

    /** Room for the scalar kernels to copy a row of n features to. */
    ScalarRow scalarRow(int n) {
        if (scalarRow.dy.length < n) {
            scalarRow = new ScalarRow(n);
        }
        return scalarRow;
    }

    /** Makes room for parameter gradients of n features. */
    void makeRoom(int n) {
        if (dgamma.length < n) {
            dgamma = new float[n];
            dbeta = new float[n];
        }
    }

    /** Room for parameter gradients of several blocks. */
    float[] sumsOfBlocks(int length) {
        if (sumsOfBlocks.length < length) {
            sumsOfBlocks = new float[length];
        }
        return sumsOfBlocks;
    }

    /** Room for parameter gradients in double. */
    double[] sums(int length) {
        if (sums.length < length) {
            sums = new double[length];
        }
        return sums;
    }

    /**
     * Prepares xhat = (x - mean) * rstd of a row as {@code fma(fma(x, scale, -center), slope, intercept)}.
     *
     * <p>The mean is kept as the pair (center, intercept): as one float it would cost xhat kappa * 2^-25, with kappa =
     * |mean| / std. The scale is the power of two in rstd, so that x * scale, slope and every product stay far from the
     * ends of the range of float, also where x or rstd is denormal or beyond 1e38.
     */
    void standardize(int row, double mean, double rstd) {
        if (!(rstd <= Double.MAX_VALUE)) {
            scale[row] = 1f;
            center[row] = (float) mean;
            slope[row] = Float.NaN;
            intercept[row] = Float.NaN;
            return;
        }
        int exponent = Math.getExponent(rstd);
        // A mean far larger than the spread must not overflow when scaled.
        exponent = Math.min(exponent, 125 - Math.getExponent(mean));
        exponent = Math.clamp(exponent, -126, 126);
        double scaledMean = mean * powerOfTwo(exponent);
        float roundedMean = (float) scaledMean;
        // Beyond the range only where epsilon is next to nothing and the row constant: any finite number serves there.
        float roundedSlope = (float) Math.min(rstd * powerOfTwo(-exponent), Float.MAX_VALUE);
        scale[row] = (float) powerOfTwo(exponent);
        center[row] = roundedMean;
        slope[row] = roundedSlope;
        intercept[row] = (float) ((roundedMean - scaledMean) * roundedSlope);
    }

    /** 2^exponent for exponents of normal doubles. */
    static double powerOfTwo(int exponent) {
        return Double.longBitsToDouble((long) (exponent + 1023) << 52);
    }

    /** Adds up the 8 lanes of each of a row's two sums, halving. */
    void finishRow(int row) {
        double[] l = rowLanes;
        sum[row] = ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
        productSum[row] = ((l[8] + l[12]) + (l[10] + l[14])) + ((l[9] + l[13]) + (l[11] + l[15]));
    }
}

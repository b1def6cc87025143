package io.lanenorm.kernels;

/**
 * What a call needs beside its arguments: the numbers of the rows of a tile, and the sums on their way. One to a
 * thread, kept, so that calls allocate nothing in steady state.
 */
public final class Workspace {
    /** The most rows of a tile. */
    public static final int TILE = 64;

    /** Room for the rows of a tile and for a vector of doubles that begins at the last of them. */
    private static final int ROOM = TILE + 8;

    /** No lambda, since the first one of a program takes long to link. */
    private static final ThreadLocal<Workspace> OF_THREAD = new ThreadLocal<>() {
        @Override
        protected Workspace initialValue() {
            return new Workspace();
        }
    };

    /** A power of two, so that no square of x * momentScale leaves the range of float. */
    final float[] momentScale = new float[ROOM];

    /** Minus a float near the mean of x * momentScale, added before squaring. */
    final float[] minusShift = new float[ROOM];

    /** A power of two: xhat is computed from x * scale. 1 but in rows with extreme values. */
    final float[] scale = new float[ROOM];

    /** Whether the scale of any row of the tile is not 1, or its rstd is beyond 2^100, which dx cannot take. */
    boolean scaled;

    /**
     * The floats from which xhat and dx of each row are computed: those of all rows that are called
     * {@link #MINUS_CENTER} from that index on, then the next. They share an array since each array of a loop takes one
     * of the CPU's registers for its address, or is loaded again for each vector (backward at N = 128 with 256 bits
     * 0.90 of the time, 0.97 at 64, 0.95 to 1.0 elsewhere).
     */
    final float[] numbers = new float[6 * ROOM];

    /** Minus the mean of x * scale, rounded to float; what the rounding lost is in {@link #INTERCEPT}. */
    static final int MINUS_CENTER = 0;

    /** rstd / scale. */
    static final int SLOPE = ROOM;

    /** (center - mean * scale) * slope. */
    static final int INTERCEPT = 2 * ROOM;

    /** rstd over the power of two that dx is multiplied with afterwards; only if {@link #scaled}. */
    static final int DX_SCALED_RSTD = 3 * ROOM;

    static final int DX_SLOPE = 4 * ROOM;
    static final int DX_INTERCEPT = 5 * ROOM;

    final double[] sum = new double[ROOM];
    final double[] productSum = new double[ROOM];

    /** Negative where mean and rstd are still to be made of the sums. */
    final long[] unusual = new long[ROOM];

    final double[] mean = new double[ROOM];
    final double[] rstd = new double[ROOM];

    /**
     * The 16 lanes of a block's two sums, one sum after the other; block after block, row after row of a tile. They are
     * folded when all are there, since the long way to the sum of a row would hold up the next block.
     */
    float[] blockLanes = new float[0];

    /** gamma and beta by turns, a block of each, as far as there are whole blocks. */
    float[] parameters = new float[0];

    /** The length of a block, for loops over blocks that C2 must not take for counted loops. */
    int blockStep = Kernels.MOMENT_BLOCK;

    /** Sums of what is loaded ahead, for nobody: C2 leaves out loads whose results go nowhere. */
    final float[] touched = new float[Kernels.LANES];

    /** What is left of the last row of an array, where a vector would go beyond it. */
    final float[] tail = new float[Kernels.MOMENT_LANES];

    /** 16 lanes each of w and xhat, row after row, of what is left of rows beyond whole lines; begins at lane 16. */
    final float[] terms = new float[2 * Kernels.LANES * (TILE + 1)];

    /** Lanes of the two sums of rows, one sum after the other: 8 each, or 4 when half of their sum is made. */
    final double[] rowLanes = new double[TILE * Kernels.LANES];

    /** What the scalar kernels copy of a row. */
    private ScalarRow scalarRow = new ScalarRow(1);

    /** dgamma of the blocks of rows of a group. */
    final float[][] dgammaOfBlocks = new float[4][0];

    final float[][] dbetaOfBlocks = new float[4][0];

    /** What the sums of a block begin with, and stands for the blocks that a group does not have. */
    float[] zeros = new float[0];

    private float[] sumsOfBlocks = new float[0];
    private double[] sums = new double[0];

    /** The workspace of the calling thread. */
    public static Workspace ofThread() {
        return OF_THREAD.get();
    }

    /** Room for the scalar kernels to copy a row of n features to. */
    ScalarRow scalarRow(int n) {
        if (scalarRow.x.length < n) {
            scalarRow = new ScalarRow(n);
        }
        return scalarRow;
    }

    /** Makes room for dgamma and dbeta of a block of a group. */
    void prepareBlock(int block, int n) {
        if (dgammaOfBlocks[block].length < n) {
            dgammaOfBlocks[block] = new float[n];
            dbetaOfBlocks[block] = new float[n];
            if (zeros.length < n) {
                zeros = new float[n];
            }
        }
    }

    /** Where in {@link #numbers} dx finds rstd. Where no row has a scale, that is the slope of xhat. */
    int dxRstd() {
        return scaled ? DX_SCALED_RSTD : SLOPE;
    }

    /** Puts gamma and beta into {@link #parameters}. */
    void parameters(int n, float[] gamma, float[] beta) {
        if (parameters.length < 2 * n) {
            parameters = new float[2 * n];
        }
        int block = Kernels.MOMENT_BLOCK;
        for (int i = 0; i <= n - block; i += block) {
            System.arraycopy(gamma, i, parameters, 2 * i, block);
            System.arraycopy(beta, i, parameters, 2 * i + block, block);
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
            numbers[MINUS_CENTER + row] = -(float) mean;
            numbers[SLOPE + row] = Float.NaN;
            numbers[INTERCEPT + row] = Float.NaN;
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
        numbers[MINUS_CENTER + row] = -roundedMean;
        numbers[SLOPE + row] = roundedSlope;
        numbers[INTERCEPT + row] = (float) ((roundedMean - scaledMean) * roundedSlope);
    }

    /** 2^exponent for exponents of normal doubles. */
    static double powerOfTwo(int exponent) {
        return Double.longBitsToDouble((long) (exponent + 1023) << 52);
    }

    /** Room for the lanes of all blocks of so many rows. Returns the number of blocks of a row. */
    int prepareLanes(int n, int rows) {
        int blocks = Math.ceilDiv(n, Kernels.MOMENT_BLOCK);
        int length = rows * blocks * 2 * Kernels.LANES;
        if (blockLanes.length < length) {
            blockLanes = new float[length];
        }
        return blocks;
    }

    /** Finishes rows whose lanes stand one row after the other. */
    void finishRows(int from, int to) {
        for (int row = from; row < to; row++) {
            finishRow(row, row * Kernels.LANES);
        }
    }

    /** Adds up the 8 lanes of each of a row's two sums, halving. */
    void finishRow(int row, int i) {
        double[] l = rowLanes;
        sum[row] = ((l[i] + l[i + 4]) + (l[i + 2] + l[i + 6])) + ((l[i + 1] + l[i + 5]) + (l[i + 3] + l[i + 7]));
        productSum[row] =
                ((l[i + 8] + l[i + 12]) + (l[i + 10] + l[i + 14])) + ((l[i + 9] + l[i + 13]) + (l[i + 11] + l[i + 15]));
    }
}

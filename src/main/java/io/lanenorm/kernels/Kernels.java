package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.DX_INTERCEPT;
import static io.lanenorm.kernels.Workspace.DX_SLOPE;

import java.util.Arrays;

/**
 * The loops over the elements of rows. Each implementation computes what {@code src/specification/bits.md} defines, to
 * the bit; they differ in speed only. Arguments are not checked here.
 *
 * <p>Every method works on the rows {@code from} to {@code to - 1} of a tile whose row 0 starts at {@code offset} of
 * the batch; what belongs to a row and not to an element stands in the {@link Workspace}, under the number of the row
 * in the tile.
 */
public interface Kernels {
    /** The forward pass of kernels that share their pass with others. */
    Pass.Forward FORWARD_PASS = new ForwardPass();

    /** The same of the backward pass. */
    Pass.Backward BACKWARD_PASS = new BackwardPass();

    /** Lanes of the moments: element i of a block is added up on lane i mod 64. */
    int MOMENT_LANES = 64;

    /** Elements whose moments are added up in float; the sums of such blocks are added up in double. */
    int MOMENT_BLOCK = 256;

    /** Lanes of the two sums of the backward pass, and of what is left of every lane count at the end of a block. */
    int LANES = 16;

    /** Elements whose sums in the backward pass are added up in float. */
    int GRADIENT_BLOCK = 256;

    /**
     * Rows whose sums in the backward pass are best asked for together: dgamma and dbeta may be loaded once for them.
     */
    int SUM_ROWS = 4;

    /**
     * Elements of a batch which, with y, does not stay in L3 from call to call. Of all threads together, as they share
     * it (by the elements of each, two threads forward take 1.1 to 1.27 times as long at 3000x768 to 4096x768); of 32
     * MB, of which others leave less (with 2^21, 1.02 to 1.19 times at 1850x1024 to 2600x768).
     */
    int FAR_ELEMENTS = 7 << 18;

    /** The forward pass with these kernels. */
    default Pass.Forward forwardPass() {
        return FORWARD_PASS;
    }

    /** The backward pass with these kernels. */
    default Pass.Backward backwardPass() {
        return BACKWARD_PASS;
    }

    /**
     * Adds up d and d * d with d = x * momentScale - shift: reads {@link Workspace#momentScale}, which is 1 but for the
     * scalar kernels, and {@link Workspace#minusShift}, writes {@link Workspace#sum} and {@link Workspace#productSum}.
     */
    void moments(float[] x, int offset, int n, int from, int to, Workspace w);

    /**
     * {@link Statistics#prepare} and {@link #moments} of the first rows of a tile.
     *
     * @param byRow whether to prepare each row just before its moments, of rows from beyond the caches that are not
     *     short
     */
    default void firstMoments(float[] x, int offset, int n, int rows, boolean byRow, Workspace w) {
        Statistics.prepare(x, offset, n, rows, w);
        moments(x, offset, n, 0, rows, w);
    }

    /**
     * Writes mean, rstd and what xhat is computed from, of 8 rows at least. It may leave any of them undone, and does
     * so where the moments are needed once more or xhat needs a scale: it makes {@link Workspace#unusual} of such a row
     * negative, and returns a negative number if there is one.
     */
    default long statistics(int n, double epsilon, int from, int to, Workspace w) {
        Arrays.fill(w.unusual, from, to, -1);
        return -1;
    }

    /**
     * Writes what xhat is computed from, of mean and rstd in the workspace, of 8 rows at least. May leave rows undone
     * as {@link #statistics}.
     */
    default long standardize(int from, int to, Workspace w) {
        Arrays.fill(w.unusual, from, to, -1);
        return -1;
    }

    /** Writes y = gamma * xhat + beta, with the {@link Workspace#standardize standardization} of each row. */
    void normalize(float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y);

    /**
     * {@link #normalize} of the first rows of a tile in memory, behind which as many rows follow that come next. May
     * load these on the way, since memory is waited for otherwise.
     */
    default void normalizeFar(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        normalize(x, offset, n, 0, rows, w, gamma, beta, y);
    }

    /**
     * Says whether {@link #statistics}, {@link #standardize}, {@link #gradientCoefficients},
     * {@link #normalizeAndMoments} and {@link #gradients}, and {@link #firstMoments} by row, are to be used, for many
     * rows: not before they are compiled, and not in a JVM in which they make an object of every vector.
     */
    default void refine(boolean wanted) {}

    /** Whether these are faster than what they stand for. */
    default boolean isRefined() {
        return false;
    }

    /** Whether {@link #firstMoments} of rows from beyond the caches are faster row by row. */
    default boolean samplesByRow() {
        return false;
    }

    /** Whether {@link #normalizeAndMoments} is faster, in a batch of so many rows, than one after the other. */
    default boolean overlaps(int rows, int n) {
        return false;
    }

    /** Whether {@link #overlaps} is ever true, once {@link #refine refined}, of rows of n features. */
    default boolean everOverlaps(int n) {
        return true;
    }

    /**
     * {@link #normalize} of the first rows of a tile, then {@link #moments} of the first rows of the next, which begins
     * behind these rows; prepares the moments itself. {@link Workspace#parameters} has to hold gamma and beta. The
     * numbers of both tiles stand under the same number of the row.
     */
    default void normalizeAndMoments(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        normalize(x, offset, n, 0, rows, w, gamma, beta, y);
        Statistics.prepare(x, offset + rows * n, n, rows, w);
        moments(x, offset + rows * n, n, 0, rows, w);
    }

    /**
     * Adds up w and w * xhat with w = gamma * dy: writes {@link Workspace#sum} and {@link Workspace#productSum}. Also
     * adds dy * xhat of each row to {@code dgamma} and dy to {@code dbeta}, in the order of the rows.
     */
    void gradientSums(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta);

    /**
     * Elements of x of which {@link #gradientSums} and then {@link #inputGradient} are best called, but four rows at
     * least.
     */
    int gradientTile();

    /**
     * How many times {@link Crew#LEAST_ELEMENTS} it takes for a backward pass to be shared that leaves sums of blocks
     * of rows for the calling thread to add up. With two threads it takes, of the time of one, 0.63 to 0.79 at 32x768,
     * 64x512 and 200x128 by the scalar kernels, 0.71 to 0.82 by 128 bits (32x768 1.05), and by 256 bits 0.66 to 0.8 at
     * 28x768, 32x1024 and 400x64, 0.83 at 32x768 (0.70 to 1.43 in eight JVMs).
     */
    default int worthSharing() {
        return 1;
    }

    /**
     * Writes {@link Workspace#DX_SLOPE} and {@link Workspace#DX_INTERCEPT}, from the sums and dxRstd; of 8 rows at
     * least, but for the scalar kernels.
     */
    default void gradientCoefficients(int n, int from, int to, Workspace w) {
        int dxRstd = w.dxRstd();
        for (int row = from; row < to; row++) {
            float rstd = w.numbers[dxRstd + row];
            w.numbers[DX_SLOPE + row] = (float) (-(w.productSum[row] / n) * rstd);
            w.numbers[DX_INTERCEPT + row] = (float) (-(w.sum[row] / n) * rstd);
        }
    }

    /**
     * Whether {@link #gradients} is faster than its three parts for a tile, in a batch of which a thread has so many
     * rows.
     *
     * @param far whether the batch has {@link #FAR_ELEMENTS}
     */
    default boolean joinsGradients(int rows, int n, boolean far) {
        return false;
    }

    /** {@link #gradientSums}, {@link #gradientCoefficients} and {@link #inputGradient} of the same rows. */
    default void gradients(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        gradientSums(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta);
        ScalarKernels.INSTANCE.gradientCoefficients(n, from, to, w);
        inputGradient(dy, x, offset, n, from, to, w, gamma, dx);
    }

    /**
     * {@link #gradients} of a batch of one row (or of none, which writes nothing), where there is a faster way: dgamma
     * and dbeta are written, not added to, with +0 for -0. Returns whether there is; if not, nothing is written.
     */
    default boolean gradientsOfOnlyRow(
            float[] dy,
            float[] x,
            int n,
            int rows,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        return false;
    }

    /** Writes dx = w * dxRstd + (xhat * dxSlope + dxIntercept), with these three of each row from the workspace. */
    void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx);
}

package io.lanenorm.kernels;

import io.lanenorm.platform.Jvm;
import java.util.Arrays;

/**
 * The kernels in plain Java: the fallback, and what runs until the JVM has compiled the vector kernels.
 *
 * <p>Its loops are written so that C2 makes vector instructions of them. C2 does that only where it sees that no store
 * reaches what another element loads, and between several arrays it sees that only if their indices are equal but for
 * constants: never with {@code x[offset + i]} beside {@code gamma[i]}. So each row is copied to the start of an array
 * of its own first (see {@link ScalarRow}). Nor is a sum a vector loop, because each addition waits for the one before;
 * but the lanes of the specification become one if every partial sum is stored: {@code sum[i + LANES] = sum[i] + w[i]}.
 */
public final class ScalarKernels implements Kernels {
    /** The only instance. */
    public static final ScalarKernels INSTANCE = new ScalarKernels();

    /** Where the 16 lanes of the two sums of a block stand in {@link ScalarRow#moments}. */
    private static final int SUM = 2 * MOMENT_LANES;

    private static final int SQUARES = SUM + MOMENT_LANES;

    /** Where the last 16 of the zeros start that stand before the partial sums of a block. */
    private static final int LAST_ZEROS = MOMENT_LANES - LANES;

    private ScalarKernels() {}

    /**
     * Without the instruction, {@link Math#fma} is computed with big decimals, some hundred times slower than a product
     * and a sum. They are taken instead, and are the one case of other bits.
     */
    private static float fma(float a, float b, float c) {
        return Jvm.FMA ? Math.fma(a, b, c) : a * b + c;
    }

    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        ScalarRow r = w.scalarRow(n);
        for (int row = from; row < to; row++) {
            Arrays.fill(w.rowLanes, 0);
            for (int start = 0; start < n; start += MOMENT_BLOCK) {
                blockMoments(
                        x,
                        offset + row * n + start,
                        Math.min(MOMENT_BLOCK, n - start),
                        w.momentScale[row],
                        w.minusShift[row],
                        r);
                for (int j = 0; j < 8; j++) {
                    w.rowLanes[j] += r.moments[SUM + j] + r.moments[SUM + j + 8];
                    w.rowLanes[8 + j] += r.moments[SQUARES + j] + r.moments[SQUARES + j + 8];
                }
            }
            w.finishRow(row, 0);
        }
    }

    /** Leaves the 16 lanes of a block of m elements in {@link ScalarRow#moments}. */
    private static void blockMoments(float[] x, int at, int m, float scale, float minusShift, ScalarRow r) {
        int rest = m % MOMENT_LANES;
        System.arraycopy(x, at, r.x, 0, m - rest);
        if (m == MOMENT_BLOCK) {
            wholeBlock(r.x, r.moments, scale, minusShift);
            fold(r.moments);
            return;
        }
        partOfBlock(r.x, r.blockSum, r.blockSquares, m - rest, scale, minusShift);
        for (int j = 0; j < LANES; j++) {
            r.moments[SUM + j] = fold(r.blockSum, m - rest + j);
            r.moments[SQUARES + j] = fold(r.blockSquares, m - rest + j);
        }
        if (rest > 0) {
            System.arraycopy(x, at + m - rest, r.x, 0, rest);
            restOfBlock(r.x, r.blockSum, r.blockSquares, rest, scale, minusShift);
            for (int i = LAST_ZEROS + rest; i < MOMENT_LANES + rest; i++) {
                r.moments[SUM + i % LANES] += r.blockSum[i];
                r.moments[SQUARES + i % LANES] += r.blockSquares[i];
            }
        }
    }

    /** Adds up the four accumulators of a lane. */
    private static float fold(float[] lanes, int i) {
        return (lanes[i] + lanes[i + LANES]) + (lanes[i + 2 * LANES] + lanes[i + 3 * LANES]);
    }

    /** 256 elements, on 64 accumulators of 4 each: faster than {@link #partOfBlock}, which stores each partial sum. */
    private static void wholeBlock(float[] x, float[] moments, float scale, float minusShift) {
        for (int i = 0; i < MOMENT_LANES; i++) {
            float d0 = fma(x[i], scale, minusShift);
            float d1 = fma(x[i + MOMENT_LANES], scale, minusShift);
            float d2 = fma(x[i + 2 * MOMENT_LANES], scale, minusShift);
            float d3 = fma(x[i + 3 * MOMENT_LANES], scale, minusShift);
            moments[i] = (((0f + d0) + d1) + d2) + d3;
            moments[i + MOMENT_LANES] = fma(d3, d3, fma(d2, d2, fma(d1, d1, fma(d0, d0, 0f))));
        }
    }

    /** The whole groups of 64 elements, on 64 accumulators. */
    private static void partOfBlock(float[] x, float[] sum, float[] squares, int m, float scale, float minusShift) {
        for (int i = 0; i < m; i++) {
            float d = fma(x[i], scale, minusShift);
            sum[i + MOMENT_LANES] = sum[i] + d;
            squares[i + MOMENT_LANES] = fma(d, d, squares[i]);
        }
    }

    /** Less than 64 elements, on 16 accumulators. */
    private static void restOfBlock(float[] x, float[] sum, float[] squares, int m, float scale, float minusShift) {
        for (int i = 0; i < m; i++) {
            float d = fma(x[i], scale, minusShift);
            sum[i + MOMENT_LANES] = sum[i + LAST_ZEROS] + d;
            squares[i + MOMENT_LANES] = fma(d, d, squares[i + LAST_ZEROS]);
        }
    }

    /** The same for all lanes of both sums in one loop, which also adds up what stands between them, for nothing. */
    private static void fold(float[] moments) {
        for (int i = 0; i < MOMENT_LANES + LANES; i++) {
            moments[SUM + i] = (moments[i] + moments[i + LANES]) + (moments[i + 2 * LANES] + moments[i + 3 * LANES]);
        }
    }

    @Override
    public void statistics(int n, double epsilon, int from, int to, Workspace w) {
        for (int row = from; row < to; row++) {
            double delta = w.sum[row] / n;
            double shiftSquares = w.sum[row] * delta;
            double squares = w.productSum[row] - shiftSquares;
            double variance = squares / n + epsilon;
            w.excess[row] = shiftSquares - 0.5 * squares;
            w.variance[row] = variance;
            w.delta[row] = delta;
            w.rstd[row] = 1 / Math.sqrt(variance);
        }
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        ScalarRow r = w.scalarRow(n);
        for (int row = from; row < to; row++) {
            System.arraycopy(x, offset + row * n, r.x, 0, n);
            normalize(r.x, n, w.scale[row], w.minusCenter[row], w.slope[row], w.intercept[row], gamma, beta);
            System.arraycopy(r.x, 0, y, offset + row * n, n);
        }
    }

    private static void normalize(
            float[] x,
            int n,
            float scale,
            float minusCenter,
            float slope,
            float intercept,
            float[] gamma,
            float[] beta) {
        for (int i = 0; i < n; i++) {
            float xhat = fma(fma(x[i], scale, minusCenter), slope, intercept);
            x[i] = fma(xhat, gamma[i], beta[i]);
        }
    }

    @Override
    public void gradientSums(float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma) {
        ScalarRow r = w.scalarRow(n);
        for (int row = from; row < to; row++) {
            System.arraycopy(x, offset + row * n, r.x, 0, n);
            System.arraycopy(dy, offset + row * n, r.dy, 0, n);
            Arrays.fill(w.rowLanes, 0);
            for (int start = 0; start < n; start += GRADIENT_BLOCK) {
                int end = Math.min(start + GRADIENT_BLOCK, n);
                if (start > 0) {
                    Arrays.fill(r.sum, start, start + LANES, 0);
                    Arrays.fill(r.productSum, start, start + LANES, 0);
                }
                sums(
                        r.x,
                        r.dy,
                        gamma,
                        r.sum,
                        r.productSum,
                        w.dgamma,
                        w.dbeta,
                        start,
                        end,
                        w.scale[row],
                        w.minusCenter[row],
                        w.slope[row],
                        w.intercept[row]);
                addLanes(r.sum, r.productSum, end, w.rowLanes);
            }
            w.finishRow(row, 0);
        }
    }

    /** Adds the lanes of a block, folded once, to those of the row: the last 16 partial sums, from lane end % 16 on. */
    private static void addLanes(float[] sum, float[] products, int end, double[] rowLanes) {
        for (int j = 0; j < 8; j++) {
            int i = end + Math.floorMod(j - end, LANES);
            int k = end + Math.floorMod(j + 8 - end, LANES);
            rowLanes[j] += sum[i] + sum[k];
            rowLanes[8 + j] += products[i] + products[k];
        }
    }

    private static void sums(
            float[] x,
            float[] dy,
            float[] gamma,
            float[] sum,
            float[] products,
            float[] dgamma,
            float[] dbeta,
            int from,
            int to,
            float scale,
            float minusCenter,
            float slope,
            float intercept) {
        for (int i = from; i < to; i++) {
            float d = dy[i];
            float xhat = fma(fma(x[i], scale, minusCenter), slope, intercept);
            float weighted = gamma[i] * d;
            sum[i + LANES] = sum[i] + weighted;
            products[i + LANES] = fma(weighted, xhat, products[i]);
            dgamma[i] = fma(d, xhat, dgamma[i]);
            dbeta[i] += d;
        }
    }

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        ScalarRow r = w.scalarRow(n);
        for (int row = from; row < to; row++) {
            System.arraycopy(x, offset + row * n, r.x, 0, n);
            System.arraycopy(dy, offset + row * n, r.dy, 0, n);
            inputGradient(r.x, r.dy, gamma, n, row, w);
            System.arraycopy(r.x, 0, dx, offset + row * n, n);
        }
    }

    private static void inputGradient(float[] x, float[] dy, float[] gamma, int m, int row, Workspace w) {
        float scale = w.scale[row];
        float minusCenter = w.minusCenter[row];
        float slope = w.slope[row];
        float intercept = w.intercept[row];
        float dxRstd = w.dxRstd[row];
        float dxSlope = w.dxSlope[row];
        float dxIntercept = w.dxIntercept[row];
        for (int i = 0; i < m; i++) {
            float weighted = gamma[i] * dy[i];
            float xhat = fma(fma(x[i], scale, minusCenter), slope, intercept);
            x[i] = fma(weighted, dxRstd, fma(xhat, dxSlope, dxIntercept));
        }
    }

    @Override
    public String toString() {
        return "scalar";
    }
}

package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.DX_INTERCEPT;
import static io.lanenorm.kernels.Workspace.DX_SLOPE;
import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;

import io.lanenorm.platform.Jvm;
import java.util.Arrays;

/**
 * The kernels in plain Java: the fallback, and what runs until the JVM has compiled the vector kernels.
 *
 * <p>Its loops are written so that C2 makes vector instructions of them. C2 does that only where it sees that no store
 * reaches what another element loads, and between several arrays it sees that only if their indices are equal but for
 * constants: never with {@code x[offset + i]} beside {@code gamma[i]}. So each row is copied to the start of an array
 * of its own first, or to a place of its own in one array (see {@link ScalarRow}); and the end of such a loop is a
 * minimum, from which C2 knows that no index overflows, also in a method that it does not inline (without, backward
 * took 1.7 to 2.5 times as long when one had become too long for that). Nor is a sum a vector loop, because each
 * addition waits for the one before; but the lanes of the specification become one if every partial sum is stored:
 * {@code sum[i + LANES] = sum[i] + w[i]}.
 */
public final class ScalarKernels implements Kernels {
    /** The only instance. */
    public static final ScalarKernels INSTANCE = new ScalarKernels();

    /** Where the 16 lanes of the two sums of a block stand in {@link ScalarRow#moments}. */
    private static final int FOLDED_SUM = 2 * MOMENT_LANES;

    private static final int FOLDED_SQUARES = FOLDED_SUM + MOMENT_LANES;

    /** Where the last 16 of the zeros start that stand before the partial sums of a block. */
    private static final int LAST_ZEROS = MOMENT_LANES - LANES;

    /**
     * Where the arrays of a block stand in {@link ScalarRow#gradientBlock}, and by how much further those of a second
     * row. They are one array since C2 then needs one address and all its vectors are aligned alike.
     */
    private static final int SECTION = GRADIENT_BLOCK + LANES;

    private static final int GAMMA = 0;
    private static final int DGAMMA = SECTION;
    private static final int DBETA = 2 * SECTION;
    private static final int X = 3 * SECTION;
    private static final int DY = 4 * SECTION;

    /** At index i + 16 the sum of a lane up to element i. The zeros where lanes start come before it. */
    private static final int SUM = 5 * SECTION;

    private static final int PRODUCTS = 6 * SECTION;
    private static final int SECOND = 4 * SECTION;

    /** The floats of {@link ScalarRow#gradientBlock}. */
    static final int GRADIENT_BLOCK_ROOM = 11 * SECTION;

    /** Columns of dx computed at a time: what they need stays in L1. */
    private static final int COLUMNS = 1024;

    /** Where x, then dx, and dy stand in {@link ScalarRow#columns}, behind gamma; not a whole page apart. */
    private static final int COLUMNS_X = COLUMNS + LANES;

    private static final int COLUMNS_DY = 2 * COLUMNS_X;

    /** The floats of {@link ScalarRow#columns}. */
    static final int COLUMNS_ROOM = 3 * COLUMNS_X;

    private ScalarKernels() {}

    /**
     * Without the instruction, {@link Math#fma} is computed with big decimals, some hundred times slower than a product
     * and a sum. They are taken instead, and are the one case of other bits.
     */
    private static float fma(float a, float b, float c) {
        return Jvm.FMA ? Math.fma(a, b, c) : a * b + c;
    }

    @Override
    public boolean samplesByRow() {
        return true;
    }

    /** Far rows of a multiple of 4 KB take 0.87 to 0.92 of the time with their samples just before them. */
    @Override
    public void firstMoments(float[] x, int offset, int n, int rows, boolean byRow, Workspace w) {
        if (!byRow) {
            Kernels.super.firstMoments(x, offset, n, rows, false, w);
            return;
        }
        for (int row = 0; row < rows; row++) {
            Statistics.prepareRow(x, offset + row * n, n, row, w);
            moments(x, offset, n, row, row + 1, w);
        }
    }

    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        ScalarRow r = w.scalarRow(n);
        for (int row = from; row < to; row++) {
            Arrays.fill(w.rowLanes, 0, LANES, 0);
            for (int start = 0; start < n; start += MOMENT_BLOCK) {
                blockMoments(
                        x,
                        offset + row * n + start,
                        Math.min(MOMENT_BLOCK, n - start),
                        w.momentScale[row],
                        w.minusShift[row],
                        r,
                        w.rowLanes);
            }
            w.finishRow(row, 0);
        }
    }

    /**
     * Adds the lanes of a block of m elements to those of its row. Too long to be inlined: C2 compiles it once, not a
     * second time as a part of {@link #moments} (vector kernels took over 0.1 to 0.2 s later).
     */
    private static void blockMoments(
            float[] x, int at, int m, float scale, float minusShift, ScalarRow r, double[] rowLanes) {
        float[] moments = r.moments;
        int rest = m % MOMENT_LANES;
        System.arraycopy(x, at, r.x, 0, m - rest);
        if (m == MOMENT_BLOCK) {
            wholeBlock(r.x, moments, scale, minusShift);
            fold(moments);
        } else {
            partOfBlock(r.x, r.blockSum, r.blockSquares, m - rest, scale, minusShift);
            for (int j = 0; j < LANES; j++) {
                moments[FOLDED_SUM + j] = fold(r.blockSum, m - rest + j);
                moments[FOLDED_SQUARES + j] = fold(r.blockSquares, m - rest + j);
            }
            if (rest > 0) {
                System.arraycopy(x, at + m - rest, r.x, 0, rest);
                restOfBlock(r.x, r.blockSum, r.blockSquares, rest, scale, minusShift);
                for (int i = LAST_ZEROS + rest; i < MOMENT_LANES + rest; i++) {
                    moments[FOLDED_SUM + i % LANES] += r.blockSum[i];
                    moments[FOLDED_SQUARES + i % LANES] += r.blockSquares[i];
                }
            }
        }
        for (int j = 0; j < 8; j++) {
            rowLanes[j] += moments[FOLDED_SUM + j] + moments[FOLDED_SUM + j + 8];
            rowLanes[8 + j] += moments[FOLDED_SQUARES + j] + moments[FOLDED_SQUARES + j + 8];
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
            moments[FOLDED_SUM + i] =
                    (moments[i] + moments[i + LANES]) + (moments[i + 2 * LANES] + moments[i + 3 * LANES]);
        }
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        ScalarRow r = w.scalarRow(n);
        for (int row = from; row < to; row++) {
            System.arraycopy(x, offset + row * n, r.x, 0, n);
            normalize(
                    r.x,
                    n,
                    w.scale[row],
                    w.numbers[MINUS_CENTER + row],
                    w.numbers[SLOPE + row],
                    w.numbers[INTERCEPT + row],
                    gamma,
                    beta);
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

    /**
     * Block after block of columns, and in it two rows at a time: gamma, dgamma and dbeta are copied once for all rows.
     */
    @Override
    public void gradientSums(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        float[] b = w.scalarRow(n).gradientBlock;
        Arrays.fill(w.rowLanes, from * LANES, to * LANES, 0);
        for (int start = 0; start < n; start += GRADIENT_BLOCK) {
            int m = Math.min(GRADIENT_BLOCK, n - start);
            System.arraycopy(gamma, start, b, GAMMA, m);
            System.arraycopy(dgamma, start, b, DGAMMA, m);
            System.arraycopy(dbeta, start, b, DBETA, m);
            int row = from;
            for (; row < to - 1; row += 2) {
                int at = offset + row * n + start;
                System.arraycopy(x, at, b, X, m);
                System.arraycopy(dy, at, b, DY, m);
                System.arraycopy(x, at + n, b, SECOND + X, m);
                System.arraycopy(dy, at + n, b, SECOND + DY, m);
                sumsOfTwo(b, w.numbers, w.scale, row, m, w.rowLanes);
            }
            if (row < to) {
                int at = offset + row * n + start;
                System.arraycopy(x, at, b, X, m);
                System.arraycopy(dy, at, b, DY, m);
                sums(b, m, row, w);
                addLanes(b, m, w.rowLanes, row * LANES);
            }
            System.arraycopy(b, DGAMMA, dgamma, start, m);
            System.arraycopy(b, DBETA, dbeta, start, m);
        }
        w.finishRows(from, to);
    }

    private static void sums(float[] b, int m, int row, Workspace w) {
        float[] numbers = w.numbers;
        float scale = w.scale[row];
        float minusCenter = numbers[MINUS_CENTER + row];
        float slope = numbers[SLOPE + row];
        float intercept = numbers[INTERCEPT + row];
        int end = Math.min(m, GRADIENT_BLOCK);
        for (int i = 0; i < end; i++) {
            float d = b[DY + i];
            float xhat = fma(fma(b[X + i], scale, minusCenter), slope, intercept);
            float weighted = b[GAMMA + i] * d;
            b[SUM + LANES + i] = b[SUM + i] + weighted;
            b[PRODUCTS + LANES + i] = fma(weighted, xhat, b[PRODUCTS + i]);
            b[DGAMMA + i] = fma(d, xhat, b[DGAMMA + i]);
            b[DBETA + i] += d;
        }
    }

    /**
     * The same for two rows: gamma, dgamma and dbeta are loaded once, and one row's sums do not wait for the other's.
     * Too long to be inlined, as {@link #blockMoments}.
     */
    private static void sumsOfTwo(float[] b, float[] numbers, float[] scales, int row, int m, double[] rowLanes) {
        float scale = scales[row];
        float minusCenter = numbers[MINUS_CENTER + row];
        float slope = numbers[SLOPE + row];
        float intercept = numbers[INTERCEPT + row];
        int row2 = row + 1;
        float scale2 = scales[row2];
        float minusCenter2 = numbers[MINUS_CENTER + row2];
        float slope2 = numbers[SLOPE + row2];
        float intercept2 = numbers[INTERCEPT + row2];
        int end = Math.min(m, GRADIENT_BLOCK);
        for (int i = 0; i < end; i++) {
            float g = b[GAMMA + i];
            float d = b[DY + i];
            float xhat = fma(fma(b[X + i], scale, minusCenter), slope, intercept);
            float weighted = g * d;
            float d2 = b[SECOND + DY + i];
            float xhat2 = fma(fma(b[SECOND + X + i], scale2, minusCenter2), slope2, intercept2);
            float weighted2 = g * d2;
            b[SUM + LANES + i] = b[SUM + i] + weighted;
            b[PRODUCTS + LANES + i] = fma(weighted, xhat, b[PRODUCTS + i]);
            b[SECOND + SUM + LANES + i] = b[SECOND + SUM + i] + weighted2;
            b[SECOND + PRODUCTS + LANES + i] = fma(weighted2, xhat2, b[SECOND + PRODUCTS + i]);
            b[DGAMMA + i] = fma(d2, xhat2, fma(d, xhat, b[DGAMMA + i]));
            b[DBETA + i] = (b[DBETA + i] + d) + d2;
        }
        addLanes(b, m, rowLanes, row * LANES);
        addLanes(b, SECOND + m, rowLanes, row2 * LANES);
    }

    /** Adds the lanes of a block, folded once, to those of its row: the last 16 partial sums, from lane end % 16 on. */
    private static void addLanes(float[] b, int end, double[] rowLanes, int at) {
        for (int i = end; i < end + 8; i++) {
            rowLanes[at + i % 8] += b[SUM + i] + b[SUM + i + 8];
            rowLanes[at + 8 + i % 8] += b[PRODUCTS + i] + b[PRODUCTS + i + 8];
        }
    }

    /** Once for so many rows gamma, dgamma and dbeta are copied; for 1 << 11 elements 1.05 to 1.35 of the time. */
    @Override
    public int gradientTile() {
        return 1 << 14;
    }

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        float[] b = w.scalarRow(n).columns;
        for (int start = 0; start < n; start += COLUMNS) {
            int m = Math.min(COLUMNS, n - start);
            System.arraycopy(gamma, start, b, 0, m);
            for (int row = from; row < to; row++) {
                int at = offset + row * n + start;
                System.arraycopy(x, at, b, COLUMNS_X, m);
                System.arraycopy(dy, at, b, COLUMNS_DY, m);
                inputGradient(b, m, row, w);
                System.arraycopy(b, COLUMNS_X, dx, at, m);
            }
        }
    }

    private static void inputGradient(float[] b, int m, int row, Workspace w) {
        float[] numbers = w.numbers;
        float scale = w.scale[row];
        float minusCenter = numbers[MINUS_CENTER + row];
        float slope = numbers[SLOPE + row];
        float intercept = numbers[INTERCEPT + row];
        float dxRstd = numbers[w.dxRstd() + row];
        float dxSlope = numbers[DX_SLOPE + row];
        float dxIntercept = numbers[DX_INTERCEPT + row];
        int end = Math.min(m, COLUMNS);
        for (int i = 0; i < end; i++) {
            float weighted = b[i] * b[COLUMNS_DY + i];
            float xhat = fma(fma(b[COLUMNS_X + i], scale, minusCenter), slope, intercept);
            b[COLUMNS_X + i] = fma(weighted, dxRstd, fma(xhat, dxSlope, dxIntercept));
        }
    }

    @Override
    public String toString() {
        return "scalar";
    }
}

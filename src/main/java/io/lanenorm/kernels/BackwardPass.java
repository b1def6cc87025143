package io.lanenorm.kernels;

import java.util.Arrays;

/**
 * The backward pass over a batch: tile by tile, the sums of the rows together with dgamma and dbeta, then dx while the
 * tile is in cache.
 *
 * <p>dgamma and dbeta are added up over blocks of 16 rows in float, over groups of 4 blocks in double, and over the
 * groups in double: an order that does not depend on tiles, and that several threads could keep by taking whole groups.
 */
public final class BackwardPass {
    private static final int BLOCK_ROWS = 16;
    private static final int GROUP_ROWS = 64;

    /** Elements of a tile: 8 KB each of x, dy and dx. */
    private static final int TILE_ELEMENTS = 2048;

    private BackwardPass() {}

    /**
     * Writes those of dx, dgamma and dbeta that are not null.
     *
     * @param dx receives the gradient with respect to x, or null
     * @param dgamma receives the gradient with respect to gamma, or null
     * @param dbeta receives the gradient with respect to beta, or null
     */
    public static void run(
            Kernels kernels,
            float[] dy,
            float[] x,
            int rows,
            int n,
            float[] gamma,
            double[] mean,
            double[] rstd,
            float @Nullable [] dx,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta) {
        Workspace w = Workspace.ofThread();
        boolean parameters = dgamma != null || dbeta != null;
        if (parameters) {
            w.clearParameterGradients(n);
        }
        int tile = Math.clamp(TILE_ELEMENTS / n, 1, BLOCK_ROWS);
        for (int block = 0; block < rows; block += BLOCK_ROWS) {
            int end = Math.min(block + BLOCK_ROWS, rows);
            if (parameters) {
                Arrays.fill(w.dgamma, 0, n, 0);
                Arrays.fill(w.dbeta, 0, n, 0);
            }
            for (int row = block; row < end; row += tile) {
                int tileRows = Math.min(tile, end - row);
                int offset = row * n;
                ForwardPass.standardize(w, mean, rstd, row, tileRows);
                kernels.gradientSums(dy, x, offset, n, 0, tileRows, w, gamma, parameters);
                if (dx != null) {
                    inputGradient(kernels, dy, x, offset, n, tileRows, row, w, gamma, rstd, dx);
                }
            }
            if (parameters) {
                add(w.dgamma, w.groupDgamma, n);
                add(w.dbeta, w.groupDbeta, n);
                if (end % GROUP_ROWS == 0 || end == rows) {
                    moveTo(w.totalDgamma, w.groupDgamma, n);
                    moveTo(w.totalDbeta, w.groupDbeta, n);
                }
            }
        }
        if (dgamma != null) {
            round(w.totalDgamma, dgamma);
        }
        if (dbeta != null) {
            round(w.totalDbeta, dbeta);
        }
    }

    private static void inputGradient(
            Kernels kernels,
            float[] dy,
            float[] x,
            int offset,
            int n,
            int tileRows,
            int first,
            Workspace w,
            float[] gamma,
            double[] rstd,
            float[] dx) {
        for (int row = 0; row < tileRows; row++) {
            double unit = unit(rstd[first + row]);
            float rowRstd = (float) (rstd[first + row] / unit);
            w.dxRstd[row] = rowRstd;
            w.dxSlope[row] = (float) (-(w.productSum[row] / n) * rowRstd);
            w.dxIntercept[row] = (float) (-(w.sum[row] / n) * rowRstd);
        }
        kernels.inputGradient(dy, x, offset, n, 0, tileRows, w, gamma, dx);
        for (int row = 0; row < tileRows; row++) {
            float unit = (float) unit(rstd[first + row]);
            if (unit != 1) {
                for (int i = offset + row * n; i < offset + (row + 1) * n; i++) {
                    dx[i] *= unit;
                }
            }
        }
    }

    /**
     * The power of two that is taken out of rstd and multiplied to dx afterwards: 1 unless rstd is near 0 or infinity.
     */
    private static double unit(double rstd) {
        if ((rstd >= 0x1p-100 && rstd <= 0x1p100) || !(rstd <= Double.MAX_VALUE)) {
            return 1;
        }
        return Workspace.powerOfTwo(Math.clamp(Math.getExponent(rstd), -126, 127));
    }

    private static void add(float[] block, double[] group, int n) {
        for (int i = 0; i < n; i++) {
            group[i] += block[i];
        }
    }

    private static void moveTo(double[] total, double[] group, int n) {
        for (int i = 0; i < n; i++) {
            total[i] += group[i];
            group[i] = 0;
        }
    }

    private static void round(double[] total, float[] gradient) {
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = (float) total[i];
        }
    }
}

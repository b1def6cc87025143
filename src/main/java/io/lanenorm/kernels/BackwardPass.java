package io.lanenorm.kernels;

import java.util.Arrays;

/**
 * The backward pass over a batch: tile by tile, the sums of the rows together with dgamma and dbeta, then dx while the
 * tile is in cache.
 *
 * <p>dgamma and dbeta are added up over blocks of 16 rows in float, over groups of 4 blocks in double, and over the
 * groups in double: an order that does not depend on tiles, and that several threads keep by taking whole groups, or
 * blocks where groups are few, see {@link ParameterSums}.
 */
public final class BackwardPass {
    private static final int BLOCK_ROWS = 16;
    private static final int GROUP_ROWS = 64;

    /** Fewer groups than this for each thread would leave some waiting for the others. */
    private static final int GROUPS_OF_A_THREAD = Integer.getInteger("gpt", 8);

    /** Elements of a tile: 8 KB each of x, dy and dx. */
    private static final int TILE_ELEMENTS = 2048;

    private BackwardPass() {}

    /**
     * Writes those of dx, dgamma and dbeta that are not null.
     *
     * @param crew whose threads share the work, or null
     * @param dx receives the gradient with respect to x, or null
     * @param dgamma receives the gradient with respect to gamma, or null
     * @param dbeta receives the gradient with respect to beta, or null
     */
    public static void run(
            @Nullable Crew crew,
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
        boolean parameters = dgamma != null || dbeta != null;
        if (crew != null && crew.takes(rows * n) && (!parameters || rows > BLOCK_ROWS)) {
            share(crew, kernels, dy, x, rows, n, gamma, mean, rstd, dx, dgamma, dbeta);
            return;
        }
        Workspace w = Workspace.ofThread();
        if (!parameters) {
            rows(kernels, dy, x, 0, rows, n, w, gamma, mean, rstd, dx, false);
            return;
        }
        w.makeRoom(n);
        if (rows <= BLOCK_ROWS) {
            block(kernels, dy, x, 0, rows, n, w, gamma, mean, rstd, dx);
            copy(w.dgamma, dgamma);
            copy(w.dbeta, dbeta);
            return;
        }
        w.makeRoomForSums(n, 1);
        double[] group = w.partSums;
        double[] sums = group;
        for (int from = 0; from < rows; from += GROUP_ROWS) {
            int to = Math.min(from + GROUP_ROWS, rows);
            blocks(kernels, dy, x, from, to, n, w, gamma, mean, rstd, dx, group, 0);
            if (rows > GROUP_ROWS) {
                sums = w.totalSums;
                ParameterSums.add(group, 0, sums, from == 0, 2 * n);
            }
        }
        ParameterSums.round(sums, 0, dgamma);
        ParameterSums.round(sums, n, dbeta);
    }

    private static void share(
            Crew crew,
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
        if (dgamma == null && dbeta == null) {
            int partRows = Math.max(1, crew.partOf(rows * n) / n);
            int parts = Math.ceilDiv(rows, partRows);
            crew.run(parts, parts, (part, job) -> {
                int from = part * partRows;
                int to = Math.min(from + partRows, rows);
                rows(kernels, dy, x, from, to, n, Workspace.ofThread(), gamma, mean, rstd, dx, false);
            });
            return;
        }
        boolean groups = rows >= GROUP_ROWS * GROUPS_OF_A_THREAD * crew.threads();
        int partRows = groups ? GROUP_ROWS : BLOCK_ROWS;
        int parts = Math.ceilDiv(rows, partRows);
        ParameterSums sums = new ParameterSums(Workspace.ofThread(), n, parts, GROUP_ROWS / partRows, crew.threads());
        crew.run(parts, sums.slots(), (part, job) -> {
            int from = part * partRows;
            int to = Math.min(from + partRows, rows);
            Workspace w = Workspace.ofThread();
            w.makeRoom(n);
            blocks(kernels, dy, x, from, to, n, w, gamma, mean, rstd, dx, sums.ofParts(), sums.start(part));
            sums.end(part, job);
        });
        ParameterSums.round(sums.ofBatch(), 0, dgamma);
        ParameterSums.round(sums.ofBatch(), n, dbeta);
    }

    /** Blocks of one group; dgamma and dbeta of them go to {@code sums}, one after the other, from {@code start} on. */
    private static void blocks(
            Kernels kernels,
            float[] dy,
            float[] x,
            int from,
            int to,
            int n,
            Workspace w,
            float[] gamma,
            double[] mean,
            double[] rstd,
            float @Nullable [] dx,
            double[] sums,
            int start) {
        for (int block = from; block < to; block += BLOCK_ROWS) {
            block(kernels, dy, x, block, Math.min(block + BLOCK_ROWS, to), n, w, gamma, mean, rstd, dx);
            add(w.dgamma, sums, start, block == from, n);
            add(w.dbeta, sums, start + n, block == from, n);
        }
    }

    /** One block; dgamma and dbeta of it go to the workspace. */
    private static void block(
            Kernels kernels,
            float[] dy,
            float[] x,
            int from,
            int to,
            int n,
            Workspace w,
            float[] gamma,
            double[] mean,
            double[] rstd,
            float @Nullable [] dx) {
        Arrays.fill(w.dgamma, 0, n, 0);
        Arrays.fill(w.dbeta, 0, n, 0);
        rows(kernels, dy, x, from, to, n, w, gamma, mean, rstd, dx, true);
    }

    private static void rows(
            Kernels kernels,
            float[] dy,
            float[] x,
            int from,
            int to,
            int n,
            Workspace w,
            float[] gamma,
            double[] mean,
            double[] rstd,
            float @Nullable [] dx,
            boolean parameters) {
        int tile = Math.clamp(TILE_ELEMENTS / n, 1, BLOCK_ROWS);
        for (int row = from; row < to; row += tile) {
            int tileRows = Math.min(tile, to - row);
            int offset = row * n;
            ForwardPass.standardize(w, mean, rstd, row, tileRows);
            kernels.gradientSums(dy, x, offset, n, 0, tileRows, w, gamma, parameters);
            if (dx != null) {
                inputGradient(kernels, dy, x, offset, n, tileRows, row, w, gamma, rstd, dx);
            }
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

    private static void add(float[] block, double[] sums, int start, boolean first, int n) {
        if (first) {
            for (int i = 0; i < n; i++) {
                sums[start + i] = 0.0 + block[i];
            }
        } else {
            for (int i = 0; i < n; i++) {
                sums[start + i] += block[i];
            }
        }
    }

    /** A batch of one block: its sums in float are the gradient, but that a sum from +0 on is never -0. */
    private static void copy(float[] block, float @Nullable [] gradient) {
        if (gradient != null) {
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = 0f + block[i];
            }
        }
    }
}

package io.lanenorm.kernels;

import static io.lanenorm.kernels.Workspace.DX_SCALED_RSTD;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The backward pass over a batch: tile by tile, the sums of the rows together with dgamma and dbeta, then dx while the
 * tile is in cache.
 *
 * <p>dgamma and dbeta are added up over blocks of 16 rows in float, over groups of 4 blocks in double, and over the
 * groups in double: an order that does not depend on tiles, and that several threads keep by taking whole groups, or
 * blocks where groups are few, or dx of a block that one of them adds up.
 */
final class BackwardPass implements Pass.Backward {
    private static final int BLOCK_ROWS = 16;
    private static final int GROUP_ROWS = 64;

    /** Of fewer, but more than a block, one thread has nearly all (18x1024: two threads 0.8 to 0.9 of the speed). */
    private static final int LEAST_ROWS_OF_BLOCKS = 20;

    /** So much longer may groups keep the busiest thread than blocks: there is four times less to be added up. */
    private static final double GROUPS_SAVE = 1.15;

    /** The sums of so many groups are kept before they are added up. */
    private static final int GROUPS_OF_A_THREAD = 32;

    /** Rows of a tile from which on xhat is prepared for a whole group (0.93 of the time at N = 64). */
    private static final int SHORT_ROWS = 8;

    BackwardPass() {}

    @Override
    public void run(
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
        boolean block = dx != null && rows > 2 && rows <= BLOCK_ROWS;
        boolean whole = !parameters || block;
        boolean far = rows * n >= Kernels.FAR_ELEMENTS;
        // Asked once, as dx of a block may be left to the next: the answer changes when the kernels are refined.
        if (crew != null
                && (whole
                        ? crew.takes(rows * n)
                        : rows >= LEAST_ROWS_OF_BLOCKS && crew.takesBlocks(rows * n, kernels.worthSharing()))) {
            boolean joined = dx != null && kernels.joinsGradients(Math.ceilDiv(rows, crew.threads()), n, far);
            share(crew, kernels, joined, dy, x, rows, n, gamma, mean, rstd, dx, dgamma, dbeta);
        } else {
            boolean joined = dx != null && kernels.joinsGradients(rows, n, far);
            runAlone(kernels, joined, dy, x, rows, n, gamma, mean, rstd, dx, dgamma, dbeta);
        }
        if (crew != null) {
            crew.ended(rows * n);
        }
    }

    private static void runAlone(
            Kernels kernels,
            boolean joined,
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
        if (dgamma == null && dbeta == null) {
            rows(kernels, joined, dy, x, 0, rows, n, w, gamma, mean, rstd, dx);
            return;
        }
        if (rows <= BLOCK_ROWS) {
            w.prepareBlock(0, n);
            standardize(kernels, 0, rows, w, mean, rstd);
            if (rows == 1 && dx != null && joined) {
                float[] writtenDgamma = dgamma != null ? dgamma : w.dgammaOfBlocks[0];
                float[] writtenDbeta = dbeta != null ? dbeta : w.dbetaOfBlocks[0];
                if (kernels.gradientsOfOnlyRow(dy, x, n, rows, w, gamma, writtenDgamma, writtenDbeta, dx)) {
                    return;
                }
            }
            float[] dgammaOfOnly = onlyBlock(dgamma, w.dgammaOfBlocks, w.zeros, n);
            block(
                    kernels,
                    joined,
                    dy,
                    x,
                    0,
                    n,
                    0,
                    rows,
                    w,
                    gamma,
                    dx,
                    dgammaOfOnly,
                    onlyBlock(dbeta, w.dbetaOfBlocks, w.zeros, n));
            finishOnly(dgamma);
            return;
        }
        if (rows <= GROUP_ROWS) {
            int blocks = rows(kernels, joined, dy, x, 0, rows, n, w, gamma, mean, rstd, dx);
            round(w.dgammaOfBlocks, blocks, w.zeros, dgamma);
            round(w.dbetaOfBlocks, blocks, w.zeros, dbeta);
            return;
        }
        double[] sums = w.sums(2 * n);
        for (int from = 0; from < rows; from += GROUP_ROWS) {
            int to = Math.min(from + GROUP_ROWS, rows);
            int blocks = rows(kernels, joined, dy, x, from, to, n, w, gamma, mean, rstd, dx);
            add(w.dgammaOfBlocks, blocks, w.zeros, sums, 0, from == 0, n);
            add(w.dbetaOfBlocks, blocks, w.zeros, sums, n, from == 0, n);
        }
        round(sums, 0, dgamma);
        round(sums, n, dbeta);
    }

    private static void share(
            Crew crew,
            Kernels kernels,
            boolean joined,
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
            int part = crew.rowsOfAPart(n);
            crew.run(Math.ceilDiv(rows, part), (from, to) -> {
                Workspace w = Workspace.ofThread();
                rows(kernels, joined, dy, x, from * part, Math.min(to * part, rows), n, w, gamma, mean, rstd, dx);
            });
            return;
        }
        if (dx != null && rows <= BLOCK_ROWS) {
            shareBlock(crew, kernels, dy, x, rows, n, gamma, mean, rstd, dx, dgamma, dbeta);
        } else if (rowsOfTheBusiest(rows, GROUP_ROWS, crew) <= GROUPS_SAVE * rowsOfTheBusiest(rows, BLOCK_ROWS, crew)) {
            shareGroups(crew, kernels, joined, dy, x, rows, n, gamma, mean, rstd, dx, dgamma, dbeta);
        } else {
            shareBlocks(crew, kernels, joined, dy, x, rows, n, gamma, mean, rstd, dx, dgamma, dbeta);
        }
    }

    /**
     * One block. The calling thread adds up, the others come after it with dx of those rows whose sums are there, from
     * the first row on. Helpers take parts from the end, so the last rows are the first parts, at which it helps them.
     */
    private static void shareBlock(
            Crew crew,
            Kernels kernels,
            float[] dy,
            float[] x,
            int rows,
            int n,
            float[] gamma,
            double[] mean,
            double[] rstd,
            float[] dx,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta) {
        Workspace sums = Workspace.ofThread();
        AtomicInteger added = new AtomicInteger();
        crew.runAfterFirst(1 + rows, (first, end) -> {
            Workspace w = Workspace.ofThread();
            try {
                standardize(kernels, 0, rows, w, mean, rstd);
                if (first == 0) {
                    addUp(kernels, dy, x, rows, n, w, gamma, dgamma, dbeta, added);
                }
            } finally {
                if (first == 0) {
                    // Also if that has failed: the others wait for it.
                    added.set(rows);
                }
            }
            for (int part = end - 1; part >= Math.max(first, 1); part--) {
                int row = rows - part;
                awaitMore(added, row);
                w.sum[row] = sums.sum[row];
                w.productSum[row] = sums.productSum[row];
                inputGradient(kernels, dy, x, 0, n, row, row + 1, w, gamma, dx);
            }
        });
        finishOnly(dgamma);
    }

    /** The sums of the rows of a block, and dgamma and dbeta. Tells how many rows are done with. */
    private static void addUp(
            Kernels kernels,
            float[] dy,
            float[] x,
            int rows,
            int n,
            Workspace w,
            float[] gamma,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta,
            AtomicInteger added) {
        w.prepareBlock(0, n);
        float[] dgammaOfOnly = onlyBlock(dgamma, w.dgammaOfBlocks, w.zeros, n);
        float[] dbetaOfOnly = onlyBlock(dbeta, w.dbetaOfBlocks, w.zeros, n);
        for (int row = 0; row < rows; row += Kernels.SUM_ROWS) {
            int end = Math.min(row + Kernels.SUM_ROWS, rows);
            kernels.gradientSums(dy, x, 0, n, row, end, w, gamma, dgammaOfOnly, dbetaOfOnly);
            added.setRelease(end);
        }
    }

    /**
     * Waits for the calling thread, which waits for nobody. Yields now and then, in case that it is a virtual thread
     * without a carrier: those who wait may have them all.
     */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void awaitMore(AtomicInteger added, int row) {
        for (int turn = 1; added.get() <= row; turn++) {
            if (turn % 1024 == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** The most rows that a thread gets, if all are equally fast. */
    private static int rowsOfTheBusiest(int rows, int partRows, Crew crew) {
        int wholeParts = rows / partRows;
        int most = Math.ceilDiv(wholeParts, crew.threads()) * partRows;
        return wholeParts % crew.threads() == 0 ? most + rows % partRows : most;
    }

    private static void shareGroups(
            Crew crew,
            Kernels kernels,
            boolean joined,
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
        int stretch = GROUPS_OF_A_THREAD * crew.threads() * GROUP_ROWS;
        double[] sums = Workspace.ofThread().sums(2 * n * (1 + Math.ceilDiv(Math.min(rows, stretch), GROUP_ROWS)));
        for (int from = 0; from < rows; from += stretch) {
            int first = from;
            int end = Math.min(from + stretch, rows);
            int parts = Math.ceilDiv(end - first, GROUP_ROWS);
            int firstSums = first == 0 ? 0 : 2 * n;
            crew.run(parts, (firstPart, endPart) -> {
                Workspace w = Workspace.ofThread();
                for (int part = firstPart; part < endPart; part++) {
                    int start = first + part * GROUP_ROWS;
                    int groupEnd = Math.min(start + GROUP_ROWS, end);
                    int group = firstSums + part * 2 * n;
                    int blocks = rows(kernels, joined, dy, x, start, groupEnd, n, w, gamma, mean, rstd, dx);
                    add(w.dgammaOfBlocks, blocks, w.zeros, sums, group, true, n);
                    add(w.dbetaOfBlocks, blocks, w.zeros, sums, group + n, true, n);
                }
            });
            crew.shareColumns(parts, 2 * n, (column, columnEnd) -> {
                for (int part = 0; part < parts; part++) {
                    int group = firstSums + part * 2 * n;
                    if (group > 0) {
                        add(sums, group + column, column, columnEnd - column);
                    }
                }
            });
        }
        round(sums, 0, dgamma);
        round(sums, n, dbeta);
    }

    private static void shareBlocks(
            Crew crew,
            Kernels kernels,
            boolean joined,
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
        int parts = Math.ceilDiv(rows, BLOCK_ROWS);
        int partsOfAGroup = GROUP_ROWS / BLOCK_ROWS;
        Workspace w = Workspace.ofThread();
        if (parts <= partsOfAGroup) {
            for (int part = 0; part < parts; part++) {
                w.prepareBlock(part, n);
            }
            crew.run(parts, (firstPart, endPart) -> {
                Workspace own = Workspace.ofThread();
                rows(
                        kernels,
                        joined,
                        dy,
                        x,
                        firstPart * BLOCK_ROWS,
                        Math.min(endPart * BLOCK_ROWS, rows),
                        n,
                        own,
                        gamma,
                        mean,
                        rstd,
                        dx);
                for (int part = firstPart; own != w && part < endPart; part++) {
                    System.arraycopy(own.dgammaOfBlocks[part], 0, w.dgammaOfBlocks[part], 0, n);
                    System.arraycopy(own.dbetaOfBlocks[part], 0, w.dbetaOfBlocks[part], 0, n);
                }
            });
            round(w.dgammaOfBlocks, parts, w.zeros, dgamma);
            round(w.dbetaOfBlocks, parts, w.zeros, dbeta);
            return;
        }
        float[] ofBlocks = w.sumsOfBlocks(2 * n * parts);
        double[] sums = w.sums(4 * n);
        crew.run(parts, (firstPart, endPart) -> {
            Workspace own = Workspace.ofThread();
            for (int part = firstPart; part < endPart; part++) {
                int from = part * BLOCK_ROWS;
                int to = Math.min(from + BLOCK_ROWS, rows);
                int block = part % partsOfAGroup;
                rows(kernels, joined, dy, x, from, to, n, own, gamma, mean, rstd, dx);
                System.arraycopy(own.dgammaOfBlocks[block], 0, ofBlocks, 2 * n * part, n);
                System.arraycopy(own.dbetaOfBlocks[block], 0, ofBlocks, 2 * n * part + n, n);
            }
        });
        crew.shareColumns(parts, 2 * n, (column, columnEnd) -> {
            int columns = columnEnd - column;
            for (int part = 0; part < parts; part++) {
                int group = part < partsOfAGroup ? 0 : 2 * n;
                boolean first = part % partsOfAGroup == 0;
                add(ofBlocks, 2 * n * part + column, sums, group + column, first, columns);
                if (group > 0 && (part % partsOfAGroup == partsOfAGroup - 1 || part == parts - 1)) {
                    add(sums, group + column, column, columns);
                }
            }
        });
        round(sums, 0, dgamma);
        round(sums, n, dbeta);
    }

    /**
     * Where an only block is added up: where it is wanted, or else in the workspace. With a place of its own and a copy
     * at the end 1x4096 took 1.28 times as long, 16x768 1.05 times. Zeros are copied (filled, 1.07 at one row).
     */
    private static float[] onlyBlock(float @Nullable [] gradient, float[][] ofBlocks, float[] zeros, int n) {
        float[] only = gradient != null ? gradient : ofBlocks[0];
        System.arraycopy(zeros, 0, only, 0, n);
        return only;
    }

    /** Adds the only block to +0, which makes +0 of a sum of products that have vanished; dbeta has no -0. */
    private static void finishOnly(float @Nullable [] dgamma) {
        if (dgamma != null) {
            for (int i = 0; i < dgamma.length; i++) {
                dgamma[i] += 0f;
            }
        }
    }

    /**
     * One group, or less: dgamma and dbeta of its blocks go to the workspace. Or any number of rows, if nobody needs
     * those. Returns the number of blocks.
     */
    private static int rows(
            Kernels kernels,
            boolean joined,
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
        int tile = Math.min(kernels.gradientTile() / n, GROUP_ROWS);
        int prepared = tile < SHORT_ROWS ? BLOCK_ROWS : GROUP_ROWS;
        // dx of two blocks of rows of 64 together: 0.96 of the time.
        int tileOfBlocks = tile / BLOCK_ROWS * BLOCK_ROWS;
        for (int start = from; start < to; start += prepared) {
            int offset = start * n;
            int rows = Math.min(prepared, to - start);
            standardize(kernels, start, rows, w, mean, rstd);
            boolean apart = tileOfBlocks > 0 && !(joined && !w.scaled);
            for (int row = 0; row < rows; row += BLOCK_ROWS) {
                int end = Math.min(row + BLOCK_ROWS, rows);
                int block = (start + row) % GROUP_ROWS / BLOCK_ROWS;
                w.prepareBlock(block, n);
                float[] dgamma = w.dgammaOfBlocks[block];
                float[] dbeta = w.dbetaOfBlocks[block];
                // Copied, not filled: backward 0.90 to 0.98 of the time at N = 64, 0.97 at 128, then 0.97 to 1.03.
                System.arraycopy(w.zeros, 0, dgamma, 0, n);
                System.arraycopy(w.zeros, 0, dbeta, 0, n);
                if (!apart || dx == null) {
                    block(kernels, joined, dy, x, offset, n, row, end, w, gamma, dx, dgamma, dbeta);
                } else {
                    kernels.gradientSums(dy, x, offset, n, row, end, w, gamma, dgamma, dbeta);
                    if (end % tileOfBlocks == 0 || end == rows) {
                        int first = (end - 1) / tileOfBlocks * tileOfBlocks;
                        inputGradient(kernels, dy, x, offset, n, first, end, w, gamma, dx);
                    }
                }
            }
        }
        return Math.ceilDiv(to - from, BLOCK_ROWS);
    }

    /** A block of the rows whose xhat is prepared, by tiles that are no larger. */
    private static void block(
            Kernels kernels,
            boolean joined,
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float @Nullable [] dx,
            float[] dgamma,
            float[] dbeta) {
        if (dx != null && joined && !w.scaled) {
            kernels.gradients(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta, dx);
            return;
        }
        int tile = Math.clamp(kernels.gradientTile() / n, Kernels.SUM_ROWS, BLOCK_ROWS) & -Kernels.SUM_ROWS;
        for (int row = from; row < to; row += tile) {
            int end = Math.min(row + tile, to);
            kernels.gradientSums(dy, x, offset, n, row, end, w, gamma, dgamma, dbeta);
            if (dx != null) {
                inputGradient(kernels, dy, x, offset, n, row, end, w, gamma, dx);
            }
        }
    }

    /** Prepares xhat of rows, and what takes the place of its slope in dx. */
    private static void standardize(Kernels kernels, int start, int rows, Workspace w, double[] mean, double[] rstd) {
        System.arraycopy(mean, start, w.mean, 0, rows);
        System.arraycopy(rstd, start, w.rstd, 0, rows);
        Statistics.standardize(kernels, rows, w);
        for (int row = 0; w.scaled && row < rows; row++) {
            w.numbers[DX_SCALED_RSTD + row] = (float) (w.rstd[row] / unit(w.rstd[row]));
        }
    }

    private static void inputGradient(
            Kernels kernels,
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dx) {
        boolean oneByOne = !kernels.isRefined() || to - from < Statistics.LEAST_TOGETHER;
        (oneByOne ? ScalarKernels.INSTANCE : kernels).gradientCoefficients(n, from, to, w);
        kernels.inputGradient(dy, x, offset, n, from, to, w, gamma, dx);
        for (int row = from; w.scaled && row < to; row++) {
            float unit = (float) unit(w.rstd[row]);
            if (unit != 1) {
                for (int i = offset + row * n; i < offset + (row + 1) * n; i++) {
                    dx[i] *= unit;
                }
            }
        }
    }

    /** The power of two that is taken out of rstd and multiplied to dx afterwards: 1 from 2^-100 to 2^100. */
    private static double unit(double rstd) {
        if ((rstd >= 0x1p-100 && rstd <= 0x1p100) || !(rstd <= Double.MAX_VALUE)) {
            return 1;
        }
        return Workspace.powerOfTwo(Math.clamp(Math.getExponent(rstd), -126, 127));
    }

    /** Adds sums of a block to those of its group, of which it may be the first. */
    private static void add(float[] block, int from, double[] group, int to, boolean first, int count) {
        if (first) {
            for (int i = 0; i < count; i++) {
                group[to + i] = 0.0 + block[from + i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                group[to + i] += block[from + i];
            }
        }
    }

    /** Adds up the blocks of a group, and adds that to the sums of groups before, if it is not the first. */
    private static void add(
            float[][] ofBlocks, int blocks, float[] zeros, double[] sums, int start, boolean first, int n) {
        float[] a = ofBlocks[0];
        float[] b = blocks > 1 ? ofBlocks[1] : zeros;
        float[] c = blocks > 2 ? ofBlocks[2] : zeros;
        float[] d = blocks > 3 ? ofBlocks[3] : zeros;
        if (first) {
            for (int i = 0; i < n; i++) {
                sums[start + i] = 0.0 + a[i] + b[i] + c[i] + d[i];
            }
        } else {
            for (int i = 0; i < n; i++) {
                sums[start + i] += 0.0 + a[i] + b[i] + c[i] + d[i];
            }
        }
    }

    /** A batch of one group, and of two blocks at least. */
    private static void round(float[][] ofBlocks, int blocks, float[] zeros, float @Nullable [] gradient) {
        if (gradient == null) {
            return;
        }
        float[] a = ofBlocks[0];
        float[] b = ofBlocks[1];
        if (blocks == 2) {
            // Of two floats the sum in float is that in double, rounded: 53 bits are more than 2 * 24 + 1.
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (0f + a[i]) + b[i];
            }
            return;
        }
        float[] c = blocks > 2 ? ofBlocks[2] : zeros;
        float[] d = blocks > 3 ? ofBlocks[3] : zeros;
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = (float) (0.0 + a[i] + b[i] + c[i] + d[i]);
        }
    }

    /** Adds sums to others. */
    private static void add(double[] sums, int from, int to, int count) {
        for (int i = 0; i < count; i++) {
            sums[to + i] += sums[from + i];
        }
    }

    private static void round(double[] sums, int start, float @Nullable [] gradient) {
        if (gradient != null) {
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (float) sums[start + i];
            }
        }
    }
}

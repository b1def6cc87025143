package io.lanenorm.kernels;

/** The forward pass over a batch: tile by tile, the statistics of the rows, then y while the tile is in cache. */
public final class ForwardPass {
    /** Elements of a tile: x and y of it stay in L2. 2^13: 1.03 to 1.2 of the time. */
    private static final int TILE_ELEMENTS = 1 << 16;

    /** Elements of a tile where it is beside the next in L2 and L1. */
    private static final int OVERLAPPED_TILE_ELEMENTS = 1 << 13;

    /**
     * Elements of a tile of rows shorter than a block, overlapped or from beyond L2: the sooner y follows x, the more
     * is read and written side by side, and x and y of both tiles are in L1 (N = 64 to 192: 0.81 to 0.98 of the time of
     * 64 rows). In L2 without overlap it takes up to 1.09 times as long.
     */
    private static final int SHORT_TILE_ELEMENTS = 1 << 11;

    /** Elements of a batch whose x and y do not stay in L2 from call to call. */
    private static final int FAR_ELEMENTS = 1 << 19;

    private ForwardPass() {}

    /**
     * Writes y, and mean and rstd of each row where they are not null.
     *
     * @param crew whose threads share the work, or null
     * @param mean receives the mean of each row, or null together with rstd
     * @param rstd receives the rstd of each row, or null
     */
    public static void run(
            @Nullable Crew crew,
            Kernels kernels,
            float[] x,
            int rows,
            int n,
            double epsilon,
            float[] gamma,
            float[] beta,
            float[] y,
            double @Nullable [] mean,
            double @Nullable [] rstd) {
        if (crew != null && crew.takes(rows * n)) {
            int part = crew.rowsOfAPart(n);
            int share = Math.ceilDiv(rows, crew.threads());
            crew.run(Math.ceilDiv(rows, part), (from, to) -> {
                rows(kernels, x, share, from * part, Math.min(to * part, rows), n, epsilon, gamma, beta, y, mean, rstd);
            });
        } else {
            rows(kernels, x, rows, 0, rows, n, epsilon, gamma, beta, y, mean, rstd);
        }
        if (crew != null) {
            crew.ended(rows * n);
        }
    }

    /**
     * The rows {@code from} to {@code to - 1}, on the calling thread, which has about {@code share} rows of the batch
     * in all: whether these stay in its L2 does not depend on the part that it is at (two threads, forward at 2048x768
     * and above: 0.93 to 0.95 of the time).
     */
    private static void rows(
            Kernels kernels,
            float[] x,
            int share,
            int from,
            int to,
            int n,
            double epsilon,
            float[] gamma,
            float[] beta,
            float[] y,
            double @Nullable [] mean,
            double @Nullable [] rstd) {
        Workspace w = Workspace.ofThread();
        boolean overlaps = kernels.overlaps(share, n);
        int tile = tileRows(share, n, overlaps);
        boolean overlap = overlaps && to - from >= 2 * tile;
        if (overlap) {
            w.parameters(n, gamma, beta);
        }
        Statistics.compute(kernels, x, from * n, n, Math.min(tile, to - from), epsilon, w);
        for (int row = from; row < to; row += tile) {
            int offset = row * n;
            int tileRows = Math.min(tile, to - row);
            int nextRows = Math.min(tile, to - row - tileRows);
            if (mean != null && rstd != null) {
                System.arraycopy(w.mean, 0, mean, row, tileRows);
                System.arraycopy(w.rstd, 0, rstd, row, tileRows);
            }
            if (overlap && nextRows == tileRows) {
                int next = offset + tileRows * n;
                kernels.normalizeAndMoments(x, offset, n, tileRows, w, gamma, beta, y);
                Statistics.finish(kernels, x, next, n, tileRows, epsilon, w);
            } else {
                kernels.normalize(x, offset, n, 0, tileRows, w, gamma, beta, y);
                if (nextRows > 0) {
                    Statistics.compute(kernels, x, offset + tileRows * n, n, nextRows, epsilon, w);
                }
            }
        }
    }

    private static int tileRows(int rows, int n, boolean overlap) {
        int elements = overlap ? OVERLAPPED_TILE_ELEMENTS : TILE_ELEMENTS;
        if (n < Kernels.MOMENT_BLOCK && (overlap || rows * n >= FAR_ELEMENTS)) {
            elements = SHORT_TILE_ELEMENTS;
        }
        return Math.clamp(elements / n, 1, Workspace.TILE);
    }
}

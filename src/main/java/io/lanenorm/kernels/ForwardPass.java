package io.lanenorm.kernels;

/** The forward pass over a batch: tile by tile, the statistics of the rows, then y while the tile is in cache. */
final class ForwardPass implements Pass.Forward {
    /** Elements of a tile: x and y of it stay in L2. 2^13: 1.03 to 1.2 of the time. */
    private static final int TILE_ELEMENTS = 1 << 16;

    /** Elements of a tile where it is beside the next in L2 and L1. */
    private static final int OVERLAPPED_TILE_ELEMENTS = 1 << 13;

    /**
     * Elements of a tile of rows shorter than a block, overlapped or from beyond L2: the sooner y follows x, the more
     * is read and written side by side (N = 96, 192: 0.81 to 0.98 of the time of 64 rows). 2^11: 1.01 to 1.06 at N = 64
     * and 128, 2^10: 1.08 to 1.14. In L2 without overlap it takes up to 1.09 times as long.
     */
    private static final int SHORT_TILE_ELEMENTS = 1 << 12;

    /** Elements of a batch whose x and y do not stay in L2 from call to call. */
    private static final int BEYOND_L2_ELEMENTS = 1 << 19;

    /**
     * Elements of a tile, an even number of rows, while whose y is written the next is loaded: in L2 there is room for
     * both and for y. Beside tiles of 2^16 and nothing loaded, forward from memory takes 0.85 to 0.97 of the time (with
     * 2^15 0.94 to 1.01, 2^16 0.96 to 1.08, one row of 8192 1.16; without loads 0.96 to 1.04).
     */
    private static final int AHEAD_TILE_ELEMENTS = 1 << 14;

    /** Two longer ones leave no room for the next (128x32768: 1.01). */
    private static final int GREATEST_ROW_AHEAD = 1 << 14;

    /** Shorter ones gain nothing from samples just before their moments (8000x384: 1.14, scalar 8192x64 1.06). */
    private static final int LEAST_SAMPLED_ROW = 2 * Kernels.MOMENT_BLOCK;

    ForwardPass() {}

    @Override
    public void run(
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
                rows(
                        kernels,
                        x,
                        rows,
                        share,
                        from * part,
                        Math.min(to * part, rows),
                        n,
                        epsilon,
                        gamma,
                        beta,
                        y,
                        mean,
                        rstd);
            });
        } else {
            rows(kernels, x, rows, rows, 0, rows, n, epsilon, gamma, beta, y, mean, rstd);
        }
        if (crew != null) {
            crew.ended(rows * n);
        }
    }

    /**
     * The rows {@code from} to {@code to - 1}, on the calling thread, which has about {@code share} of the
     * {@code batch} rows in all: whether these stay in its L2 does not depend on the part that it is at (two threads,
     * forward at 2048x768 and above: 0.93 to 0.95 of the time).
     *
     * <p>In one method, too long to be inlined: C2 compiles it once then, not as a part of each caller, with all that
     * it calls, which took 0.2 s while the kernels of the backward pass waited to be compiled.
     */
    private static void rows(
            Kernels kernels,
            float[] x,
            int batch,
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
        int elements = overlaps ? OVERLAPPED_TILE_ELEMENTS : TILE_ELEMENTS;
        if (n < Kernels.MOMENT_BLOCK && (overlaps || share * n >= BEYOND_L2_ELEMENTS)) {
            elements = SHORT_TILE_ELEMENTS;
        }
        boolean far = kernels.samplesByRow() && batch * n >= Kernels.FAR_ELEMENTS && n >= LEAST_SAMPLED_ROW;
        boolean ahead = far && n <= GREATEST_ROW_AHEAD;
        if (ahead) {
            elements = Math.max(AHEAD_TILE_ELEMENTS, 2 * n) / (2 * n) * 2 * n;
        }
        int tile = Math.clamp(elements / n, 1, Workspace.TILE);
        boolean overlap = overlaps && to - from >= 2 * tile;
        if (overlap) {
            w.parameters(n, gamma, beta);
        }
        boolean ready = false;
        for (int row = from; row < to; row += tile) {
            int offset = row * n;
            int tileRows = Math.min(tile, to - row);
            if (!ready) {
                statistics(kernels, x, offset, n, tileRows, far, epsilon, w);
            }
            if (mean != null && rstd != null) {
                System.arraycopy(w.mean, 0, mean, row, tileRows);
                System.arraycopy(w.rstd, 0, rstd, row, tileRows);
            }
            ready = overlap && to - row >= 2 * tile;
            if (ready) {
                int next = offset + tileRows * n;
                kernels.normalizeAndMoments(x, offset, n, tileRows, w, gamma, beta, y);
                Statistics.finish(kernels, x, next, n, tileRows, epsilon, w);
            } else if (ahead && to - row >= 2 * tile) {
                kernels.normalizeFar(x, offset, n, tile, w, gamma, beta, y);
            } else {
                kernels.normalize(x, offset, n, 0, tileRows, w, gamma, beta, y);
            }
        }
    }

    /** Writes mean, rstd and what xhat is computed from, of the first rows of a tile. */
    static void statistics(
            Kernels kernels, float[] x, int offset, int n, int rows, boolean sampleByRow, double epsilon, Workspace w) {
        kernels.firstMoments(x, offset, n, rows, sampleByRow, w);
        Statistics.finish(kernels, x, offset, n, rows, epsilon, w);
    }
}

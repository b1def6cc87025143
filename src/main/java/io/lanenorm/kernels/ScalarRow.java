package io.lanenorm.kernels;

/** A row copied by the scalar kernels, and the partial sums of its lanes. */
final class ScalarRow {
    /** A row of x, or a block of it. */
    final float[] x;

    /** What the gradient sums of a block of one or two rows read and write. */
    final float[] gradientBlock = new float[ScalarKernels.GRADIENT_BLOCK_ROOM];

    /** What the gradient of x reads and writes of some columns of a row. */
    final float[] columns = new float[ScalarKernels.COLUMNS_ROOM];

    /** At index i + 64 the sum of a lane up to element i of a block. The 64 zeros before that are never written. */
    final float[] blockSum = new float[Kernels.MOMENT_LANES + Kernels.MOMENT_BLOCK];

    final float[] blockSquares = new float[Kernels.MOMENT_LANES + Kernels.MOMENT_BLOCK];

    /** The 64 lanes of a block's sum and the 64 of its squares; then the same folded to 16, at the same distance. */
    final float[] moments = new float[4 * Kernels.MOMENT_LANES];

    ScalarRow(int n) {
        x = new float[Math.max(n, Kernels.MOMENT_BLOCK)];
    }
}

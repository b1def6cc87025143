package io.lanenorm.kernels;

import java.util.Arrays;

/** Rows made up to run all kernels, and to see how long they take. */
public final class Trial {
    /**
     * Rows and lengths, so that every loop is run, and left without being run: C2 compiles a branch that it never saw
     * taken to a trap, which sends the first real row that takes it back to the interpreter.
     */
    private static final int[][] SHAPES = {{3, 768}, {1, 600}, {3, 100}, {1, 40}};

    private static final int MOST_ELEMENTS = 3 * 768;

    /**
     * Nanoseconds for an element in all calls below. C2's code takes 0.5 to 5 by the width, C1's some 300, the
     * interpreter 1000 and more. The scalar kernels are not run for comparison: compiling them here, for rows like
     * these, took a fifth of the compiler's time.
     */
    private static final int FAST_NANOS = 20;

    private final Workspace w = new Workspace();
    private final float[] x = new float[MOST_ELEMENTS];
    private final float[] y = new float[MOST_ELEMENTS];
    private final float[] ones = new float[MOST_ELEMENTS];

    /** Makes the rows. */
    public Trial() {
        for (int i = 0; i < MOST_ELEMENTS; i++) {
            x[i] = i % 7;
        }
        Arrays.fill(ones, 1f);
        w.makeRoom(MOST_ELEMENTS);
        w.scale[0] = 1f;
        w.slope[0] = 1f;
    }

    /** Runs the kernels over each row. Returns whether they are compiled, judging by the time. */
    public boolean isFast(Kernels kernels) {
        long start = System.nanoTime();
        int elements = 0;
        for (int[] shape : SHAPES) {
            int rows = shape[0];
            int n = shape[1];
            kernels.moments(x, 0, n, 0, rows, w);
            kernels.statistics(n, 1, 0, rows, w);
            kernels.normalize(x, 0, n, 0, rows, w, ones, ones, y);
            kernels.gradientSums(ones, x, 0, n, 0, rows, w, ones);
            kernels.inputGradient(ones, x, 0, n, 0, rows, w, ones, y);
            elements += rows * n;
        }
        return System.nanoTime() - start < (long) FAST_NANOS * elements;
    }
}

package io.lanenorm.kernels;

import java.util.Arrays;

/** Rows made up to run all kernels, and to see how long they take. */
public final class Trial {
    /**
     * Lengths of the rows, so that every loop is run, and left without being run: C2 compiles a branch that it never
     * saw taken to a trap, which sends the first real row that takes it back to the interpreter.
     */
    private static final int[] FEATURES = {768, 600, 40};

    private static final int MOST_FEATURES = 768;

    private final Workspace w = new Workspace();
    private final float[] x = new float[MOST_FEATURES];
    private final float[] y = new float[MOST_FEATURES];
    private final float[] ones = new float[MOST_FEATURES];

    /** Makes the rows. */
    public Trial() {
        for (int i = 0; i < MOST_FEATURES; i++) {
            x[i] = i % 7;
        }
        Arrays.fill(ones, 1f);
        w.clearParameterGradients(MOST_FEATURES);
        w.scale[0] = 1f;
        w.slope[0] = 1f;
    }

    /** Runs the kernels over each row. Returns the nanoseconds that it took. */
    public long run(Kernels kernels) {
        long start = System.nanoTime();
        for (int n : FEATURES) {
            kernels.moments(x, 0, n, 0, 1, w);
            kernels.normalize(x, 0, n, 0, 1, w, ones, ones, y);
            kernels.gradientSums(ones, x, 0, n, 0, 1, w, ones, true);
            kernels.gradientSums(ones, x, 0, n, 0, 1, w, ones, false);
            kernels.inputGradient(ones, x, 0, n, 0, 1, w, ones, y);
        }
        return System.nanoTime() - start;
    }
}

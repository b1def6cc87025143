package io.lanenorm.kernels;

import java.util.Arrays;
import java.util.stream.Stream;

/** Rows made up to run all kernels, and to see how long they take. */
public final class Trial {
    /**
     * Rows and lengths, so that every loop is run, and left without being run: C2 compiles a branch that it never saw
     * taken to a trap, which sends the first real row that takes it back to the interpreter.
     */
    private static final int[][] SHAPES = {{3, 512}, {3, 457}, {3, 168}, {3, 100}, {1, 40}};

    private static final int ELEMENTS =
            Stream.of(SHAPES).mapToInt(shape -> shape[0] * shape[1]).sum();

    private static final int MOST_ROWS = 3;
    private static final int MOST_ELEMENTS = MOST_ROWS * 512;

    /** Rows and length of a batch whose statistics are computed together. */
    private static final int MANY_ROWS = 8;

    private static final int SHORT_ROW = 100;

    /**
     * Nanoseconds for an element in one pass. C2's code takes 0.2 to 3 by the width, C1's some 100, the interpreter 300
     * and more. The scalar kernels are not run for comparison: compiling them here, for rows like these, took a fifth
     * of the compiler's time.
     */
    private static final int FAST_NANOS = 20;

    private static final int REFINED_RUNS = 8;

    private static final double REFINED_LIMIT = 1.5;

    /** Each as long as its batch: the last row of an array is not run like others. */
    private final float[][] x = new float[SHAPES.length][];

    private final float[] y = new float[MOST_ELEMENTS];
    private final float[] ones = new float[MOST_ELEMENTS];
    private final float[][] gradients = new float[SHAPES.length][];
    private final double[] mean = new double[MOST_ROWS];
    private final double[] rstd = new double[MOST_ROWS];

    /** Makes the rows. */
    public Trial() {
        Arrays.fill(ones, 1f);
        for (int i = 0; i < SHAPES.length; i++) {
            x[i] = new float[SHAPES[i][0] * SHAPES[i][1]];
            for (int j = 0; j < x[i].length; j++) {
                x[i][j] = j % 7;
            }
            gradients[i] = new float[SHAPES[i][1]];
        }
    }

    /**
     * Runs the forward pass over each batch. Returns whether its kernels are compiled, judging by the time.
     *
     * <p>The pass, not the kernels alone, so that the JVM learns early that these are of more than one kind: found out
     * only when the vector kernels take over, it threw the compiled passes away, and calls took five times as long for
     * half a second.
     */
    public boolean isForwardFast(Kernels kernels) {
        long start = System.nanoTime();
        for (int i = 0; i < SHAPES.length; i++) {
            ForwardPass.run(null, kernels, x[i], SHAPES[i][0], SHAPES[i][1], 1, ones, ones, y, mean, rstd);
        }
        return isFast(start);
    }

    /** The same of the backward pass. */
    public boolean isBackwardFast(Kernels kernels) {
        long start = System.nanoTime();
        for (int i = 0; i < SHAPES.length; i++) {
            int rows = SHAPES[i][0];
            int n = SHAPES[i][1];
            BackwardPass.run(null, kernels, ones, x[i], rows, n, ones, mean, rstd, y, gradients[i], null);
        }
        return isFast(start);
    }

    private static boolean isFast(long start) {
        return System.nanoTime() - start < (long) FAST_NANOS * ELEMENTS;
    }

    /**
     * Runs what {@link Kernels#refine} is about, and what it stands for. Returns whether it is compiled and worth
     * while: here, where all is in cache, a bit slower at most.
     */
    public boolean isRefinedFast(Kernels kernels) {
        boolean statistics = areStatisticsFast(kernels);
        boolean overlap = isOverlapFast(kernels);
        return statistics && overlap;
    }

    private boolean areStatisticsFast(Kernels kernels) {
        Workspace w = Workspace.ofThread();
        ForwardPass.run(null, kernels, x[0], MANY_ROWS, SHORT_ROW, 1, ones, ones, y, null, null);
        long start = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            kernels.statistics(SHORT_ROW, 1, 0, MANY_ROWS, w);
            kernels.gradientCoefficients(SHORT_ROW, 0, MANY_ROWS, w);
        }
        long between = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            Statistics.finish(ScalarKernels.INSTANCE, x[0], 0, SHORT_ROW, MANY_ROWS, 1, w);
            ScalarKernels.INSTANCE.gradientCoefficients(SHORT_ROW, 0, MANY_ROWS, w);
        }
        return between - start < REFINED_LIMIT * (System.nanoTime() - between);
    }

    /** With the numbers that a pass has left. */
    private boolean isOverlapFast(Kernels kernels) {
        Workspace w = Workspace.ofThread();
        int n = SHAPES[0][1];
        ForwardPass.run(null, kernels, x[0], 1, n, 1, ones, ones, y, null, null);
        w.parameters(n, ones, ones);
        long start = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            kernels.normalizeAndMoments(x[0], 0, n, 1, w, ones, ones, y);
        }
        long between = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            kernels.normalize(x[0], 0, n, 0, 1, w, ones, ones, y);
            kernels.moments(x[0], n, n, 0, 1, w);
        }
        return between - start < REFINED_LIMIT * (System.nanoTime() - between);
    }
}

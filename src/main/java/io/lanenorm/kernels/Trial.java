package io.lanenorm.kernels;

import java.util.Arrays;
import java.util.List;

/** Rows made up to run all kernels, and to see how long they take. */
public final class Trial {
    /** Rows and length of a batch whose statistics are computed together. */
    private static final int MANY_ROWS = 8;

    private static final int SHORT_ROW = 100;

    private static final int REFINED_RUNS = 8;

    private static final double REFINED_LIMIT = 1.5;

    private final Batch whole = new Batch(3, 512);

    private final Batch partial = new Batch(3, 457);

    /**
     * So that every loop is run, and left without being run: C2 compiles a branch that it never saw taken to a trap,
     * which sends the first real row that takes it back to the interpreter.
     */
    private final List<Batch> all = List.of(whole, partial, new Batch(3, 168), new Batch(3, 65), new Batch(1, 40));

    private final float[] y = new float[whole.x.length];
    private final float[] ones = new float[whole.x.length];
    private final double[] mean = new double[whole.rows];
    private final double[] rstd = new double[whole.rows];

    /** Makes the rows. */
    public Trial() {
        Arrays.fill(ones, 1f);
    }

    /**
     * Runs the forward pass over rows of whole blocks. Returns nanoseconds for an element.
     *
     * <p>The pass, not the kernels alone, so that the JVM learns early that these are of more than one kind: found out
     * only when the vector kernels take over, it threw the compiled passes away, and calls took five times as long for
     * half a second. What these rows share with others runs the others as well, see {@link #all}.
     */
    public double nanosOfWholeForward(Kernels kernels) {
        kernels.normalize(partial.x, 0, partial.n, 0, partial.rows, Workspace.ofThread(), ones, ones, y);
        return nanosOfForward(kernels, List.of(whole));
    }

    /** The same of the backward pass. */
    public double nanosOfWholeBackward(Kernels kernels) {
        kernels.inputGradient(ones, partial.x, 0, partial.n, 0, partial.rows, Workspace.ofThread(), ones, y);
        return nanosOfBackward(kernels, List.of(whole));
    }

    /** Runs the forward pass over rows of all kinds of lengths. Returns nanoseconds for an element. */
    public double nanosOfForward(Kernels kernels) {
        return nanosOfForward(kernels, all);
    }

    /** The same of the backward pass. */
    public double nanosOfBackward(Kernels kernels) {
        return nanosOfBackward(kernels, all);
    }

    private double nanosOfForward(Kernels kernels, List<Batch> batches) {
        long start = System.nanoTime();
        int elements = 0;
        for (Batch batch : batches) {
            ForwardPass.run(null, kernels, batch.x, batch.rows, batch.n, 1, ones, ones, y, mean, rstd);
            elements += batch.x.length;
        }
        return (System.nanoTime() - start) / (double) elements;
    }

    private double nanosOfBackward(Kernels kernels, List<Batch> batches) {
        long start = System.nanoTime();
        int elements = 0;
        for (Batch batch : batches) {
            BackwardPass.run(
                    null, kernels, ones, batch.x, batch.rows, batch.n, ones, mean, rstd, y, batch.gradient, null);
            elements += batch.x.length;
        }
        return (System.nanoTime() - start) / (double) elements;
    }

    /**
     * Runs what {@link Kernels#refine} is about, and what it stands for. Returns whether it is compiled and worth
     * while: here, where all is in cache, a bit slower at most.
     */
    public boolean isRefinedFast(Kernels kernels) {
        boolean statistics = areStatisticsFast(kernels);
        boolean oneLine = isOverlapFast(kernels, Kernels.MOMENT_LANES);
        boolean twoLines = isOverlapFast(kernels, 2 * Kernels.MOMENT_LANES);
        boolean blocks = isOverlapFast(kernels, whole.n);
        return statistics && oneLine && twoLines && blocks;
    }

    private boolean areStatisticsFast(Kernels kernels) {
        Workspace w = Workspace.ofThread();
        ForwardPass.run(null, ScalarKernels.INSTANCE, whole.x, MANY_ROWS, SHORT_ROW, 1, ones, ones, y, null, null);
        long start = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            kernels.statistics(SHORT_ROW, 1, 0, MANY_ROWS, w);
            kernels.standardize(0, MANY_ROWS, w);
            kernels.gradientCoefficients(SHORT_ROW, 0, MANY_ROWS, w);
        }
        long between = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            Statistics.finish(ScalarKernels.INSTANCE, whole.x, 0, SHORT_ROW, MANY_ROWS, 1, w);
            Statistics.standardize(ScalarKernels.INSTANCE, MANY_ROWS, w);
            ScalarKernels.INSTANCE.gradientCoefficients(SHORT_ROW, 0, MANY_ROWS, w);
        }
        return between - start < REFINED_LIMIT * (System.nanoTime() - between);
    }

    /** Of rows of lines and of rows of blocks, with the numbers that a pass has left. */
    private boolean isOverlapFast(Kernels kernels, int n) {
        Workspace w = Workspace.ofThread();
        int rows = whole.n / n;
        ForwardPass.run(null, kernels, whole.x, rows, n, 1, ones, ones, y, null, null);
        w.parameters(n, ones, ones);
        long start = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            kernels.normalizeAndMoments(whole.x, 0, n, rows, w, ones, ones, y);
        }
        long between = System.nanoTime();
        for (int i = 0; i < REFINED_RUNS; i++) {
            kernels.normalize(whole.x, 0, n, 0, rows, w, ones, ones, y);
            Statistics.prepare(whole.x, whole.n, n, rows, w);
            kernels.moments(whole.x, whole.n, n, 0, rows, w);
        }
        return between - start < REFINED_LIMIT * (System.nanoTime() - between);
    }

    /** Rows to try, in an array of their length: its last row is not run like others. */
    private static final class Batch {
        final int rows;
        final int n;
        final float[] x;

        /** With respect to gamma. */
        final float[] gradient;

        Batch(int rows, int n) {
            this.rows = rows;
            this.n = n;
            x = new float[rows * n];
            for (int i = 0; i < x.length; i++) {
                x[i] = i % 7;
            }
            gradient = new float[n];
        }
    }
}

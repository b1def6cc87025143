package io.lanenorm.kernels;

import java.util.Arrays;
import java.util.List;

/**
 * Rows made up to have C2 compile all kernels, and to see how long they take.
 *
 * <p>C2 compiles a method when it has been called some 5000 times, more while many others wait, whatever it did then.
 * So beside each call for some rows there are many for none, from which every loop over rows returns at once: rows take
 * a thousand times as long while vectors are objects, and make C2 compile the code of the Vector API by which they are,
 * for longer than it takes to compile the kernels. Kernels take over as soon as they are fast; the pass, which runs
 * before it is compiled, too, is compiled after that. In the first seconds C2 is busy all the time, so whatever it does
 * not compile sooner lets the kernels take over sooner (32x768, forward and backward, 2 processors: 1.5 to 1.7 s after
 * the start of the JVM; 2.2 to 2.5 s with 50 calls for none, with passes tried together with their kernels, with
 * methods of their own for calls of the kernels, and with {@link #partial} in each trial).
 */
public final class Trial {
    /**
     * Calls for no rows beside one for some. With 1000 the sums of long rows were folded 5 times slower, since C2 takes
     * a call that is made once in so many for rare, and does not inline what it calls. With 200 kernels inline what
     * they do with 50, and are as fast; but C2 compiles them after 3 trials already.
     */
    private static final int EMPTY_CALLS = 100;

    /**
     * Turns of a loop in a kernel that is called for no rows. HotSpot has C2 compile a method after 5000 calls, or
     * after 600 if these and the turns of its loops are 15,000; C2 leaves out a loop that does nothing. So kernels are
     * compiled after fewer trials, before these have made methods of the Vector API hot, which C2 would compile as well
     * (without, all took over 0.2 s later). With 60 some were compiled to be entered in this loop, too.
     */
    static final int EMPTY_TURNS = 25;

    /** The same for rows shorter than a block. With 50, forward at N = 64 took 1.4 times as long in some JVMs. */
    private static final int EMPTY_CALLS_OF_SHORT_ROWS = 10;

    /** Passes in a row, over each batch of which the kernels are tried. */
    private static final int PASSES = 200;

    /** The same with refined kernels. */
    private static final int REFINED_PASSES = 2000;

    /** Passes over each batch of {@link #sizes}. */
    private static final int PASSES_OF_A_SIZE = 2;

    /** Rows from memory are taken two by two, and as many more follow. */
    private static final int FAR_ROWS = 2;

    /** The statistics of a row take no longer than so many elements. */
    private static final int STATISTICS_ELEMENTS = 20;

    /** Rows that are summed together, four or two by two, and one. */
    private final Batch whole = new Batch(5, 512);

    /** Of an odd number of lines, and more. */
    private final Batch partial = new Batch(5, 473);

    /**
     * Pairs of trials of whole blocks, of both passes where calls ask for both, for one with {@link #partial}, whose
     * code makes the most objects. C2 has to see its branches taken some times before it compiles the kernels, after 6
     * trials or more.
     */
    private static final int PARTIAL_EVERY = 2;

    /**
     * So that every loop is run, and left without being run: C2 compiles a branch that it never saw taken to a trap,
     * which sends the first real row that takes it back to the interpreter.
     */
    private final List<Batch> all = List.of(whole, partial, new Batch(3, 168), new Batch(3, 65), new Batch(1, 40));

    /** For the passes: blocks and groups of rows, one tile and more, and a row whose moments are taken again. */
    private final List<Batch> sizes = List.of(new Batch(20, 512).misleading(), new Batch(70, 512));

    private final List<Batch> allSizes =
            List.of(new Batch(20, 100).misleading(), new Batch(70, 100), new Batch(70, 300));

    /** Two tiles each. */
    private final List<Batch> overlapped = List.of(
            new Batch(16, Kernels.MOMENT_LANES),
            new Batch(8, 2 * Kernels.MOMENT_LANES),
            new Batch(2, 2 * Kernels.MOMENT_BLOCK));

    /** Of rows whose gradients may be joined, of a whole block and a part as well. */
    private final List<Batch> joined = List.of(
            new Batch(8, Kernels.MOMENT_LANES),
            new Batch(8, 2 * Kernels.MOMENT_LANES),
            new Batch(8, 2 * Kernels.MOMENT_BLOCK - Kernels.MOMENT_LANES));

    /** Tiles that are overlapped, and what is left. */
    private final Batch tiles = new Batch(70, Kernels.MOMENT_LANES).misleading();

    /** An only row. */
    private final Batch one = new Batch(1, Kernels.MOMENT_LANES);

    /** Of rows whose statistics are computed together. */
    private final Batch together = new Batch(8, 100);

    /** Of whole blocks, of either pass. */
    private int tries;

    /** Makes the rows. */
    public Trial() {}

    /** What calls ask for, and is tried by itself. */
    public enum Kind {
        /** The forward pass over rows of whole blocks. */
        WHOLE_FORWARD,

        /** The backward pass over rows of whole blocks. */
        WHOLE_BACKWARD,

        /** The forward pass over rows of all kinds of lengths. */
        FORWARD,

        /** The backward pass over rows of all kinds of lengths. */
        BACKWARD;

        private boolean isWhole() {
            return this == WHOLE_FORWARD || this == WHOLE_BACKWARD;
        }

        private Direction direction() {
            return this == WHOLE_FORWARD || this == FORWARD ? Direction.FORWARD : Direction.BACKWARD;
        }
    }

    /**
     * Runs the kernels of a pass. What rows of whole blocks share with others runs some of the others as well, see
     * {@link #all}.
     *
     * @param nanos nanoseconds for an element in one pass that are fast
     */
    public boolean isFast(Kind kind, Kernels kernels, double nanos) {
        Direction direction = kind.direction();
        if (kind.isWhole() && (tries++ / 2) % PARTIAL_EVERY == 0) {
            prepare(partial);
            direction.callShared(kernels, partial);
        }
        List<Batch> batches = batches(kind);
        long taken = 0;
        for (Batch batch : batches) {
            prepare(batch);
            direction.call(kernels, batch, 0, batch.emptyCalls);
            long start = System.nanoTime();
            direction.call(kernels, batch, batch.rows, 1);
            taken += System.nanoTime() - start;
        }
        return taken <= nanos * elements(batches);
    }

    /** Runs the pass, some hundred times. */
    public void runPass(Kind kind, Kernels kernels) {
        Direction direction = kind.direction();
        for (int i = 0; i < PASSES_OF_A_SIZE; i++) {
            for (Batch batch : kind.isWhole() ? sizes : allSizes) {
                direction.pass(kernels, batch);
                direction.passForLess(kernels, batch);
            }
        }
        for (int i = 0; i < PASSES; i++) {
            for (Batch batch : batches(kind)) {
                direction.pass(kernels, batch);
            }
        }
    }

    private List<Batch> batches(Kind kind) {
        return kind.isWhole() ? List.of(whole) : all;
    }

    /**
     * Runs what {@link Kernels#refine} is about, and nothing else.
     *
     * @param nanos nanoseconds for an element in one pass that are fast
     */
    public boolean isRefinedFast(Kernels kernels, double nanos) {
        boolean fast = areStatisticsFast(kernels, nanos);
        fast &= areFarRowsFast(kernels, whole, nanos);
        for (Batch batch : overlapped) {
            // Of rows that are not, C2 would take 0.4 s for the code.
            fast &= !kernels.everOverlaps(batch.n) || isOverlapFast(kernels, batch, nanos);
        }
        for (Batch batch : joined) {
            fast &= areGradientsFast(kernels, batch, nanos);
        }
        return fast;
    }

    /**
     * Runs passes with refined kernels, as soon as these are used: what C2 knows of the pass, it knows without them. At
     * the first large batch, without this, the pass was sent back to the interpreter, and thousands of its rows later
     * it still ran in C1's code, whose counters threads fight for: 2048x768 took longer with two threads than with one.
     */
    public void runRefined(Kernels kernels) {
        for (int i = 0; i < REFINED_PASSES; i++) {
            // As of a batch beyond the caches, without one.
            boolean unusedOverlaps = kernels.overlaps(1 << 20, whole.n);
            boolean unusedJoins = kernels.joinsGradients(1 << 20, 4 * whole.n, true);
            Direction.FORWARD.pass(kernels, tiles);
            Direction.FORWARD.pass(kernels, whole);
            for (Batch batch : List.of(tiles, one)) {
                if (kernels.joinsGradients(batch.rows, batch.n, false)) {
                    Direction.BACKWARD.pass(kernels, batch);
                }
            }
        }
    }

    private boolean areStatisticsFast(Kernels kernels, double nanos) {
        prepare(together);
        callStatistics(kernels, 0, EMPTY_CALLS);
        long start = System.nanoTime();
        callStatistics(kernels, together.rows, 1);
        return System.nanoTime() - start < nanos * together.rows * STATISTICS_ELEMENTS;
    }

    /** Of sums that stand in the workspace. */
    private void callStatistics(Kernels kernels, int rows, int times) {
        Workspace w = Workspace.ofThread();
        for (int i = 0; i < times; i++) {
            kernels.statistics(together.n, 1, 0, rows, w);
            kernels.standardize(0, rows, w);
            kernels.gradientCoefficients(together.n, 0, rows, w);
        }
    }

    private static boolean areFarRowsFast(Kernels kernels, Batch batch, double nanos) {
        prepare(batch);
        callFarRows(kernels, batch, 0, batch.emptyCalls);
        long start = System.nanoTime();
        callFarRows(kernels, batch, FAR_ROWS, 1);
        return System.nanoTime() - start < nanos * FAR_ROWS * batch.n;
    }

    private static void callFarRows(Kernels kernels, Batch b, int rows, int times) {
        Workspace w = Workspace.ofThread();
        for (int i = 0; i < times; i++) {
            kernels.firstMoments(b.x, 0, b.n, rows, true, w);
            kernels.normalizeFar(b.x, 0, b.n, rows, w, b.gamma, b.gamma, b.y);
        }
    }

    private static boolean areGradientsFast(Kernels kernels, Batch batch, double nanos) {
        prepare(batch);
        callGradients(kernels, batch, 0, batch.emptyCalls);
        long start = System.nanoTime();
        callGradients(kernels, batch, batch.rows, 1);
        return System.nanoTime() - start < nanos * batch.x.length;
    }

    private static void callGradients(Kernels kernels, Batch b, int rows, int times) {
        Workspace w = Workspace.ofThread();
        for (int i = 0; i < times; i++) {
            kernels.gradients(b.dy, b.x, 0, b.n, 0, rows, w, b.gamma, b.dgamma, b.dbeta, b.y);
            boolean unused =
                    kernels.gradientsOfOnlyRow(b.dy, b.x, b.n, Math.min(rows, 1), w, b.gamma, b.dgamma, b.dbeta, b.y);
        }
    }

    private static boolean isOverlapFast(Kernels kernels, Batch batch, double nanos) {
        prepare(batch);
        Workspace.ofThread().parameters(batch.n, batch.gamma, batch.gamma);
        callOverlapped(kernels, batch, batch.n, 0, batch.emptyCalls);
        callOverlapped(kernels, batch, 0, 1, EMPTY_CALLS);
        long start = System.nanoTime();
        callOverlapped(kernels, batch, batch.n, batch.rows / 2, 1);
        return System.nanoTime() - start < nanos * batch.x.length;
    }

    private static void callOverlapped(Kernels kernels, Batch b, int n, int rows, int times) {
        Workspace w = Workspace.ofThread();
        for (int i = 0; i < times; i++) {
            kernels.normalizeAndMoments(b.x, 0, n, rows, w, b.gamma, b.gamma, b.y);
        }
    }

    /** Leaves sums of rows in the workspace, that need no scale. */
    private static void prepare(Batch b) {
        Workspace w = Workspace.ofThread();
        w.scaled = false;
        Arrays.fill(w.sum, 0, b.rows, 1);
        Arrays.fill(w.productSum, 0, b.rows, b.n);
    }

    private static int elements(List<Batch> batches) {
        int elements = 0;
        for (Batch batch : batches) {
            elements += batch.x.length;
        }
        return elements;
    }

    /** What is tried together. */
    private enum Direction {
        FORWARD {
            @Override
            void call(Kernels kernels, Batch b, int rows, int times) {
                Workspace w = Workspace.ofThread();
                if (rows > 0) {
                    // Not for none: C2 took the samples of a row for rare then, and called for them (forward at N = 64:
                    // 1.08 to 1.2 times the time in five JVMs of six).
                    Statistics.prepare(b.x, 0, b.n, rows, w);
                }
                for (int i = 0; i < times; i++) {
                    kernels.moments(b.x, 0, b.n, 0, rows, w);
                    kernels.normalize(b.x, 0, b.n, 0, rows, w, b.gamma, b.gamma, b.y);
                }
            }

            // Not the moments, in which parts of blocks have a method of their own.
            @Override
            void callShared(Kernels kernels, Batch b) {
                kernels.normalize(b.x, 0, b.n, 0, b.rows, Workspace.ofThread(), b.gamma, b.gamma, b.y);
            }

            @Override
            void pass(Kernels kernels, Batch b) {
                kernels.forwardPass().run(null, kernels, b.x, b.rows, b.n, 1, b.gamma, b.gamma, b.y, b.mean, b.rstd);
            }

            @Override
            void passForLess(Kernels kernels, Batch b) {
                kernels.forwardPass().run(null, kernels, b.x, b.rows, b.n, 1, b.gamma, b.gamma, b.y, null, null);
            }
        },

        BACKWARD {
            @Override
            void call(Kernels kernels, Batch b, int rows, int times) {
                Workspace w = Workspace.ofThread();
                for (int i = 0; i < times; i++) {
                    kernels.gradientSums(b.dy, b.x, 0, b.n, 0, rows, w, b.gamma, b.dgamma, b.dbeta);
                    kernels.inputGradient(b.dy, b.x, 0, b.n, 0, rows, w, b.gamma, b.y);
                }
            }

            @Override
            void pass(Kernels kernels, Batch b) {
                kernels.backwardPass()
                        .run(null, kernels, b.dy, b.x, b.rows, b.n, b.gamma, b.mean, b.rstd, b.y, b.dgamma, null);
            }
        };

        /** Calls the kernels of the pass by turns. */
        abstract void call(Kernels kernels, Batch batch, int rows, int times);

        /** Calls those that rows of whole blocks and others share, once. */
        void callShared(Kernels kernels, Batch batch) {
            call(kernels, batch, batch.rows, 1);
        }

        abstract void pass(Kernels kernels, Batch batch);

        /** The pass without the results that many do not ask for. */
        void passForLess(Kernels kernels, Batch batch) {}
    }

    /**
     * Rows to try, in arrays of their length: the last row of an array is not run like others, and what C2 checks
     * before a loop, for an index that this never has, would fail with a shorter gamma than it knows.
     */
    private static final class Batch {
        final int rows;
        final int n;
        final int emptyCalls;
        final float[] x;
        final float[] dy;
        final float[] y;
        final double[] mean;
        final double[] rstd;

        /** Also beta. */
        final float[] gamma;

        final float[] dgamma;
        final float[] dbeta;

        Batch(int rows, int n) {
            this.rows = rows;
            this.n = n;
            emptyCalls = n < Kernels.MOMENT_BLOCK ? EMPTY_CALLS_OF_SHORT_ROWS : EMPTY_CALLS;
            x = new float[rows * n];
            for (int i = 0; i < x.length; i++) {
                x[i] = i % 7;
            }
            dy = new float[rows * n];
            y = new float[rows * n];
            mean = new double[rows];
            rstd = new double[rows];
            gamma = new float[n];
            Arrays.fill(gamma, 1f);
            dgamma = new float[n];
            dbeta = new float[n];
        }

        /** Makes the samples of the first row, of which its first shift is the mean, much larger than the others. */
        Batch misleading() {
            for (int i = 0; i < n; i += 4) {
                x[i] = 1000;
            }
            return this;
        }
    }
}

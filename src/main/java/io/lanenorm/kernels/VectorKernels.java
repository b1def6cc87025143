package io.lanenorm.kernels;

import java.util.Arrays;

/**
 * The kernels on the Vector API, of one width: which of their four parts does what, and what is left to the scalar
 * kernels, which is rows with a scale and the sums of rows shorter than a line of 16 lanes.
 *
 * <p>The classes of the parts are never used under their own names: their bytes are defined once more, as hidden
 * classes, for each width, with the species as class data (see {@link VectorKernelLoader}). So the species is a
 * constant to C2, without which every vector would be an object (measured: 22 to 59 times slower), and all widths run
 * side by side in one JVM.
 *
 * <p>A loop over {@code part} takes the 16 lanes of the specification in as many vectors as they need: once with 512
 * bits, twice with 256, four times with 128.
 *
 * <p>Loops over rows return at once where there are none, for which {@link Trial} calls them.
 *
 * <p>Loops over columns count from 0, and where they begin is part of the index: C2 then checks the first index and the
 * last before the loop. From a variable on, it makes a first turn and last turns apart, which check each access, and
 * hoists less (with 256 bits backward takes 0.85 to 0.88 of the time in cache with sums that count from 0, joined
 * gradients 0.71 to 0.95, y 0.91 to 0.97 in pairs of rows and 0.82 to 0.87 row by row).
 *
 * <p>Three habits keep C2 from making objects of the vectors, which it does without notice and for good. No method of
 * the parts takes or returns a vector, because such a method is not always inlined. Nor is a method called on a vector
 * whose class C2 does not know while it parses the code, because it then looks at the classes seen so far, in
 * {@code add} and others for all vectors of the JVM: of two of them it makes code for both, and sometimes an object of
 * what comes out of either, of three a call (measured with kernels of several widths in one JVM: objects in 5 JVMs of
 * 5, in one in twenty also with one width alone). It knows the class of the result of an operation, but not of what was
 * just loaded, broadcast, converted or reinterpreted, nor of a sum that a loop carries; and from the 45th operation of
 * a method or so, when it parses on before it inlines, not of a result either (objects in one JVM of two, where that
 * was left out in the moments alone). So such a vector is what an operation takes, {@code center.add(load)},
 * {@code slope.fma(center.add(load), intercept)}, {@code d.add(sum)} and at the end {@code zero.add(sum)}, or it is
 * cast to its class before, {@code FLOAT_CLASS.cast(load).mul(gamma)}, which costs nothing. And there are no masks: a
 * masked load that ends beyond its array, as at the end of gamma, is checked lane by lane in code that was not always
 * inlined (measured: 96 bytes a row). What is left of a row beyond the last whole vector is loaded with what stands
 * beside it, which is taken out by its bits, or computed once more.
 */
final class VectorKernels implements Kernels {
    /**
     * Vectors of columns that are done for all rows of a tile before the next, with what belongs to the columns in
     * registers, where rows are short. In {@link VectorBackward} that saves the loads and stores of dgamma and dbeta.
     * From row to row the index grows by n: {@code offset + row * n} cost a register more, dx of 64 and 128 took 1.35
     * times as long.
     */
    static final int STRIP_VECTORS = 4;

    /** Fewer rows are done one by one: a strip costs some 100 instructions before its first row (1x4096: 1.4). */
    private static final int FEW_ROWS = 3;

    /** Longer rows are gone along: y row by row (0.8 of the time at 64x1024), sums by some rows at a time. */
    static final int SHORT_ROW = 256;

    /**
     * Whether the CPU has 32 vector registers at every width, as those with 512 bits have. With 16, loops that do two
     * things at once keep half of their numbers on the stack.
     */
    static final boolean MANY_REGISTERS = VectorKernelLoader.widestBits() == 512;

    /**
     * Elements of a batch whose x, dy and dx leave little of L2: joined gradients take 0.95 of the time at 1200x128,
     * 0.9 at 512x320, 0.85 at 700x256 and 257x768. With 3 * 2^15 it would be 1.0 to 1.1 at 1000x128, 0.9 at 400x320. Of
     * 16 registers 0.91 at 257x768, 0.66 at 2048x768 and 16384x128, and with 2^15 0.98 to 1.07.
     */
    private static final int LEAST_JOINED = 1 << 17;

    /**
     * Longer ones gain nothing: 1024x1536 takes 0.98 of the time, 1024x2048 1.08, 2048x4096 1.04. Of 16 registers 0.86
     * to 0.99 at N = 1280 and 1536, 1.0 to 1.07 beyond; but from memory 0.94 to 1.03, with two threads 0.84 to 0.98.
     */
    private static final int GREATEST_JOINED_ROW = MANY_REGISTERS ? 1 << 10 : 3 << 9;

    /**
     * Whether gradients of one row and of two are joined, which saves calls and sums in memory (16 registers: 0.65 to
     * 0.8 of the time up to N = 128, 0.83 at 1x256, 0.91 at 1x768 and 1x2048, 0.97 to 1.0 at 1x4096 and 2x4096; three
     * rows and more 0.9 to 1.1). Not tried with 32.
     */
    private static final boolean JOINS_FEW_ROWS = !MANY_REGISTERS;

    /** All bits of 64 lanes, then none of 64 more: what is loaded from here takes lanes out of a vector. */
    static final int[] MASK = new int[2 * MOMENT_LANES];

    static {
        Arrays.fill(MASK, 0, MOMENT_LANES, -1);
    }

    /** The lanes of a block's two sums before there is an element, of all rows of a tile. */
    static final float[] ZEROS = new float[2 * LANES * Workspace.TILE];

    /** What has to be done once a row. */
    interface Rows {
        /**
         * Folds the lanes of the blocks of rows, one row after the other, to {@link Workspace#sum} and
         * {@link Workspace#productSum}.
         */
        void finish(int from, int to, int blocks, Workspace w);

        /** As {@link Kernels#statistics}. */
        long statistics(int n, double epsilon, int from, int to, Workspace w);

        /** As {@link Kernels#standardize}. */
        long standardize(int from, int to, Workspace w);

        /** As {@link Kernels#gradientCoefficients}. */
        void gradientCoefficients(int n, int from, int to, Workspace w);
    }

    /** What is done row by row. */
    interface Lines {
        /**
         * As {@link Kernels#normalizeAndMoments}, of rows that have {@link #hasFewLines few lines}; but with less than
         * 512 bits leaves the sums on their lanes.
         */
        void normalizeAndMoments(
                float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y);

        /** As {@link Kernels#gradients}, of rows of four vectors of 512 bits, with dgamma and dbeta in registers. */
        void gradients(
                float[] dy,
                float[] x,
                int offset,
                int n,
                int from,
                int to,
                Workspace w,
                float[] gamma,
                float[] dgamma,
                float[] dbeta,
                float[] dx);

        /** As {@link Kernels#gradients}, of rows of whole lines, with 256 bits or more. */
        void gradientsInMemory(
                float[] dy,
                float[] x,
                int offset,
                int n,
                int from,
                int to,
                Workspace w,
                float[] gamma,
                float[] dgamma,
                float[] dbeta,
                float[] dx);
    }

    /** Moments, and y, of rows without a scale. */
    interface Forward {
        /** As {@link Kernels#moments} of the whole blocks of rows, but leaves the sums of each on its lanes. */
        void wholeBlocks(float[] x, int offset, int n, int from, int to, int blocks, Workspace w);

        /** The same of what is left of each row, less than a block, if anything is. */
        void lastBlocks(float[] x, int offset, int n, int from, int to, int blocks, Workspace w);

        /** As {@link Kernels#normalize}. */
        void normalize(
                float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y);

        /** As {@link Kernels#normalizeAndMoments}, but leaves the sums of each block on its lanes. */
        void normalizeAndMoments(
                float[] x,
                int offset,
                int n,
                int rows,
                int blocks,
                Workspace w,
                float[] gamma,
                float[] beta,
                float[] y);
    }

    /** The sums of the backward pass, and dx, of rows without a scale. */
    interface Backward {
        /** As {@link Kernels#gradientSums}, of a line at least, but leaves the sums of each block on its lanes. */
        void gradientSums(
                float[] dy,
                float[] x,
                int offset,
                int n,
                int from,
                int to,
                int blocks,
                Workspace w,
                float[] gamma,
                float[] dgamma,
                float[] dbeta);

        /** As {@link Kernels#inputGradient}. */
        void inputGradient(
                float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx);
    }

    private final int bits;
    private final Pass.Forward forwardPass;
    private final Pass.Backward backwardPass;
    private final Rows rows;
    private final Lines lines;
    private final Lines linesOf64;
    private final Lines linesOf128;
    private final Lines onlyLine;
    private final Forward forward;
    private final Forward farForward;
    private final Backward backward;

    /** See {@link #refine}. */
    private boolean refined = true;

    VectorKernels(
            int bits,
            Pass.Forward forwardPass,
            Pass.Backward backwardPass,
            Rows rows,
            Lines lines,
            Lines linesOf64,
            Lines linesOf128,
            Lines onlyLine,
            Forward forward,
            Forward farForward,
            Backward backward) {
        this.bits = bits;
        this.forwardPass = forwardPass;
        this.backwardPass = backwardPass;
        this.rows = rows;
        this.lines = lines;
        this.linesOf64 = linesOf64;
        this.linesOf128 = linesOf128;
        this.onlyLine = onlyLine;
        this.forward = forward;
        this.farForward = farForward;
        this.backward = backward;
    }

    @Override
    public Pass.Forward forwardPass() {
        return forwardPass;
    }

    @Override
    public Pass.Backward backwardPass() {
        return backwardPass;
    }

    @Override
    public void refine(boolean wanted) {
        refined = wanted;
    }

    @Override
    public boolean isRefined() {
        return refined;
    }

    @Override
    public boolean overlaps(int rows, int n) {
        return refined && rows * n >= leastOverlapped(n);
    }

    @Override
    public boolean everOverlaps(int n) {
        return leastOverlapped(n) < Integer.MAX_VALUE;
    }

    /**
     * x and y fill L2. Overlapped, 512x2048 takes 0.76 of the time, 257x768 0.96, and 64x2048 1.2. Narrower vectors
     * keep the CPU busy for longer than memory in L3 does: 256 bits take 1.25 to 1.4 times as long there (512x768,
     * 64x4096), and 0.87 at 2048x768 and 4096x1024; of 16 registers 1.1 to 1.35 times as long at N = 768 and 1024 in
     * L3, and 0.95 to 1.1 beyond. Rows of few lines take 0.92 to 1.0 in cache, and 0.7 at 16384x128.
     */
    private int leastOverlapped(int n) {
        if (hasFewLines(n)) {
            return 0;
        }
        if (bits == 512) {
            return 1 << 19;
        }
        return MANY_REGISTERS ? 3 << 19 : Integer.MAX_VALUE;
    }

    private boolean hasFewLines(int n) {
        return n == MOMENT_LANES || (n == 2 * MOMENT_LANES && bits >= 256);
    }

    private Lines lines(int n) {
        if (n == MOMENT_LANES) {
            return linesOf64;
        }
        return n == 2 * MOMENT_LANES ? linesOf128 : lines;
    }

    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        int blocks = w.prepareLanes(n, to);
        forward.wholeBlocks(x, offset, n, from, to, blocks, w);
        forward.lastBlocks(x, offset, n, from, to, blocks, w);
        rows.finish(from, to, blocks, w);
    }

    /** With 32 registers, rows from memory are overlapped instead. */
    @Override
    public boolean samplesByRow() {
        return refined && !MANY_REGISTERS;
    }

    @Override
    public void firstMoments(float[] x, int offset, int n, int rows, boolean byRow, Workspace w) {
        if (byRow && n >= MOMENT_BLOCK && !MANY_REGISTERS) {
            int blocks = w.prepareLanes(n, rows);
            farForward.wholeBlocks(x, offset, n, 0, rows, blocks, w);
            forward.lastBlocks(x, offset, n, 0, rows, blocks, w);
            this.rows.finish(0, rows, blocks, w);
        } else {
            Kernels.super.firstMoments(x, offset, n, rows, byRow, w);
        }
    }

    @Override
    public long statistics(int n, double epsilon, int from, int to, Workspace w) {
        return rows.statistics(n, epsilon, from, to, w);
    }

    @Override
    public long standardize(int from, int to, Workspace w) {
        return rows.standardize(from, to, w);
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        if (w.scaled) {
            ScalarKernels.INSTANCE.normalize(x, offset, n, from, to, w, gamma, beta, y);
        } else {
            forward.normalize(x, offset, n, from, to, w, gamma, beta, y);
        }
    }

    @Override
    public void normalizeFar(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        if (MANY_REGISTERS || w.scaled || rows % 2 != 0) {
            Kernels.super.normalizeFar(x, offset, n, rows, w, gamma, beta, y);
        } else {
            farForward.normalize(x, offset, n, 0, rows, w, gamma, beta, y);
        }
    }

    @Override
    public void normalizeAndMoments(
            float[] x, int offset, int n, int count, Workspace w, float[] gamma, float[] beta, float[] y) {
        if (w.scaled) {
            Kernels.super.normalizeAndMoments(x, offset, n, count, w, gamma, beta, y);
            return;
        }
        int blocks = w.prepareLanes(n, count);
        boolean fewLines = hasFewLines(n);
        if (fewLines) {
            lines(n).normalizeAndMoments(x, offset, n, count, w, gamma, beta, y);
        } else {
            forward.normalizeAndMoments(x, offset, n, count, blocks, w, gamma, beta, y);
        }
        if (!fewLines || bits < 512) {
            rows.finish(0, count, blocks, w);
        }
    }

    @Override
    public void gradientSums(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        if (w.scaled || n < LANES) {
            ScalarKernels.INSTANCE.gradientSums(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta);
            return;
        }
        int blocks = w.prepareLanes(n, to);
        backward.gradientSums(dy, x, offset, n, from, to, blocks, w, gamma, dgamma, dbeta);
        rows.finish(from, to, blocks, w);
    }

    /**
     * 8 KB each of x and dy, that dx finds in L1: with 64 KB 1.04 of the time from memory, and no less in L2. Narrower
     * vectors gain nothing from L1; of 16 registers 8 KB take 1.1 to 1.17 times as long as 128 KB, at 16x4096 and
     * beyond L3 1.02 to 1.07.
     */
    @Override
    public int gradientTile() {
        return MANY_REGISTERS ? 1 << 11 : 1 << 15;
    }

    /**
     * 512 bits leave less to be gained: two threads had 0.86 to 1.12 times the speed of one at 32x768, 0.94 to 1.03 at
     * 32x1024 and 64x512, 1.3 at 64x768.
     */
    @Override
    public int worthSharing() {
        return bits == 512 ? 2 : 1;
    }

    @Override
    public void gradientCoefficients(int n, int from, int to, Workspace w) {
        rows.gradientCoefficients(n, from, to, w);
    }

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        if (w.scaled) {
            ScalarKernels.INSTANCE.inputGradient(dy, x, offset, n, from, to, w, gamma, dx);
        } else {
            backward.inputGradient(dy, x, offset, n, from, to, w, gamma, dx);
        }
    }

    @Override
    public boolean joinsGradients(int rows, int n, boolean far) {
        if (!refined || !canJoin(n)) {
            return false;
        }
        if (areFew(rows)) {
            return JOINS_FEW_ROWS;
        }
        if (isOfFourVectors(n) || (hasFewLines(n) && !MANY_REGISTERS)) {
            return true;
        }
        boolean manyShort = n <= GREATEST_JOINED_ROW && rows * n >= LEAST_JOINED;
        return n > MOMENT_LANES && (manyShort || (far && !MANY_REGISTERS));
    }

    private boolean canJoin(int n) {
        return bits >= 256 && n % LANES == 0;
    }

    private boolean isOfFourVectors(int n) {
        return bits == 512 && n == MOMENT_LANES;
    }

    @Override
    public boolean gradientsOfOnlyRow(
            float[] dy,
            float[] x,
            int n,
            int rows,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        if (!JOINS_FEW_ROWS || !canJoin(n) || w.scaled) {
            return false;
        }
        onlyLine.gradientsInMemory(dy, x, 0, n, 0, rows, w, gamma, dgamma, dbeta, dx);
        return true;
    }

    @Override
    public void gradients(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        if (w.scaled || !canJoin(n)) {
            Kernels.super.gradients(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta, dx);
        } else if (isOfFourVectors(n)) {
            lines(n).gradients(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta, dx);
        } else {
            lines(n).gradientsInMemory(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta, dx);
        }
    }

    /** Whether rows are too few for strips. No rows, for which {@link Trial} calls, count as many. */
    static boolean areFew(int rows) {
        return rows > 0 && rows < FEW_ROWS;
    }

    /**
     * Columns of y or dx that are done in strips. They leave what has room for a vector, which must not begin in a
     * strip: that would be computed from results where these go over the input. One column alone is left to scalars.
     */
    static int strips(int n, int rows, int width) {
        if (areFew(rows) || n > SHORT_ROW) {
            return 0;
        }
        int strip = STRIP_VECTORS * width;
        int rest = n % strip;
        return rest < 2 || rest >= width ? n - rest : Math.max(0, n - rest - strip);
    }

    @Override
    public String toString() {
        return bits + (refined ? " bits" : " bits, not all compiled");
    }
}

package io.lanenorm.kernels;

import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.OR;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels on the Vector API, for every width. This class is never used under its own name: its bytes are defined
 * once more, as a hidden class, for each width, with the species as class data (see {@code KernelChoice}). So the
 * species is a constant to C2, without which every vector would be an object (measured: 22 to 59 times slower), and all
 * widths run side by side in one JVM.
 *
 * <p>A loop over {@code part} takes the 16 lanes of the specification in as many vectors as they need: once with 512
 * bits, twice with 256, four times with 128.
 *
 * <p>Three habits keep C2 from making objects of the vectors, which it does without notice and for good. No method here
 * takes or returns a vector, because such a method is not always inlined. And a sum that a loop carries is never what a
 * method is called on, {@code d.add(sum)} and at the end {@code zero.add(sum)}, because C2 does not know its class
 * while it parses the loop: it then looks at the classes seen so far, and those are several in a JVM that runs several
 * widths (measured: one width of three stayed a hundred times too slow in 4 of 6 runs, and in none since). And there
 * are no masks: a masked load that ends beyond its array, as at the end of gamma, is checked lane by lane in code that
 * was not always inlined (measured: 96 bytes a row). What is left of a row beyond the last whole vector is loaded with
 * what stands beside it, which is taken out by its bits, or computed once more.
 */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> FLOAT = species();
    private static final VectorSpecies<Float> HALF_FLOAT =
            VectorSpecies.of(float.class, VectorShape.forBitSize(FLOAT.vectorBitSize() / 2));
    private static final VectorSpecies<Double> DOUBLE = VectorSpecies.of(double.class, FLOAT.vectorShape());
    private static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());
    private static final VectorSpecies<Long> LONG = VectorSpecies.of(long.class, FLOAT.vectorShape());

    /** Four doubles, or with 128 bits two. */
    private static final VectorSpecies<Double> FOUR_DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Math.min(256, FLOAT.vectorBitSize())));

    private static final VectorSpecies<Float> FOUR_FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(FOUR_DOUBLES.vectorBitSize() / 2));
    private static final int WIDTH = FLOAT.length();

    /**
     * Columns that are done for all rows of a tile before the next, with what belongs to the columns in registers,
     * where rows are short. In {@link #gradientSums} that saves the loads and stores of dgamma and dbeta. From row to
     * row the index grows by n: {@code offset + row * n} cost a register more, dx of 64 and 128 took 1.35 times as
     * long.
     */
    private static final int STRIP = 4 * WIDTH;

    private static final int SUM_STRIP = 4 * LANES;

    /** Fewer rows are done one by one: a strip costs some 100 instructions before its first row (1x4096: 1.4). */
    private static final int FEW_ROWS = 3;

    /** Longer rows are gone along: y row by row (0.8 of the time at 64x1024), sums by pairs of rows. */
    private static final int SHORT_ROW = 256;

    /** The same for dx: strips of rows of 192 or 256 made backward take 1.0 to 1.14 times as long, at every width. */
    private static final int SHORT_DX_ROW = 128;

    /**
     * Columns that are done for all rows of a tile before the next where rows are at least twice as long, so that
     * gamma, beta, x and y of them are in L1 together (16x4096: 0.81 of the time; with 512 columns 0.9, with 1536
     * 0.83).
     */
    private static final int PIECE = 1024;

    /**
     * x and y fill L2. Overlapped, 512x2048 takes 0.76 of the time, 257x768 0.96, and 64x2048 1.2. Narrower vectors
     * keep the CPU busy for longer than memory in L3 does: 256 bits take 1.25 to 1.4 times as long there (512x768,
     * 64x4096), and 0.87 at 2048x768 and 4096x1024.
     */
    private static final int LEAST_OVERLAPPED = WIDTH == LANES ? 1 << 19 : 3 << 19;

    /** All bits of 64 lanes, then none of 64 more: what is loaded from here takes lanes out of a vector. */
    private static final int[] MASK = new int[2 * MOMENT_LANES];

    static {
        Arrays.fill(MASK, 0, MOMENT_LANES, -1);
    }

    /** The lanes of a block's two sums before there is an element, of all rows of a tile. */
    private static final float[] ZEROS = new float[2 * LANES * Workspace.TILE];

    @SuppressWarnings("unchecked")
    private static VectorSpecies<Float> species() {
        try {
            return MethodHandles.classData(MethodHandles.lookup(), "_", VectorSpecies.class);
        } catch (IllegalAccessException e) {
            throw new LinkageError("no species in the class data", e);
        }
    }

    /** See {@link #refine}. */
    private boolean refined = true;

    VectorKernels() {}

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
        return refined && (hasFewLines(n) || rows * n >= LEAST_OVERLAPPED);
    }

    /** Rows that {@link #normalizeAndMomentsOfLines} takes. With 256 bits those of 128 take 0.9 to 1.2 of the time. */
    private static boolean hasFewLines(int n) {
        return n == MOMENT_LANES || (n == 2 * MOMENT_LANES && WIDTH == LANES);
    }

    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        int blocks = w.prepareLanes(n, to);
        int whole = n / MOMENT_BLOCK;
        if (whole > 0) {
            wholeBlocks(x, offset, n, from, to, whole, blocks, w);
        }
        if (whole < blocks) {
            lastBlocks(x, offset + whole * MOMENT_BLOCK, n, n % MOMENT_BLOCK, from, to, whole, blocks, w);
        }
        finishRows(from, to, blocks, w);
    }

    /**
     * The whole blocks of all rows. Written out, since of an inner loop of four turns C2 makes three loops that take
     * 1.2 to 1.3 times as long. {@code i} is no linear function of the loop's variable, so that C2 checks it in the
     * loop, once for all accesses of a block; of a linear one it checks every access before the loop, with 8
     * instructions each.
     */
    private static void wholeBlocks(
            float[] x, int offset, int n, int from, int to, int whole, int blocks, Workspace w) {
        float[] lanes = w.blockLanes;
        float[] minusShift = w.minusShift;
        int row = from;
        int i = offset + row * n;
        int out = row * blocks * 2 * LANES;
        int inRow = 0;
        for (int block = 0; block < (to - from) * whole; block++) {
            FloatVector shift = FloatVector.broadcast(FLOAT, minusShift[row]);
            for (int part = 0; part < LANES; part += WIDTH) {
                int k = i + part;
                FloatVector a = FloatVector.fromArray(FLOAT, x, k).add(shift);
                FloatVector b =
                        FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES).add(shift);
                FloatVector c =
                        FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES).add(shift);
                FloatVector d =
                        FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES).add(shift);
                FloatVector s0 = a.add(b).add(c).add(d);
                FloatVector q0 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
                k += LANES;
                a = FloatVector.fromArray(FLOAT, x, k).add(shift);
                b = FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES).add(shift);
                c = FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES).add(shift);
                d = FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES).add(shift);
                FloatVector s1 = a.add(b).add(c).add(d);
                FloatVector q1 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
                k += LANES;
                a = FloatVector.fromArray(FLOAT, x, k).add(shift);
                b = FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES).add(shift);
                c = FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES).add(shift);
                d = FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES).add(shift);
                FloatVector s2 = a.add(b).add(c).add(d);
                FloatVector q2 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
                k += LANES;
                a = FloatVector.fromArray(FLOAT, x, k).add(shift);
                b = FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES).add(shift);
                c = FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES).add(shift);
                d = FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES).add(shift);
                FloatVector s3 = a.add(b).add(c).add(d);
                FloatVector q3 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
                s0.add(s1).add(s2.add(s3)).intoArray(lanes, out + part);
                q0.add(q1).add(q2.add(q3)).intoArray(lanes, out + LANES + part);
            }
            i += MOMENT_BLOCK;
            out += 2 * LANES;
            if (++inRow == whole) {
                inRow = 0;
                row++;
                i += n - whole * MOMENT_BLOCK;
                out += (blocks - whole) * 2 * LANES;
            }
        }
    }

    /** The last {@code m} elements of each row, less than a block. */
    private static void lastBlocks(
            float[] x, int offset, int n, int m, int from, int to, int block, int blocks, Workspace w) {
        int lines = m / MOMENT_LANES;
        int rest = m % MOMENT_LANES;
        int out = block * 2 * LANES;
        int stride = blocks * 2 * LANES;
        if (lines == 1) {
            oneLine(x, offset, n, from, to, out, stride, w);
        } else if (lines > 1) {
            moreLines(x, offset, n, lines, from, to, out, stride, w);
        }
        if (rest > 0) {
            int start = offset + m - rest;
            int whole = rowsBefore(x.length - MOMENT_LANES - start, n, from, to);
            rest(x, start, n, rest, from, whole, lines > 0, out, stride, w);
            for (int row = whole; row < to; row++) {
                System.arraycopy(x, start + row * n, w.tail, 0, rest);
                rest(w.tail, -row * n, n, rest, row, row + 1, lines > 0, out, stride, w);
            }
        }
    }

    /** The end of those of the rows {@code from} to {@code to - 1} that begin at {@code last} or before. */
    private static int rowsBefore(int last, int n, int from, int to) {
        return Math.clamp(Math.floorDiv(last, n) + 1, from, to);
    }

    /** Writes the lanes of 64 elements of each row. */
    private static void oneLine(float[] x, int offset, int n, int from, int to, int out, int stride, Workspace w) {
        float[] lanes = w.blockLanes;
        float[] minusShift = w.minusShift;
        for (int part = 0; part < LANES; part += WIDTH) {
            for (int row = from; row < to; row++) {
                FloatVector shift = FloatVector.broadcast(FLOAT, minusShift[row]);
                int i = offset + row * n + part;
                int o = out + row * stride + part;
                FloatVector a = FloatVector.fromArray(FLOAT, x, i).add(shift);
                FloatVector b = FloatVector.fromArray(FLOAT, x, i + LANES).add(shift);
                FloatVector c = FloatVector.fromArray(FLOAT, x, i + 2 * LANES).add(shift);
                FloatVector d = FloatVector.fromArray(FLOAT, x, i + 3 * LANES).add(shift);
                FloatVector s = a.add(b);
                FloatVector q = a.mul(a).add(b.mul(b));
                s.add(c.add(d)).intoArray(lanes, o);
                q.add(c.mul(c).add(d.mul(d))).intoArray(lanes, o + LANES);
            }
        }
    }

    /** Writes the lanes of 128 elements of each row, or of 192. */
    private static void moreLines(
            float[] x, int offset, int n, int lines, int from, int to, int out, int stride, Workspace w) {
        float[] lanes = w.blockLanes;
        float[] minusShift = w.minusShift;
        for (int part = 0; part < LANES; part += WIDTH) {
            for (int row = from; row < to; row++) {
                FloatVector shift = FloatVector.broadcast(FLOAT, minusShift[row]);
                int i = offset + row * n + part;
                int o = out + row * stride + part;
                FloatVector a = FloatVector.fromArray(FLOAT, x, i).add(shift);
                FloatVector b = FloatVector.fromArray(FLOAT, x, i + LANES).add(shift);
                FloatVector c = FloatVector.fromArray(FLOAT, x, i + 2 * LANES).add(shift);
                FloatVector d = FloatVector.fromArray(FLOAT, x, i + 3 * LANES).add(shift);
                i += MOMENT_LANES;
                FloatVector e = FloatVector.fromArray(FLOAT, x, i).add(shift);
                FloatVector f = FloatVector.fromArray(FLOAT, x, i + LANES).add(shift);
                FloatVector g = FloatVector.fromArray(FLOAT, x, i + 2 * LANES).add(shift);
                FloatVector h = FloatVector.fromArray(FLOAT, x, i + 3 * LANES).add(shift);
                FloatVector s0 = a.add(e);
                FloatVector s1 = b.add(f);
                FloatVector s2 = c.add(g);
                FloatVector s3 = d.add(h);
                FloatVector q0 = e.fma(e, a.mul(a));
                FloatVector q1 = f.fma(f, b.mul(b));
                FloatVector q2 = g.fma(g, c.mul(c));
                FloatVector q3 = h.fma(h, d.mul(d));
                if (lines == 2) {
                    s0.add(s1).add(s2.add(s3)).intoArray(lanes, o);
                    q0.add(q1).add(q2.add(q3)).intoArray(lanes, o + LANES);
                } else {
                    i += MOMENT_LANES;
                    FloatVector j = FloatVector.fromArray(FLOAT, x, i).add(shift);
                    FloatVector k = FloatVector.fromArray(FLOAT, x, i + LANES).add(shift);
                    FloatVector l =
                            FloatVector.fromArray(FLOAT, x, i + 2 * LANES).add(shift);
                    FloatVector m =
                            FloatVector.fromArray(FLOAT, x, i + 3 * LANES).add(shift);
                    s0.add(j).add(s1.add(k)).add(s2.add(l).add(s3.add(m))).intoArray(lanes, o);
                    j.fma(j, q0)
                            .add(k.fma(k, q1))
                            .add(l.fma(l, q2).add(m.fma(m, q3)))
                            .intoArray(lanes, o + LANES);
                }
            }
        }
    }

    /**
     * Writes the lanes of what is left of each row, less than 64 elements, or adds them to those of its block. Always
     * loads 64, and takes out by their bits those that belong to the next row, whatever they are: +0 leaves every sum
     * as it was.
     */
    private static void rest(
            float[] x, int offset, int n, int m, int from, int to, boolean add, int out, int stride, Workspace w) {
        float[] minusShift = w.minusShift;
        float[] lanes = w.blockLanes;
        float[] before = add ? lanes : ZEROS;
        int beforeOut = add ? out : 0;
        int beforeStride = add ? stride : 0;
        for (int part = 0; part < LANES; part += WIDTH) {
            int p = MOMENT_LANES - m + part;
            IntVector mask0 = IntVector.fromArray(INT, MASK, p);
            IntVector mask1 = IntVector.fromArray(INT, MASK, p + LANES);
            IntVector mask2 = IntVector.fromArray(INT, MASK, p + 2 * LANES);
            IntVector mask3 = IntVector.fromArray(INT, MASK, p + 3 * LANES);
            for (int row = from; row < to; row++) {
                int i = offset + row * n + part;
                int o = out + row * stride + part;
                int b = beforeOut + row * beforeStride + part;
                FloatVector shift = FloatVector.broadcast(FLOAT, minusShift[row]);
                FloatVector d0 = FloatVector.fromArray(FLOAT, x, i)
                        .add(shift)
                        .reinterpretAsInts()
                        .and(mask0)
                        .reinterpretAsFloats();
                FloatVector d1 = FloatVector.fromArray(FLOAT, x, i + LANES)
                        .add(shift)
                        .reinterpretAsInts()
                        .and(mask1)
                        .reinterpretAsFloats();
                FloatVector d2 = FloatVector.fromArray(FLOAT, x, i + 2 * LANES)
                        .add(shift)
                        .reinterpretAsInts()
                        .and(mask2)
                        .reinterpretAsFloats();
                FloatVector d3 = FloatVector.fromArray(FLOAT, x, i + 3 * LANES)
                        .add(shift)
                        .reinterpretAsInts()
                        .and(mask3)
                        .reinterpretAsFloats();
                d0.add(d1)
                        .add(d2)
                        .add(d3)
                        .add(FloatVector.fromArray(FLOAT, before, b))
                        .intoArray(lanes, o);
                d3.fma(d3, d2.fma(d2, d1.fma(d1, d0.mul(d0))))
                        .add(FloatVector.fromArray(FLOAT, before, b + LANES))
                        .intoArray(lanes, o + LANES);
            }
        }
    }

    private static void finishRows(int from, int to, int blocks, Workspace w) {
        if (blocks == 1) {
            finishShortRows(from, to, w);
        } else {
            finishLongRows(from, to, blocks, w);
        }
    }

    /**
     * Folds the lanes of each block once, adds up those of the blocks of a row, and at its end the lanes of the row: in
     * one loop, so that the last additions of a row are beside the next row's (moments at N = 64: 0.88 of the time).
     */
    private static void finishLongRows(int from, int to, int blocks, Workspace w) {
        float[] lanes = w.blockLanes;
        double[] rowLanes = w.rowLanes;
        DoubleVector zero = DoubleVector.zero(DOUBLE);
        for (int j = 0; j < LANES; j += DOUBLE.length()) {
            zero.intoArray(rowLanes, j);
        }
        int row = from;
        int inRow = 0;
        for (int block = from * blocks; block < to * blocks; block++) {
            for (int j = 0; j < 8; j += DOUBLE.length()) {
                int i = block * 2 * LANES + j;
                FloatVector s = FloatVector.fromArray(HALF_FLOAT, lanes, i)
                        .add(FloatVector.fromArray(HALF_FLOAT, lanes, i + 8));
                FloatVector q = FloatVector.fromArray(HALF_FLOAT, lanes, i + 16)
                        .add(FloatVector.fromArray(HALF_FLOAT, lanes, i + 24));
                DoubleVector.fromArray(DOUBLE, rowLanes, j)
                        .add(s.convertShape(F2D, DOUBLE, 0))
                        .intoArray(rowLanes, j);
                DoubleVector.fromArray(DOUBLE, rowLanes, 8 + j)
                        .add(q.convertShape(F2D, DOUBLE, 0))
                        .intoArray(rowLanes, 8 + j);
            }
            if (++inRow == blocks) {
                w.finishRow(row, 0);
                for (int j = 0; j < LANES; j += DOUBLE.length()) {
                    zero.intoArray(rowLanes, j);
                }
                inRow = 0;
                row++;
            }
        }
    }

    /**
     * The same for rows of one block, whose lanes need no place to be added up in, so that half of their sum is made
     * before they are stored (moments at N = 64: 0.82 of the time with 512 bits, 0.85 with 256, 0.6 to 0.9 with 128).
     */
    private static void finishShortRows(int from, int to, Workspace w) {
        float[] lanes = w.blockLanes;
        double[] halves = w.rowLanes;
        DoubleVector zero = DoubleVector.zero(FOUR_DOUBLES);
        for (int row = from; row < to; row++) {
            for (int j = 0; j < 4; j += FOUR_DOUBLES.length()) {
                int i = row * 2 * LANES + j;
                FloatVector s0 = FloatVector.fromArray(FOUR_FLOATS, lanes, i)
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 8));
                FloatVector s4 = FloatVector.fromArray(FOUR_FLOATS, lanes, i + 4)
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 12));
                FloatVector q0 = FloatVector.fromArray(FOUR_FLOATS, lanes, i + 16)
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 24));
                FloatVector q4 = FloatVector.fromArray(FOUR_FLOATS, lanes, i + 20)
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 28));
                zero.add(s0.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(s4.convertShape(F2D, FOUR_DOUBLES, 0))
                        .intoArray(halves, row * 8 + j);
                zero.add(q0.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(q4.convertShape(F2D, FOUR_DOUBLES, 0))
                        .intoArray(halves, row * 8 + 4 + j);
            }
        }
        for (int row = from; row < to; row++) {
            int i = row * 8;
            w.sum[row] = (halves[i] + halves[i + 2]) + (halves[i + 1] + halves[i + 3]);
            w.productSum[row] = (halves[i + 4] + halves[i + 6]) + (halves[i + 5] + halves[i + 7]);
        }
    }

    /**
     * Divides by n with a product and a correction (Markstein), which gives the bits of a division in every row that is
     * not left to the caller, and takes 0.92 of the time of the statistics. Where the shift was not near, rstd becomes
     * negative, for {@link #standardize} to leave the row.
     */
    @Override
    public long statistics(int n, double epsilon, int from, int to, Workspace w) {
        DoubleVector minusCount = DoubleVector.broadcast(DOUBLE, -n);
        DoubleVector inverse = DoubleVector.broadcast(DOUBLE, 1.0 / n);
        DoubleVector half = DoubleVector.broadcast(DOUBLE, 0.5);
        DoubleVector one = DoubleVector.broadcast(DOUBLE, 1);
        DoubleVector epsilons = DoubleVector.broadcast(DOUBLE, epsilon);
        LongVector sign = LongVector.broadcast(LONG, Long.MIN_VALUE);
        for (int i = from; i < to; i += DOUBLE.length()) {
            int row = Math.min(i, to - DOUBLE.length());
            DoubleVector sum = DoubleVector.fromArray(DOUBLE, w.sum, row);
            DoubleVector quotient = sum.mul(inverse);
            DoubleVector delta = quotient.fma(minusCount, sum).fma(inverse, quotient);
            DoubleVector shiftSquares = sum.mul(delta);
            DoubleVector squares =
                    DoubleVector.fromArray(DOUBLE, w.productSum, row).sub(shiftSquares);
            quotient = squares.mul(inverse);
            DoubleVector variance =
                    quotient.fma(minusCount, squares).fma(inverse, quotient).add(epsilons);
            DoubleVector rstd = one.div(variance.sqrt());
            LongVector far =
                    squares.mul(half).sub(shiftSquares).reinterpretAsLongs().and(sign);
            rstd.reinterpretAsLongs().or(far).reinterpretAsDoubles().intoArray(w.rstd, row);
            delta.sub(FloatVector.fromArray(HALF_FLOAT, w.minusShift, row).convertShape(F2D, DOUBLE, 0))
                    .intoArray(w.mean, row);
        }
        return standardize(from, to, w);
    }

    /**
     * Which rows are left to the caller shows in the sign bits of differences, of bits since there may be a NaN: there
     * are no masks, since C2 has none of two lanes. Nor is anything compared, as the first such row would then send the
     * whole method back to the interpreter.
     */
    @Override
    public long standardize(int from, int to, Workspace w) {
        FloatVector noScale = FloatVector.broadcast(HALF_FLOAT, 1);
        LongVector leastRstd = LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_LEAST_RSTD));
        LongVector greatestRstd =
                LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_GREATEST_RSTD));
        LongVector leastMean = LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_LEAST_MEAN));
        LongVector greatestMean =
                LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_GREATEST_MEAN));
        LongVector zero = LongVector.zero(LONG);
        LongVector any = zero;
        for (int i = from; i < to; i += DOUBLE.length()) {
            int row = Math.min(i, to - DOUBLE.length());
            DoubleVector mean = DoubleVector.fromArray(DOUBLE, w.mean, row);
            DoubleVector rstd = DoubleVector.fromArray(DOUBLE, w.rstd, row);
            FloatVector center = (FloatVector) mean.convertShape(D2F, HALF_FLOAT, 0);
            FloatVector slope = (FloatVector) rstd.convertShape(D2F, HALF_FLOAT, 0);
            DoubleVector lost = ((DoubleVector) center.convertShape(F2D, DOUBLE, 0)).sub(mean);
            FloatVector intercept =
                    (FloatVector) lost.mul(slope.convertShape(F2D, DOUBLE, 0)).convertShape(D2F, HALF_FLOAT, 0);
            noScale.intoArray(w.scale, row);
            center.neg().intoArray(w.minusCenter, row);
            slope.intoArray(w.slope, row);
            intercept.intoArray(w.intercept, row);
            LongVector rstdBits = rstd.reinterpretAsLongs();
            LongVector meanBits = mean.abs().reinterpretAsLongs();
            LongVector signs = rstdBits.sub(leastRstd)
                    .or(greatestRstd.sub(rstdBits))
                    .or(meanBits.sub(leastMean))
                    .or(greatestMean.sub(meanBits));
            signs.intoArray(w.unusual, row);
            any = signs.or(any);
        }
        return zero.or(any).reduceLanes(OR);
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        if (w.scaled) {
            ScalarKernels.INSTANCE.normalize(x, offset, n, from, to, w, gamma, beta, y);
            return;
        }
        int strips = strips(n, to - from);
        for (int column = 0; column < strips; column += STRIP) {
            normalizeStrip(x, offset + column, n, from, to, column, w, gamma, beta, y);
        }
        int piece = n < 2 * PIECE ? n : PIECE;
        for (int column = strips; column < n; ) {
            int end = n - column < piece + WIDTH ? n : column + piece;
            normalizeRows(x, offset, n, column, end, from, to, w, gamma, beta, y);
            column = end;
        }
    }

    /**
     * Columns of y or dx that are done in strips. They leave what has room for a vector, which must not begin in a
     * strip: that would be computed from results where these go over the input. One column alone is left to scalars.
     */
    private static int strips(int n, int rows) {
        if (rows < FEW_ROWS || n > SHORT_ROW) {
            return 0;
        }
        int rest = n % STRIP;
        return rest < 2 || rest >= WIDTH ? n - rest : Math.max(0, n - rest - STRIP);
    }

    private static void normalizeStrip(
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            int column,
            Workspace w,
            float[] gamma,
            float[] beta,
            float[] y) {
        FloatVector gamma0 = FloatVector.fromArray(FLOAT, gamma, column);
        FloatVector gamma1 = FloatVector.fromArray(FLOAT, gamma, column + WIDTH);
        FloatVector gamma2 = FloatVector.fromArray(FLOAT, gamma, column + 2 * WIDTH);
        FloatVector gamma3 = FloatVector.fromArray(FLOAT, gamma, column + 3 * WIDTH);
        FloatVector beta0 = FloatVector.fromArray(FLOAT, beta, column);
        FloatVector beta1 = FloatVector.fromArray(FLOAT, beta, column + WIDTH);
        FloatVector beta2 = FloatVector.fromArray(FLOAT, beta, column + 2 * WIDTH);
        FloatVector beta3 = FloatVector.fromArray(FLOAT, beta, column + 3 * WIDTH);
        int i = offset + from * n;
        for (int row = from; row < to; row++) {
            FloatVector center = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
            FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
            FloatVector x0 = FloatVector.fromArray(FLOAT, x, i);
            FloatVector x1 = FloatVector.fromArray(FLOAT, x, i + WIDTH);
            FloatVector x2 = FloatVector.fromArray(FLOAT, x, i + 2 * WIDTH);
            FloatVector x3 = FloatVector.fromArray(FLOAT, x, i + 3 * WIDTH);
            x0.add(center).fma(slope, intercept).fma(gamma0, beta0).intoArray(y, i);
            x1.add(center).fma(slope, intercept).fma(gamma1, beta1).intoArray(y, i + WIDTH);
            x2.add(center).fma(slope, intercept).fma(gamma2, beta2).intoArray(y, i + 2 * WIDTH);
            x3.add(center).fma(slope, intercept).fma(gamma3, beta3).intoArray(y, i + 3 * WIDTH);
            i += n;
        }
    }

    @Override
    public void normalizeAndMoments(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        if (w.scaled || (n < MOMENT_BLOCK && !hasFewLines(n))) {
            Kernels.super.normalizeAndMoments(x, offset, n, rows, w, gamma, beta, y);
            return;
        }
        int blocks = w.prepareLanes(n, rows);
        if (n < MOMENT_BLOCK) {
            normalizeAndMomentsOfLines(x, offset, n, rows, w, gamma, beta, y);
            finishRows(0, rows, blocks, w);
            return;
        }
        int whole = n / MOMENT_BLOCK;
        int end = whole * MOMENT_BLOCK;
        for (int row = 0; row < rows; row++) {
            // Not for all rows before, whose first elements nobody has asked memory for yet: 1.1 times the time.
            Statistics.prepareRow(x, offset + (rows + row) * n, n, row, w);
            normalizeAndMoments(x, offset + row * n, rows * n, row, row * blocks * 2 * LANES, end, w, y);
        }
        if (whole < blocks) {
            normalizeRows(x, offset, n, end, n, 0, rows, w, gamma, beta, y);
            lastBlocks(x, offset + rows * n + end, n, n - end, 0, rows, whole, blocks, w);
        }
        finishRows(0, rows, blocks, w);
    }

    /**
     * y of rows of 64 or 128 and the moments of the next as many: row by row, as a loop in C goes, so that beyond L2
     * memory is waited for while something is computed (0.8 of the time at 8192x64 and 4096x128; in L2 0.93 to 1.0).
     * The samples of a row are taken here for the same reason. Columns of y in a loop of their own: 1.4 times as long.
     */
    private static void normalizeAndMomentsOfLines(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        float[] lanes = w.blockLanes;
        int ahead = rows * n;
        int inX = offset;
        int out = 0;
        for (int row = 0; row < rows; row++) {
            Statistics.prepareRow(x, inX + ahead, n, row, w);
            FloatVector shift = FloatVector.broadcast(FLOAT, w.minusShift[row]);
            FloatVector center = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
            FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
            for (int part = 0; part < LANES; part += WIDTH) {
                int i = inX + part;
                int j = i + ahead;
                int o = out + part;
                FloatVector a = FloatVector.fromArray(FLOAT, x, j).add(shift);
                FloatVector b = FloatVector.fromArray(FLOAT, x, j + LANES).add(shift);
                FloatVector c = FloatVector.fromArray(FLOAT, x, j + 2 * LANES).add(shift);
                FloatVector d = FloatVector.fromArray(FLOAT, x, j + 3 * LANES).add(shift);
                FloatVector.fromArray(FLOAT, x, i)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(FloatVector.fromArray(FLOAT, gamma, part), FloatVector.fromArray(FLOAT, beta, part))
                        .intoArray(y, i);
                FloatVector.fromArray(FLOAT, x, i + LANES)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, gamma, part + LANES),
                                FloatVector.fromArray(FLOAT, beta, part + LANES))
                        .intoArray(y, i + LANES);
                FloatVector.fromArray(FLOAT, x, i + 2 * LANES)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, gamma, part + 2 * LANES),
                                FloatVector.fromArray(FLOAT, beta, part + 2 * LANES))
                        .intoArray(y, i + 2 * LANES);
                FloatVector.fromArray(FLOAT, x, i + 3 * LANES)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, gamma, part + 3 * LANES),
                                FloatVector.fromArray(FLOAT, beta, part + 3 * LANES))
                        .intoArray(y, i + 3 * LANES);
                if (n == MOMENT_LANES) {
                    a.add(b).add(c.add(d)).intoArray(lanes, o);
                    a.mul(a).add(b.mul(b)).add(c.mul(c).add(d.mul(d))).intoArray(lanes, o + LANES);
                } else {
                    j += MOMENT_LANES;
                    FloatVector e = FloatVector.fromArray(FLOAT, x, j).add(shift);
                    FloatVector f = FloatVector.fromArray(FLOAT, x, j + LANES).add(shift);
                    FloatVector g =
                            FloatVector.fromArray(FLOAT, x, j + 2 * LANES).add(shift);
                    FloatVector h =
                            FloatVector.fromArray(FLOAT, x, j + 3 * LANES).add(shift);
                    FloatVector.fromArray(FLOAT, x, i + 4 * LANES)
                            .add(center)
                            .fma(slope, intercept)
                            .fma(
                                    FloatVector.fromArray(FLOAT, gamma, part + 4 * LANES),
                                    FloatVector.fromArray(FLOAT, beta, part + 4 * LANES))
                            .intoArray(y, i + 4 * LANES);
                    FloatVector.fromArray(FLOAT, x, i + 5 * LANES)
                            .add(center)
                            .fma(slope, intercept)
                            .fma(
                                    FloatVector.fromArray(FLOAT, gamma, part + 5 * LANES),
                                    FloatVector.fromArray(FLOAT, beta, part + 5 * LANES))
                            .intoArray(y, i + 5 * LANES);
                    FloatVector.fromArray(FLOAT, x, i + 6 * LANES)
                            .add(center)
                            .fma(slope, intercept)
                            .fma(
                                    FloatVector.fromArray(FLOAT, gamma, part + 6 * LANES),
                                    FloatVector.fromArray(FLOAT, beta, part + 6 * LANES))
                            .intoArray(y, i + 6 * LANES);
                    FloatVector.fromArray(FLOAT, x, i + 7 * LANES)
                            .add(center)
                            .fma(slope, intercept)
                            .fma(
                                    FloatVector.fromArray(FLOAT, gamma, part + 7 * LANES),
                                    FloatVector.fromArray(FLOAT, beta, part + 7 * LANES))
                            .intoArray(y, i + 7 * LANES);
                    a.add(e).add(b.add(f)).add(c.add(g).add(d.add(h))).intoArray(lanes, o);
                    e.fma(e, a.mul(a))
                            .add(f.fma(f, b.mul(b)))
                            .add(g.fma(g, c.mul(c)).add(h.fma(h, d.mul(d))))
                            .intoArray(lanes, o + LANES);
                }
            }
            inX += n;
            out += 2 * LANES;
        }
    }

    /**
     * y of the whole blocks of one row and the moments of those of another, {@code ahead} elements further, by turns of
     * 64 elements: so memory is read all the time and not half of it, while y is written (0.8 of the time of one after
     * the other). gamma and beta stand in one array because C2 has no registers left for one more; and the step is a
     * variable, so that C2 makes no counted loop of it, see {@link #wholeBlocks}.
     */
    private static void normalizeAndMoments(
            float[] x, int offset, int ahead, int row, int lanesAt, int end, Workspace w, float[] y) {
        float[] lanes = w.blockLanes;
        float[] parameters = w.parameters;
        int step = w.blockStep;
        FloatVector shift = FloatVector.broadcast(FLOAT, w.minusShift[row]);
        FloatVector center = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
        FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
        FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
        int block = offset;
        for (int column = 0; column < 2 * end; column += 2 * step) {
            for (int part = 0; part < LANES; part += WIDTH) {
                int i = block + part;
                int j = block + ahead + part;
                int p = column + part;
                FloatVector a0 = FloatVector.fromArray(FLOAT, x, j).add(shift);
                FloatVector a1 = FloatVector.fromArray(FLOAT, x, j + 16).add(shift);
                FloatVector a2 = FloatVector.fromArray(FLOAT, x, j + 32).add(shift);
                FloatVector a3 = FloatVector.fromArray(FLOAT, x, j + 48).add(shift);
                FloatVector.fromArray(FLOAT, x, i)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK))
                        .intoArray(y, i);
                FloatVector.fromArray(FLOAT, x, i + 16)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 16),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 16))
                        .intoArray(y, i + 16);
                FloatVector.fromArray(FLOAT, x, i + 32)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 32),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 32))
                        .intoArray(y, i + 32);
                FloatVector.fromArray(FLOAT, x, i + 48)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 48),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 48))
                        .intoArray(y, i + 48);
                FloatVector b0 = FloatVector.fromArray(FLOAT, x, j + 64).add(shift);
                FloatVector b1 = FloatVector.fromArray(FLOAT, x, j + 80).add(shift);
                FloatVector b2 = FloatVector.fromArray(FLOAT, x, j + 96).add(shift);
                FloatVector b3 = FloatVector.fromArray(FLOAT, x, j + 112).add(shift);
                FloatVector.fromArray(FLOAT, x, i + 64)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 64),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 64))
                        .intoArray(y, i + 64);
                FloatVector.fromArray(FLOAT, x, i + 80)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 80),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 80))
                        .intoArray(y, i + 80);
                FloatVector.fromArray(FLOAT, x, i + 96)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 96),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 96))
                        .intoArray(y, i + 96);
                FloatVector.fromArray(FLOAT, x, i + 112)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 112),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 112))
                        .intoArray(y, i + 112);
                FloatVector c0 = FloatVector.fromArray(FLOAT, x, j + 128).add(shift);
                FloatVector c1 = FloatVector.fromArray(FLOAT, x, j + 144).add(shift);
                FloatVector c2 = FloatVector.fromArray(FLOAT, x, j + 160).add(shift);
                FloatVector c3 = FloatVector.fromArray(FLOAT, x, j + 176).add(shift);
                FloatVector.fromArray(FLOAT, x, i + 128)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 128),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 128))
                        .intoArray(y, i + 128);
                FloatVector.fromArray(FLOAT, x, i + 144)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 144),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 144))
                        .intoArray(y, i + 144);
                FloatVector.fromArray(FLOAT, x, i + 160)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 160),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 160))
                        .intoArray(y, i + 160);
                FloatVector.fromArray(FLOAT, x, i + 176)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 176),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 176))
                        .intoArray(y, i + 176);
                FloatVector d0 = FloatVector.fromArray(FLOAT, x, j + 192).add(shift);
                FloatVector d1 = FloatVector.fromArray(FLOAT, x, j + 208).add(shift);
                FloatVector d2 = FloatVector.fromArray(FLOAT, x, j + 224).add(shift);
                FloatVector d3 = FloatVector.fromArray(FLOAT, x, j + 240).add(shift);
                FloatVector.fromArray(FLOAT, x, i + 192)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 192),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 192))
                        .intoArray(y, i + 192);
                FloatVector.fromArray(FLOAT, x, i + 208)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 208),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 208))
                        .intoArray(y, i + 208);
                FloatVector.fromArray(FLOAT, x, i + 224)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 224),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 224))
                        .intoArray(y, i + 224);
                FloatVector.fromArray(FLOAT, x, i + 240)
                        .add(center)
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 240),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 240))
                        .intoArray(y, i + 240);
                FloatVector s0 = a0.add(b0).add(c0).add(d0);
                FloatVector q0 = d0.fma(d0, c0.fma(c0, b0.fma(b0, a0.mul(a0))));
                FloatVector s1 = a1.add(b1).add(c1).add(d1);
                FloatVector q1 = d1.fma(d1, c1.fma(c1, b1.fma(b1, a1.mul(a1))));
                FloatVector s2 = a2.add(b2).add(c2).add(d2);
                FloatVector q2 = d2.fma(d2, c2.fma(c2, b2.fma(b2, a2.mul(a2))));
                FloatVector s3 = a3.add(b3).add(c3).add(d3);
                FloatVector q3 = d3.fma(d3, c3.fma(c3, b3.fma(b3, a3.mul(a3))));
                s0.add(s1).add(s2.add(s3)).intoArray(lanes, lanesAt + (column >> 4) + part);
                q0.add(q1).add(q2.add(q3)).intoArray(lanes, lanesAt + (column >> 4) + LANES + part);
            }
            block += MOMENT_BLOCK;
        }
    }

    /**
     * Loads the next vector before it stores one: where y begins a little above x in a page of 4 KB, which the JVM
     * makes of arrays of round lengths made one after the other, the CPU takes a load that follows the store for one of
     * what is being stored (forward 0.89 to 0.98 of the time at 16x4096, 64x1024 and 32x768; backward, for dx, 0.92 to
     * 0.96). The last vector ends with the row, over what has been loaded but not stored before. All rows in one
     * method: what it does before its first column took a tenth of the time of 768, a third of 100.
     */
    private static void normalizeRows(
            float[] x,
            int offset,
            int n,
            int start,
            int end,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] beta,
            float[] y) {
        float[] minusCenter = w.minusCenter;
        float[] slopes = w.slope;
        float[] intercepts = w.intercept;
        for (int row = from; row < to; row++) {
            int inX = offset + row * n;
            FloatVector center = FloatVector.broadcast(FLOAT, minusCenter[row]);
            FloatVector slope = FloatVector.broadcast(FLOAT, slopes[row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, intercepts[row]);
            int i = start;
            if (i < end - (WIDTH - 1)) {
                FloatVector next = FloatVector.fromArray(FLOAT, x, inX + i);
                for (; i < end - (2 * WIDTH - 1); i += WIDTH) {
                    FloatVector d = center.add(next);
                    next = FloatVector.fromArray(FLOAT, x, inX + i + WIDTH);
                    d.fma(slope, intercept)
                            .fma(FloatVector.fromArray(FLOAT, gamma, i), FloatVector.fromArray(FLOAT, beta, i))
                            .intoArray(y, inX + i);
                }
                FloatVector d = center.add(next);
                next = FloatVector.fromArray(FLOAT, x, inX + end - WIDTH);
                d.fma(slope, intercept)
                        .fma(FloatVector.fromArray(FLOAT, gamma, i), FloatVector.fromArray(FLOAT, beta, i))
                        .intoArray(y, inX + i);
                if (i < end - WIDTH) {
                    i = end - WIDTH;
                    center.add(next)
                            .fma(slope, intercept)
                            .fma(FloatVector.fromArray(FLOAT, gamma, i), FloatVector.fromArray(FLOAT, beta, i))
                            .intoArray(y, inX + i);
                }
                i = end;
            }
            for (; i < end; i++) {
                float xhat = Math.fma(x[inX + i] + minusCenter[row], slopes[row], intercepts[row]);
                y[inX + i] = Math.fma(xhat, gamma[i], beta[i]);
            }
        }
    }

    @Override
    public void gradientSums(float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma) {
        if (w.scaled || n < LANES) {
            ScalarKernels.INSTANCE.gradientSums(dy, x, offset, n, from, to, w, gamma);
            return;
        }
        int blocks = w.prepareLanes(n, to);
        int lanesOfRow = blocks * 2 * LANES;
        int lines = n - n % LANES;
        if (to - from >= FEW_ROWS && n <= SHORT_ROW && lines % SUM_STRIP == 0) {
            for (int column = 0; column < lines; column += SUM_STRIP) {
                for (int part = 0; part < LANES; part += WIDTH) {
                    int out = column / GRADIENT_BLOCK * 2 * LANES + part;
                    sumStrip(dy, x, offset + column + part, n, from, to, column + part, out, lanesOfRow, w, gamma);
                }
            }
        } else {
            int pairs = to - (to - from) % 2;
            if (from < pairs) {
                sumPairs(dy, x, offset, n, from, pairs, lanesOfRow, w, gamma);
            }
            if (pairs < to) {
                sumRow(dy, x, offset + pairs * n, n, pairs, pairs * lanesOfRow, w, gamma);
            }
        }
        if (lines < n) {
            sumTails(dy, x, offset, n, from, to, lanesOfRow, w, gamma);
        }
        finishRows(from, to, blocks, w);
    }

    /**
     * The whole lines of pairs of rows, which halves the loads and stores of dgamma and dbeta, and goes along the rows
     * (strips of long rows wait for memory: backward at 2048x768 takes 0.84 to 0.9 of the time with pairs). All rows
     * and blocks in one method, since its some 150 instructions before the first column are a tenth of a row if run for
     * each.
     */
    private static void sumPairs(
            float[] dy, float[] x, int offset, int n, int from, int to, int lanesOfRow, Workspace w, float[] gamma) {
        float[] lanes = w.blockLanes;
        float[] dgamma = w.dgamma;
        float[] dbeta = w.dbeta;
        FloatVector zero = FloatVector.zero(FLOAT);
        int lines = n - n % LANES;
        for (int row = from; row < to; row += 2) {
            int inX = offset + row * n;
            int out = row * lanesOfRow;
            FloatVector center0 = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
            FloatVector slope0 = FloatVector.broadcast(FLOAT, w.slope[row]);
            FloatVector intercept0 = FloatVector.broadcast(FLOAT, w.intercept[row]);
            FloatVector center1 = FloatVector.broadcast(FLOAT, w.minusCenter[row + 1]);
            FloatVector slope1 = FloatVector.broadcast(FLOAT, w.slope[row + 1]);
            FloatVector intercept1 = FloatVector.broadcast(FLOAT, w.intercept[row + 1]);
            for (int start = 0; start < n; start += GRADIENT_BLOCK) {
                int end = Math.min(start + GRADIENT_BLOCK, lines);
                for (int part = 0; part < LANES; part += WIDTH) {
                    int at = out + start / GRADIENT_BLOCK * 2 * LANES + part;
                    FloatVector s0 = zero;
                    FloatVector q0 = zero;
                    FloatVector s1 = zero;
                    FloatVector q1 = zero;
                    for (int c = start + part; c < end; c += LANES) {
                        FloatVector xhat0 = FloatVector.fromArray(FLOAT, x, inX + c)
                                .add(center0)
                                .fma(slope0, intercept0);
                        FloatVector xhat1 = FloatVector.fromArray(FLOAT, x, inX + n + c)
                                .add(center1)
                                .fma(slope1, intercept1);
                        FloatVector d0 = FloatVector.fromArray(FLOAT, dy, inX + c);
                        FloatVector d1 = FloatVector.fromArray(FLOAT, dy, inX + n + c);
                        FloatVector gammas = FloatVector.fromArray(FLOAT, gamma, c);
                        FloatVector w0 = d0.mul(gammas);
                        FloatVector w1 = d1.mul(gammas);
                        s0 = w0.add(s0);
                        q0 = w0.fma(xhat0, q0);
                        s1 = w1.add(s1);
                        q1 = w1.fma(xhat1, q1);
                        FloatVector b =
                                FloatVector.fromArray(FLOAT, dbeta, c).add(d0).add(d1);
                        d1.fma(xhat1, d0.fma(xhat0, FloatVector.fromArray(FLOAT, dgamma, c)))
                                .intoArray(dgamma, c);
                        b.intoArray(dbeta, c);
                    }
                    zero.add(s0).intoArray(lanes, at);
                    zero.add(q0).intoArray(lanes, at + LANES);
                    zero.add(s1).intoArray(lanes, at + lanesOfRow);
                    zero.add(q1).intoArray(lanes, at + lanesOfRow + LANES);
                }
            }
        }
    }

    private static void sumStrip(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            int column,
            int out,
            int outStride,
            Workspace w,
            float[] gamma) {
        float[] lanes = w.blockLanes;
        float[] before = column < LANES ? ZEROS : lanes;
        float[] dgamma = w.dgamma;
        float[] dbeta = w.dbeta;
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector gamma0 = FloatVector.fromArray(FLOAT, gamma, column);
        FloatVector gamma1 = FloatVector.fromArray(FLOAT, gamma, column + LANES);
        FloatVector gamma2 = FloatVector.fromArray(FLOAT, gamma, column + 2 * LANES);
        FloatVector gamma3 = FloatVector.fromArray(FLOAT, gamma, column + 3 * LANES);
        FloatVector dgamma0 = FloatVector.fromArray(FLOAT, dgamma, column);
        FloatVector dgamma1 = FloatVector.fromArray(FLOAT, dgamma, column + LANES);
        FloatVector dgamma2 = FloatVector.fromArray(FLOAT, dgamma, column + 2 * LANES);
        FloatVector dgamma3 = FloatVector.fromArray(FLOAT, dgamma, column + 3 * LANES);
        FloatVector dbeta0 = FloatVector.fromArray(FLOAT, dbeta, column);
        FloatVector dbeta1 = FloatVector.fromArray(FLOAT, dbeta, column + LANES);
        FloatVector dbeta2 = FloatVector.fromArray(FLOAT, dbeta, column + 2 * LANES);
        FloatVector dbeta3 = FloatVector.fromArray(FLOAT, dbeta, column + 3 * LANES);
        int i = offset + from * n;
        int o = out + from * outStride;
        for (int row = from; row < to; row++) {
            FloatVector center = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
            FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
            FloatVector xhat0 = FloatVector.fromArray(FLOAT, x, i).add(center).fma(slope, intercept);
            FloatVector xhat1 =
                    FloatVector.fromArray(FLOAT, x, i + LANES).add(center).fma(slope, intercept);
            FloatVector xhat2 =
                    FloatVector.fromArray(FLOAT, x, i + 2 * LANES).add(center).fma(slope, intercept);
            FloatVector xhat3 =
                    FloatVector.fromArray(FLOAT, x, i + 3 * LANES).add(center).fma(slope, intercept);
            FloatVector d0 = FloatVector.fromArray(FLOAT, dy, i);
            FloatVector d1 = FloatVector.fromArray(FLOAT, dy, i + LANES);
            FloatVector d2 = FloatVector.fromArray(FLOAT, dy, i + 2 * LANES);
            FloatVector d3 = FloatVector.fromArray(FLOAT, dy, i + 3 * LANES);
            FloatVector w0 = d0.mul(gamma0);
            FloatVector w1 = d1.mul(gamma1);
            FloatVector w2 = d2.mul(gamma2);
            FloatVector w3 = d3.mul(gamma3);
            w0.add(FloatVector.fromArray(FLOAT, before, o))
                    .add(w1)
                    .add(w2)
                    .add(w3)
                    .intoArray(lanes, o);
            w3.fma(xhat3, w2.fma(xhat2, w1.fma(xhat1, w0.fma(xhat0, FloatVector.fromArray(FLOAT, before, o + LANES)))))
                    .intoArray(lanes, o + LANES);
            dgamma0 = d0.fma(xhat0, dgamma0);
            dgamma1 = d1.fma(xhat1, dgamma1);
            dgamma2 = d2.fma(xhat2, dgamma2);
            dgamma3 = d3.fma(xhat3, dgamma3);
            dbeta0 = d0.add(dbeta0);
            dbeta1 = d1.add(dbeta1);
            dbeta2 = d2.add(dbeta2);
            dbeta3 = d3.add(dbeta3);
            i += n;
            o += outStride;
        }
        zero.add(dgamma0).intoArray(dgamma, column);
        zero.add(dgamma1).intoArray(dgamma, column + LANES);
        zero.add(dgamma2).intoArray(dgamma, column + 2 * LANES);
        zero.add(dgamma3).intoArray(dgamma, column + 3 * LANES);
        zero.add(dbeta0).intoArray(dbeta, column);
        zero.add(dbeta1).intoArray(dbeta, column + LANES);
        zero.add(dbeta2).intoArray(dbeta, column + 2 * LANES);
        zero.add(dbeta3).intoArray(dbeta, column + 3 * LANES);
    }

    /** The whole lines of one row. */
    private static void sumRow(float[] dy, float[] x, int offset, int n, int row, int out, Workspace w, float[] gamma) {
        FloatVector center = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
        FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
        FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
        FloatVector zero = FloatVector.zero(FLOAT);
        float[] lanes = w.blockLanes;
        float[] dgamma = w.dgamma;
        float[] dbeta = w.dbeta;
        int lines = n - n % LANES;
        for (int start = 0; start < n; start += GRADIENT_BLOCK) {
            int end = Math.min(start + GRADIENT_BLOCK, lines);
            for (int part = 0; part < LANES; part += WIDTH) {
                int at = out + start / GRADIENT_BLOCK * 2 * LANES + part;
                FloatVector s = zero;
                FloatVector q = zero;
                for (int i = start + part; i < end; i += LANES) {
                    FloatVector xhat = FloatVector.fromArray(FLOAT, x, offset + i)
                            .add(center)
                            .fma(slope, intercept);
                    FloatVector d = FloatVector.fromArray(FLOAT, dy, offset + i);
                    FloatVector weighted =
                            FloatVector.fromArray(FLOAT, gamma, i).mul(d);
                    s = weighted.add(s);
                    q = weighted.fma(xhat, q);
                    d.fma(xhat, FloatVector.fromArray(FLOAT, dgamma, i)).intoArray(dgamma, i);
                    FloatVector.fromArray(FLOAT, dbeta, i).add(d).intoArray(dbeta, i);
                }
                zero.add(s).intoArray(lanes, at);
                zero.add(q).intoArray(lanes, at + LANES);
            }
        }
    }

    /**
     * What is left of each row beyond its whole lines. It is loaded with what stands before it, which is taken out by
     * its bits before anything is computed that could be NaN: +0 is added to dgamma and dbeta there. It belongs to the
     * first lanes, and comes to them by where its terms are stored; the zeros before it are what follows the terms
     * stored last.
     */
    private static void sumTails(
            float[] dy, float[] x, int offset, int n, int from, int to, int lanesOfRow, Workspace w, float[] gamma) {
        float[] lanes = w.blockLanes;
        float[] terms = w.terms;
        float[] dgamma = w.dgamma;
        float[] dbeta = w.dbeta;
        FloatVector zero = FloatVector.zero(FLOAT);
        int tail = n % LANES;
        for (int part = 0; part < LANES; part += WIDTH) {
            int column = n - LANES + part;
            IntVector mask = IntVector.fromArray(INT, MASK, MOMENT_LANES - LANES + tail + part)
                    .not();
            FloatVector gammas = FloatVector.fromArray(FLOAT, gamma, column)
                    .reinterpretAsInts()
                    .and(mask)
                    .reinterpretAsFloats();
            FloatVector dgammas = FloatVector.fromArray(FLOAT, dgamma, column);
            FloatVector dbetas = FloatVector.fromArray(FLOAT, dbeta, column);
            int t = tail + part;
            for (int row = from; row < to; row++) {
                int i = offset + row * n + column;
                FloatVector xhat = FloatVector.fromArray(FLOAT, x, i)
                        .add(FloatVector.broadcast(FLOAT, w.minusCenter[row]))
                        .fma(FloatVector.broadcast(FLOAT, w.slope[row]), FloatVector.broadcast(FLOAT, w.intercept[row]))
                        .reinterpretAsInts()
                        .and(mask)
                        .reinterpretAsFloats();
                FloatVector d = FloatVector.fromArray(FLOAT, dy, i)
                        .reinterpretAsInts()
                        .and(mask)
                        .reinterpretAsFloats();
                d.mul(gammas).intoArray(terms, t);
                xhat.intoArray(terms, t + LANES);
                dgammas = d.fma(xhat, dgammas);
                dbetas = d.add(dbetas);
                t += 2 * LANES;
            }
            zero.add(dgammas).intoArray(dgamma, column);
            zero.add(dbetas).intoArray(dbeta, column);
            zero.intoArray(terms, t);
        }
        for (int part = 0; part < LANES; part += WIDTH) {
            int t = LANES + part;
            int o = from * lanesOfRow + (n / GRADIENT_BLOCK) * 2 * LANES + part;
            for (int row = from; row < to; row++) {
                FloatVector weighted = FloatVector.fromArray(FLOAT, terms, t);
                weighted.add(FloatVector.fromArray(FLOAT, lanes, o)).intoArray(lanes, o);
                weighted.fma(
                                FloatVector.fromArray(FLOAT, terms, t + LANES),
                                FloatVector.fromArray(FLOAT, lanes, o + LANES))
                        .intoArray(lanes, o + LANES);
                t += 2 * LANES;
                o += lanesOfRow;
            }
        }
    }

    /** 8 KB each of x and dy, that dx finds in L1: with 64 KB 1.04 of the time from memory, and no less in L2. */
    @Override
    public int gradientTile() {
        return 1 << 11;
    }

    /** With divisions, which take no longer here than a product and a correction. */
    @Override
    public void gradientCoefficients(int n, int from, int to, Workspace w) {
        float[] dxRstd = w.dxRstd();
        DoubleVector minusCount = DoubleVector.broadcast(DOUBLE, -n);
        for (int i = from; i < to; i += DOUBLE.length()) {
            int row = Math.min(i, to - DOUBLE.length());
            DoubleVector rstd = (DoubleVector)
                    FloatVector.fromArray(HALF_FLOAT, dxRstd, row).convertShape(F2D, DOUBLE, 0);
            DoubleVector sum = DoubleVector.fromArray(DOUBLE, w.sum, row);
            DoubleVector productSum = DoubleVector.fromArray(DOUBLE, w.productSum, row);
            FloatVector slope =
                    (FloatVector) productSum.div(minusCount).mul(rstd).convertShape(D2F, HALF_FLOAT, 0);
            FloatVector intercept = (FloatVector) sum.div(minusCount).mul(rstd).convertShape(D2F, HALF_FLOAT, 0);
            slope.intoArray(w.dxSlope, row);
            intercept.intoArray(w.dxIntercept, row);
        }
    }

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        if (w.scaled) {
            ScalarKernels.INSTANCE.inputGradient(dy, x, offset, n, from, to, w, gamma, dx);
            return;
        }
        int strips = n > SHORT_DX_ROW ? 0 : strips(n, to - from);
        for (int column = 0; column < strips; column += STRIP) {
            inputGradientStrip(dy, x, offset + column, n, from, to, column, w, gamma, dx);
        }
        if (strips < n) {
            inputGradientRows(dy, x, offset, strips, n, from, to, w, gamma, dx);
        }
    }

    private static void inputGradientStrip(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            int column,
            Workspace w,
            float[] gamma,
            float[] dx) {
        FloatVector gamma0 = FloatVector.fromArray(FLOAT, gamma, column);
        FloatVector gamma1 = FloatVector.fromArray(FLOAT, gamma, column + WIDTH);
        FloatVector gamma2 = FloatVector.fromArray(FLOAT, gamma, column + 2 * WIDTH);
        FloatVector gamma3 = FloatVector.fromArray(FLOAT, gamma, column + 3 * WIDTH);
        int i = offset + from * n;
        for (int row = from; row < to; row++) {
            FloatVector center = FloatVector.broadcast(FLOAT, w.minusCenter[row]);
            FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
            FloatVector dxSlope = FloatVector.broadcast(FLOAT, w.dxSlope[row]);
            FloatVector dxIntercept = FloatVector.broadcast(FLOAT, w.dxIntercept[row]);
            FloatVector xhat0 = FloatVector.fromArray(FLOAT, x, i).add(center).fma(slope, intercept);
            FloatVector xhat1 =
                    FloatVector.fromArray(FLOAT, x, i + WIDTH).add(center).fma(slope, intercept);
            FloatVector xhat2 =
                    FloatVector.fromArray(FLOAT, x, i + 2 * WIDTH).add(center).fma(slope, intercept);
            FloatVector xhat3 =
                    FloatVector.fromArray(FLOAT, x, i + 3 * WIDTH).add(center).fma(slope, intercept);
            FloatVector w0 = FloatVector.fromArray(FLOAT, dy, i).mul(gamma0);
            FloatVector w1 = FloatVector.fromArray(FLOAT, dy, i + WIDTH).mul(gamma1);
            FloatVector w2 = FloatVector.fromArray(FLOAT, dy, i + 2 * WIDTH).mul(gamma2);
            FloatVector w3 = FloatVector.fromArray(FLOAT, dy, i + 3 * WIDTH).mul(gamma3);
            w0.fma(slope, xhat0.fma(dxSlope, dxIntercept)).intoArray(dx, i);
            w1.fma(slope, xhat1.fma(dxSlope, dxIntercept)).intoArray(dx, i + WIDTH);
            w2.fma(slope, xhat2.fma(dxSlope, dxIntercept)).intoArray(dx, i + 2 * WIDTH);
            w3.fma(slope, xhat3.fma(dxSlope, dxIntercept)).intoArray(dx, i + 3 * WIDTH);
            i += n;
        }
    }

    /** Loads ahead, and takes all rows in one method, as {@link #normalizeRows}. */
    private static void inputGradientRows(
            float[] dy,
            float[] x,
            int offset,
            int start,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dx) {
        float[] minusCenter = w.minusCenter;
        float[] slopes = w.slope;
        float[] intercepts = w.intercept;
        float[] dxSlopes = w.dxSlope;
        float[] dxIntercepts = w.dxIntercept;
        for (int row = from; row < to; row++) {
            int inX = offset + row * n;
            FloatVector center = FloatVector.broadcast(FLOAT, minusCenter[row]);
            FloatVector slope = FloatVector.broadcast(FLOAT, slopes[row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, intercepts[row]);
            FloatVector dxSlope = FloatVector.broadcast(FLOAT, dxSlopes[row]);
            FloatVector dxIntercept = FloatVector.broadcast(FLOAT, dxIntercepts[row]);
            int i = start;
            if (i < n - (WIDTH - 1)) {
                FloatVector nextX = FloatVector.fromArray(FLOAT, x, inX + i);
                FloatVector nextDy = FloatVector.fromArray(FLOAT, dy, inX + i);
                for (; i < n - (2 * WIDTH - 1); i += WIDTH) {
                    FloatVector xhat = center.add(nextX).fma(slope, intercept);
                    FloatVector weighted =
                            FloatVector.fromArray(FLOAT, gamma, i).mul(nextDy);
                    nextX = FloatVector.fromArray(FLOAT, x, inX + i + WIDTH);
                    nextDy = FloatVector.fromArray(FLOAT, dy, inX + i + WIDTH);
                    weighted.fma(slope, xhat.fma(dxSlope, dxIntercept)).intoArray(dx, inX + i);
                }
                FloatVector xhat = center.add(nextX).fma(slope, intercept);
                FloatVector weighted = FloatVector.fromArray(FLOAT, gamma, i).mul(nextDy);
                nextX = FloatVector.fromArray(FLOAT, x, inX + n - WIDTH);
                nextDy = FloatVector.fromArray(FLOAT, dy, inX + n - WIDTH);
                weighted.fma(slope, xhat.fma(dxSlope, dxIntercept)).intoArray(dx, inX + i);
                if (i < n - WIDTH) {
                    i = n - WIDTH;
                    xhat = center.add(nextX).fma(slope, intercept);
                    FloatVector.fromArray(FLOAT, gamma, i)
                            .mul(nextDy)
                            .fma(slope, xhat.fma(dxSlope, dxIntercept))
                            .intoArray(dx, inX + i);
                }
                i = n;
            }
            for (; i < n; i++) {
                float xhat = Math.fma(x[inX + i] + minusCenter[row], slopes[row], intercepts[row]);
                dx[inX + i] =
                        Math.fma(gamma[i] * dy[inX + i], slopes[row], Math.fma(xhat, dxSlopes[row], dxIntercepts[row]));
            }
        }
    }

    @Override
    public String toString() {
        return FLOAT.vectorBitSize() + " bits";
    }
}

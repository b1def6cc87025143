package io.lanenorm.kernels;

import static io.lanenorm.kernels.Kernels.LANES;
import static io.lanenorm.kernels.Kernels.MOMENT_BLOCK;
import static io.lanenorm.kernels.Kernels.MOMENT_LANES;
import static io.lanenorm.kernels.Trial.EMPTY_TURNS;
import static io.lanenorm.kernels.VectorKernels.MASK;
import static io.lanenorm.kernels.VectorKernels.STRIP_VECTORS;
import static io.lanenorm.kernels.VectorKernels.ZEROS;
import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** Moments, and y. See {@link VectorKernels}. */
final class VectorForward implements VectorKernels.Forward {
    private static final VectorSpecies<Float> FLOAT = VectorKernelLoader.species(MethodHandles.lookup());

    private static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());
    private static final Class<? extends FloatVector> FLOAT_CLASS =
            FLOAT.vectorType().asSubclass(FloatVector.class);
    private static final Class<? extends IntVector> INT_CLASS = INT.vectorType().asSubclass(IntVector.class);
    private static final int WIDTH = FLOAT.length();
    private static final int STRIP = STRIP_VECTORS * WIDTH;

    /**
     * Columns that are done for all rows of a tile before the next where rows are at least twice as long, so that
     * gamma, beta, x and y of them are in L1 together (16x4096: 0.81 of the time; with 512 columns 0.9, with 1536
     * 0.83).
     */
    private static final int PIECE = 1024;

    /**
     * Whether y of two rows is made at a time, for which gamma and beta are loaded once: C2 has registers for both
     * rows' numbers, and of 16 it spends some on addresses that one row alone must then do without (0.86 to 1.0 of the
     * time in cache, 0.92 at 2048x4096; with 32 registers and 512 bits 1.05 to 1.26 in L2).
     */
    private static final boolean PAIRS = !VectorKernels.MANY_REGISTERS;

    /** The variant for rows from memory. */
    static final int FAR_ROWS = 1;

    /**
     * Whether whole blocks take the samples of their row themselves, and y of two rows loads as much of what follows
     * the tile, a line a turn (forward 0.85 to 0.97 of the time, see {@link ForwardPass}). The samples of all rows of a
     * tile, taken before, are in L1 no longer, and disturb what is read ahead (16 registers: forward takes 0.80 to 0.87
     * of the time at 4096x1024 and 5120x1024, where rows lie 4 KB apart, and 0.94 to 1.0 elsewhere; of two rows, then
     * their moments, 0.92). A variant, since in cache the moments take 1.05 to 1.13 times as long where this is in
     * their loop, even if it is not run.
     */
    private static final boolean FAR = VectorKernelLoader.variant(MethodHandles.lookup()) == FAR_ROWS;

    VectorForward() {}

    /**
     * A part of the lanes at a turn. Written out, since of an inner loop of four turns C2 makes three loops that take
     * 1.2 to 1.3 times as long. Neither {@code i} nor {@code part} is a linear function of the loop's variable, so that
     * C2 checks the index in the loop, once for all accesses of a turn; of a linear one it checks every access before
     * the loop, with 8 instructions each (with a loop over the parts, 39 checks a block: forward took 1.07 to 1.19
     * times as long in cache with 256 bits).
     */
    @Override
    public void wholeBlocks(float[] x, int offset, int n, int from, int to, int blocks, Workspace w) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        int whole = n / MOMENT_BLOCK;
        float[] lanes = w.blockLanes;
        float[] minusShift = w.minusShift;
        int row = from;
        int i = offset + row * n;
        int out = row * blocks * 2 * LANES;
        int inRow = 0;
        int part = 0;
        for (int turn = 0; turn < (to - from) * whole * (LANES / WIDTH); turn++) {
            if (FAR && part == 0 && inRow == 0) {
                Statistics.prepareRow(x, i, n, row, w);
            }
            FloatVector shift = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, minusShift[row]));
            int k = i + part;
            FloatVector a = shift.add(FloatVector.fromArray(FLOAT, x, k));
            FloatVector b = shift.add(FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES));
            FloatVector c = shift.add(FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES));
            FloatVector d = shift.add(FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES));
            FloatVector s0 = a.add(b).add(c).add(d);
            FloatVector q0 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
            k += LANES;
            a = shift.add(FloatVector.fromArray(FLOAT, x, k));
            b = shift.add(FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES));
            c = shift.add(FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES));
            d = shift.add(FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES));
            FloatVector s1 = a.add(b).add(c).add(d);
            FloatVector q1 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
            k += LANES;
            a = shift.add(FloatVector.fromArray(FLOAT, x, k));
            b = shift.add(FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES));
            c = shift.add(FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES));
            d = shift.add(FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES));
            // Loaded before C2 parses on without inlining, after which it would guess what loads from an array.
            k += LANES;
            FloatVector lastA = FloatVector.fromArray(FLOAT, x, k);
            FloatVector lastB = FloatVector.fromArray(FLOAT, x, k + MOMENT_LANES);
            FloatVector lastC = FloatVector.fromArray(FLOAT, x, k + 2 * MOMENT_LANES);
            FloatVector lastD = FloatVector.fromArray(FLOAT, x, k + 3 * MOMENT_LANES);
            FloatVector s2 = a.add(b).add(c).add(d);
            FloatVector q2 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
            a = FLOAT_CLASS.cast(shift.add(lastA));
            b = FLOAT_CLASS.cast(shift.add(lastB));
            c = FLOAT_CLASS.cast(shift.add(lastC));
            d = FLOAT_CLASS.cast(shift.add(lastD));
            FloatVector s3 = d.add(c.add(a.add(b)));
            FloatVector q3 = d.fma(d, c.fma(c, b.fma(b, a.mul(a))));
            FLOAT_CLASS.cast(FLOAT_CLASS.cast(s0.add(s1)).add(s2.add(s3))).intoArray(lanes, out + part);
            FLOAT_CLASS
                    .cast(FLOAT_CLASS.cast(q0.add(q1)).add(FLOAT_CLASS.cast(q2).add(q3)))
                    .intoArray(lanes, out + LANES + part);
            part += WIDTH;
            if (part < LANES) {
                continue;
            }
            part = 0;
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

    @Override
    public void lastBlocks(float[] x, int offset, int n, int from, int to, int blocks, Workspace w) {
        int m = n % MOMENT_BLOCK;
        int lines = m / MOMENT_LANES;
        int rest = m % MOMENT_LANES;
        int last = offset + n - m;
        int out = n / MOMENT_BLOCK * 2 * LANES;
        int stride = blocks * 2 * LANES;
        if (lines == 1) {
            oneLine(x, last, n, from, to, out, stride, w);
        } else if (lines > 1) {
            moreLines(x, last, n, lines, from, to, out, stride, w);
        }
        if (rest > 0) {
            int start = offset + n - rest;
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        float[] minusShift = w.minusShift;
        for (int part = 0; part < LANES; part += WIDTH) {
            for (int row = from; row < to; row++) {
                FloatVector shift = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, minusShift[row]));
                int i = offset + row * n + part;
                int o = out + row * stride + part;
                FloatVector a = shift.add(FloatVector.fromArray(FLOAT, x, i));
                FloatVector b = shift.add(FloatVector.fromArray(FLOAT, x, i + LANES));
                FloatVector c = shift.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES));
                FloatVector d = shift.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES));
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        float[] minusShift = w.minusShift;
        for (int part = 0; part < LANES; part += WIDTH) {
            for (int row = from; row < to; row++) {
                FloatVector shift = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, minusShift[row]));
                int i = offset + row * n + part;
                int o = out + row * stride + part;
                FloatVector a = shift.add(FloatVector.fromArray(FLOAT, x, i));
                FloatVector b = shift.add(FloatVector.fromArray(FLOAT, x, i + LANES));
                FloatVector c = shift.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES));
                FloatVector d = shift.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES));
                i += MOMENT_LANES;
                FloatVector e = shift.add(FloatVector.fromArray(FLOAT, x, i));
                FloatVector f = shift.add(FloatVector.fromArray(FLOAT, x, i + LANES));
                FloatVector g = shift.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES));
                FloatVector h = shift.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES));
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
                    FloatVector j = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, i)));
                    FloatVector k = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, i + LANES)));
                    FloatVector l = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES)));
                    FloatVector m = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES)));
                    s0 = FLOAT_CLASS.cast(s0.add(j));
                    s2 = FLOAT_CLASS.cast(s2.add(l));
                    q0 = FLOAT_CLASS.cast(j.fma(j, q0));
                    q2 = FLOAT_CLASS.cast(l.fma(l, q2));
                    FLOAT_CLASS
                            .cast(FLOAT_CLASS.cast(s0.add(s1.add(k))).add(s2.add(s3.add(m))))
                            .intoArray(lanes, o);
                    FLOAT_CLASS
                            .cast(FLOAT_CLASS.cast(q0.add(k.fma(k, q1))).add(q2.add(m.fma(m, q3))))
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] minusShift = w.minusShift;
        float[] lanes = w.blockLanes;
        float[] before = add ? lanes : ZEROS;
        int beforeOut = add ? out : 0;
        int beforeStride = add ? stride : 0;
        for (int part = 0; part < LANES; part += WIDTH) {
            int p = MOMENT_LANES - m + part;
            IntVector mask0 = INT_CLASS.cast(IntVector.fromArray(INT, MASK, p));
            IntVector mask1 = INT_CLASS.cast(IntVector.fromArray(INT, MASK, p + LANES));
            IntVector mask2 = INT_CLASS.cast(IntVector.fromArray(INT, MASK, p + 2 * LANES));
            IntVector mask3 = INT_CLASS.cast(IntVector.fromArray(INT, MASK, p + 3 * LANES));
            for (int row = from; row < to; row++) {
                int i = offset + row * n + part;
                int o = out + row * stride + part;
                int b = beforeOut + row * beforeStride + part;
                FloatVector shift = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, minusShift[row]));
                FloatVector d0 = FLOAT_CLASS.cast(
                        mask0.and(shift.add(FloatVector.fromArray(FLOAT, x, i)).reinterpretAsInts())
                                .reinterpretAsFloats());
                FloatVector d1 = FLOAT_CLASS.cast(mask1.and(shift.add(FloatVector.fromArray(FLOAT, x, i + LANES))
                                .reinterpretAsInts())
                        .reinterpretAsFloats());
                FloatVector d2 = FLOAT_CLASS.cast(mask2.and(shift.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES))
                                .reinterpretAsInts())
                        .reinterpretAsFloats());
                FloatVector d3 = FLOAT_CLASS.cast(mask3.and(shift.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES))
                                .reinterpretAsInts())
                        .reinterpretAsFloats());
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

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        int strips = VectorKernels.strips(n, to - from, WIDTH);
        for (int column = 0; column < strips; column += STRIP) {
            normalizeStrip(x, offset + column, n, from, to, column, w, gamma, beta, y);
        }
        int piece = n < 2 * PIECE ? n : PIECE;
        for (int column = strips; column < n; ) {
            int end = n - column < piece + WIDTH ? n : column + piece;
            int rest = PAIRS && end - column >= WIDTH ? to - (to - from) % 2 : from;
            normalizePairs(x, offset, n, column, end, from, rest, w, gamma, beta, y);
            normalizeRows(x, offset, n, column, end, rest, to, w, gamma, beta, y);
            column = end;
        }
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
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
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
            FloatVector slope = FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
            FloatVector x0 = FloatVector.fromArray(FLOAT, x, i);
            FloatVector x1 = FloatVector.fromArray(FLOAT, x, i + WIDTH);
            FloatVector x2 = FloatVector.fromArray(FLOAT, x, i + 2 * WIDTH);
            FloatVector x3 = FloatVector.fromArray(FLOAT, x, i + 3 * WIDTH);
            center.add(x0).fma(slope, intercept).fma(gamma0, beta0).intoArray(y, i);
            center.add(x1).fma(slope, intercept).fma(gamma1, beta1).intoArray(y, i + WIDTH);
            center.add(x2).fma(slope, intercept).fma(gamma2, beta2).intoArray(y, i + 2 * WIDTH);
            center.add(x3).fma(slope, intercept).fma(gamma3, beta3).intoArray(y, i + 3 * WIDTH);
            i += n;
        }
    }

    @Override
    public void normalizeAndMoments(
            float[] x, int offset, int n, int rows, int blocks, Workspace w, float[] gamma, float[] beta, float[] y) {
        int whole = n / MOMENT_BLOCK;
        int end = whole * MOMENT_BLOCK;
        for (int row = 0; row < rows; row++) {
            // Not for all rows before, whose first elements nobody has asked memory for yet: 1.1 times the time.
            Statistics.prepareRow(x, offset + (rows + row) * n, n, row, w);
            normalizeAndMoments(x, offset + row * n, rows * n, row, row * blocks * 2 * LANES, end, w, y);
        }
        if (whole < blocks) {
            normalizeRows(x, offset, n, end, n, 0, rows, w, gamma, beta, y);
            lastBlocks(x, offset + rows * n, n, 0, rows, blocks, w);
        }
    }

    /**
     * y of the whole blocks of one row and the moments of those of another, {@code ahead} elements further, by turns of
     * 64 elements: so memory is read all the time and not half of it, while y is written (0.8 of the time of one after
     * the other). gamma and beta stand in one array because C2 has no registers left for one more; and the step is a
     * variable, so that C2 makes no counted loop of it, see {@link #wholeBlocks}. Its results are not cast to the class
     * of vectors, which {@link VectorKernels} asks for: C1 finds no registers for that in so long a method, and without
     * its counters C2 does not come to it.
     */
    private static void normalizeAndMoments(
            float[] x, int offset, int ahead, int row, int lanesAt, int end, Workspace w, float[] y) {
        if (end == 0) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        float[] parameters = w.parameters;
        int step = w.blockStep;
        FloatVector shift = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.minusShift[row]));
        FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
        FloatVector slope = FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]);
        FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
        int block = offset;
        for (int column = 0; column < 2 * end; column += 2 * step) {
            for (int part = 0; part < LANES; part += WIDTH) {
                int i = block + part;
                int j = block + ahead + part;
                int p = column + part;
                FloatVector a0 = shift.add(FloatVector.fromArray(FLOAT, x, j));
                FloatVector a1 = shift.add(FloatVector.fromArray(FLOAT, x, j + 16));
                FloatVector a2 = shift.add(FloatVector.fromArray(FLOAT, x, j + 32));
                FloatVector a3 = shift.add(FloatVector.fromArray(FLOAT, x, j + 48));
                center.add(FloatVector.fromArray(FLOAT, x, i))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK))
                        .intoArray(y, i);
                center.add(FloatVector.fromArray(FLOAT, x, i + 16))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 16),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 16))
                        .intoArray(y, i + 16);
                center.add(FloatVector.fromArray(FLOAT, x, i + 32))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 32),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 32))
                        .intoArray(y, i + 32);
                center.add(FloatVector.fromArray(FLOAT, x, i + 48))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 48),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 48))
                        .intoArray(y, i + 48);
                FloatVector b0 = shift.add(FloatVector.fromArray(FLOAT, x, j + 64));
                FloatVector b1 = shift.add(FloatVector.fromArray(FLOAT, x, j + 80));
                FloatVector b2 = shift.add(FloatVector.fromArray(FLOAT, x, j + 96));
                FloatVector b3 = shift.add(FloatVector.fromArray(FLOAT, x, j + 112));
                center.add(FloatVector.fromArray(FLOAT, x, i + 64))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 64),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 64))
                        .intoArray(y, i + 64);
                center.add(FloatVector.fromArray(FLOAT, x, i + 80))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 80),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 80))
                        .intoArray(y, i + 80);
                center.add(FloatVector.fromArray(FLOAT, x, i + 96))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 96),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 96))
                        .intoArray(y, i + 96);
                center.add(FloatVector.fromArray(FLOAT, x, i + 112))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 112),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 112))
                        .intoArray(y, i + 112);
                FloatVector c0 = shift.add(FloatVector.fromArray(FLOAT, x, j + 128));
                FloatVector c1 = shift.add(FloatVector.fromArray(FLOAT, x, j + 144));
                FloatVector c2 = shift.add(FloatVector.fromArray(FLOAT, x, j + 160));
                FloatVector c3 = shift.add(FloatVector.fromArray(FLOAT, x, j + 176));
                center.add(FloatVector.fromArray(FLOAT, x, i + 128))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 128),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 128))
                        .intoArray(y, i + 128);
                center.add(FloatVector.fromArray(FLOAT, x, i + 144))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 144),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 144))
                        .intoArray(y, i + 144);
                center.add(FloatVector.fromArray(FLOAT, x, i + 160))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 160),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 160))
                        .intoArray(y, i + 160);
                center.add(FloatVector.fromArray(FLOAT, x, i + 176))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 176),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 176))
                        .intoArray(y, i + 176);
                FloatVector d0 = shift.add(FloatVector.fromArray(FLOAT, x, j + 192));
                FloatVector d1 = shift.add(FloatVector.fromArray(FLOAT, x, j + 208));
                FloatVector d2 = shift.add(FloatVector.fromArray(FLOAT, x, j + 224));
                FloatVector d3 = shift.add(FloatVector.fromArray(FLOAT, x, j + 240));
                center.add(FloatVector.fromArray(FLOAT, x, i + 192))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 192),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 192))
                        .intoArray(y, i + 192);
                center.add(FloatVector.fromArray(FLOAT, x, i + 208))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 208),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 208))
                        .intoArray(y, i + 208);
                center.add(FloatVector.fromArray(FLOAT, x, i + 224))
                        .fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, parameters, p + 224),
                                FloatVector.fromArray(FLOAT, parameters, p + MOMENT_BLOCK + 224))
                        .intoArray(y, i + 224);
                center.add(FloatVector.fromArray(FLOAT, x, i + 240))
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
     * Of pairs of rows, and of a vector of columns at least. The last vector ends with the row, over what has been
     * loaded but not stored before.
     */
    private static void normalizePairs(
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] numbers = w.numbers;
        int last = end - WIDTH - start;
        int ahead = (to - from) * n + start;
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
        FloatVector touched = zero;
        for (int row = from; row < to; row += 2) {
            int i0 = offset + row * n + start;
            int i1 = i0 + n;
            FloatVector center0 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, numbers[MINUS_CENTER + row]));
            FloatVector slope0 = FloatVector.broadcast(FLOAT, numbers[SLOPE + row]);
            FloatVector intercept0 = FloatVector.broadcast(FLOAT, numbers[INTERCEPT + row]);
            FloatVector center1 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, numbers[MINUS_CENTER + row + 1]));
            FloatVector slope1 = FloatVector.broadcast(FLOAT, numbers[SLOPE + row + 1]);
            FloatVector intercept1 = FloatVector.broadcast(FLOAT, numbers[INTERCEPT + row + 1]);
            FloatVector last0 = center0.add(FloatVector.fromArray(FLOAT, x, i0 + last));
            FloatVector last1 = center1.add(FloatVector.fromArray(FLOAT, x, i1 + last));
            for (int c = 0; c < last; c += WIDTH) {
                FloatVector gammas = FloatVector.fromArray(FLOAT, gamma, start + c);
                FloatVector betas = FloatVector.fromArray(FLOAT, beta, start + c);
                FloatVector d0 = center0.add(FloatVector.fromArray(FLOAT, x, i0 + c));
                FloatVector d1 = center1.add(FloatVector.fromArray(FLOAT, x, i1 + c));
                if (FAR) {
                    touched = FLOAT_CLASS
                            .cast(FloatVector.fromArray(FLOAT, x, i0 + ahead + 2 * c))
                            .add(touched);
                }
                d0.fma(slope0, intercept0).fma(gammas, betas).intoArray(y, i0 + c);
                d1.fma(slope1, intercept1).fma(gammas, betas).intoArray(y, i1 + c);
            }
            FloatVector gammas = FloatVector.fromArray(FLOAT, gamma, start + last);
            FloatVector betas = FloatVector.fromArray(FLOAT, beta, start + last);
            last0.fma(slope0, intercept0).fma(gammas, betas).intoArray(y, i0 + last);
            last1.fma(slope1, intercept1).fma(gammas, betas).intoArray(y, i1 + last);
        }
        if (FAR) {
            zero.add(touched).intoArray(w.touched, 0);
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] numbers = w.numbers;
        int count = end - start;
        for (int row = from; row < to; row++) {
            int inX = offset + row * n + start;
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, numbers[MINUS_CENTER + row]));
            FloatVector slope = FloatVector.broadcast(FLOAT, numbers[SLOPE + row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, numbers[INTERCEPT + row]);
            int i = 0;
            if (count >= WIDTH) {
                FloatVector next = FloatVector.fromArray(FLOAT, x, inX);
                for (; i < count - (2 * WIDTH - 1); i += WIDTH) {
                    FloatVector d = center.add(next);
                    next = FloatVector.fromArray(FLOAT, x, inX + i + WIDTH);
                    d.fma(slope, intercept)
                            .fma(
                                    FloatVector.fromArray(FLOAT, gamma, start + i),
                                    FloatVector.fromArray(FLOAT, beta, start + i))
                            .intoArray(y, inX + i);
                }
                FloatVector d = center.add(next);
                next = FloatVector.fromArray(FLOAT, x, inX + count - WIDTH);
                d.fma(slope, intercept)
                        .fma(
                                FloatVector.fromArray(FLOAT, gamma, start + i),
                                FloatVector.fromArray(FLOAT, beta, start + i))
                        .intoArray(y, inX + i);
                if (i < count - WIDTH) {
                    i = count - WIDTH;
                    center.add(next)
                            .fma(slope, intercept)
                            .fma(
                                    FloatVector.fromArray(FLOAT, gamma, start + i),
                                    FloatVector.fromArray(FLOAT, beta, start + i))
                            .intoArray(y, inX + i);
                }
                i = count;
            }
            for (; i < count; i++) {
                float xhat = Math.fma(
                        x[inX + i] + numbers[MINUS_CENTER + row], numbers[SLOPE + row], numbers[INTERCEPT + row]);
                y[inX + i] = Math.fma(xhat, gamma[start + i], beta[start + i]);
            }
        }
    }
}

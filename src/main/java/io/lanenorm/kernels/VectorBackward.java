package io.lanenorm.kernels;

import static io.lanenorm.kernels.Kernels.GRADIENT_BLOCK;
import static io.lanenorm.kernels.Kernels.LANES;
import static io.lanenorm.kernels.Kernels.MOMENT_LANES;
import static io.lanenorm.kernels.Kernels.SUM_ROWS;
import static io.lanenorm.kernels.Trial.EMPTY_TURNS;
import static io.lanenorm.kernels.VectorKernels.MASK;
import static io.lanenorm.kernels.VectorKernels.SHORT_ROW;
import static io.lanenorm.kernels.VectorKernels.STRIP_VECTORS;
import static io.lanenorm.kernels.VectorKernels.ZEROS;
import static io.lanenorm.kernels.Workspace.DX_INTERCEPT;
import static io.lanenorm.kernels.Workspace.DX_SLOPE;
import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** The sums of the backward pass, and dx. See {@link VectorKernels}. */
final class VectorBackward implements VectorKernels.Backward {
    private static final VectorSpecies<Float> FLOAT = VectorKernelLoader.species(MethodHandles.lookup());

    private static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());
    private static final Class<? extends FloatVector> FLOAT_CLASS =
            FLOAT.vectorType().asSubclass(FloatVector.class);
    private static final Class<? extends IntVector> INT_CLASS = INT.vectorType().asSubclass(IntVector.class);
    private static final int WIDTH = FLOAT.length();
    private static final int STRIP = STRIP_VECTORS * WIDTH;

    /**
     * Longer rows are gone along for dx: strips of rows of 192 or 256 made backward take 1.0 to 1.14 times as long, at
     * every width.
     */
    private static final int SHORT_DX_ROW = 128;

    private static final int SUM_STRIP = 4 * LANES;

    /**
     * Whether four rows are added up in one loop, or two: of 16 registers two leave enough for the numbers of both
     * (0.75 to 0.87 of the time at N = 1024 to 8192 with 256 bits, 0.9 to 1.0 at N = 768).
     */
    private static final boolean FOUR = VectorKernels.MANY_REGISTERS;

    private static final int TOGETHER = FOUR ? SUM_ROWS : 2;

    /**
     * Longer rows are gone along for the sums. A strip keeps 12 vectors in registers: of 16 it leaves too few (along
     * the rows 0.75 to 0.87 of the time at N = 192 and 256, 0.9 to 1.0 at 128, and 1.1 to 1.2 at 64). {@link Trial} has
     * a row that is short in both cases.
     */
    private static final int SHORT_SUM_ROW = FOUR ? SHORT_ROW : MOMENT_LANES;

    VectorBackward() {}

    @Override
    public void gradientSums(
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
            float[] dbeta) {
        int lanesOfRow = blocks * 2 * LANES;
        int lines = n - n % LANES;
        if (!VectorKernels.areFew(to - from) && n <= SHORT_SUM_ROW && lines % SUM_STRIP == 0) {
            for (int column = 0; column < lines; column += SUM_STRIP) {
                for (int part = 0; part < LANES; part += WIDTH) {
                    int out = column / GRADIENT_BLOCK * 2 * LANES + part;
                    sumStrip(
                            dy,
                            x,
                            offset + column + part,
                            n,
                            from,
                            to,
                            column + part,
                            out,
                            lanesOfRow,
                            w,
                            gamma,
                            dgamma,
                            dbeta);
                }
            }
        } else {
            int rest = to - (to - from) % TOGETHER;
            sumTogether(dy, x, offset, n, from, rest, lanesOfRow, w, gamma, dgamma, dbeta);
            sumRows(dy, x, offset, n, rest, to, lanesOfRow, w, gamma, dgamma, dbeta);
        }
        if (lines < n) {
            sumTails(dy, x, offset, n, from, to, lanesOfRow, w, gamma, dgamma, dbeta);
        }
    }

    /**
     * The whole lines of several rows at a time, so that dgamma and dbeta are loaded and stored once for them (of four
     * rows, beside pairs, backward takes 0.9 to 0.96 of the time in L2 with 512 bits, 0.93 to 0.99 from memory; 0.87 to
     * 1.0 with fewer bits of 32 registers, but three rows of 1024 take 1.07 to 1.1). It goes along the rows, since
     * strips of long rows wait for memory. All rows and blocks in one method, since its some 150 instructions before
     * the first column are a tenth of a row if run for each.
     */
    private static void sumTogether(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            int lanesOfRow,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
        int lines = n - n % LANES;
        for (int row = from; row < to; row += TOGETHER) {
            int row2 = FOUR ? row + 2 : row;
            int row3 = FOUR ? row + 3 : row;
            int inX0 = offset + row * n;
            int inX1 = inX0 + n;
            int inX2 = inX1 + n;
            int inX3 = inX2 + n;
            int out = row * lanesOfRow;
            FloatVector center0 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
            FloatVector slope0 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]));
            FloatVector intercept0 = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
            FloatVector center1 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row + 1]));
            FloatVector slope1 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row + 1]));
            FloatVector intercept1 = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row + 1]);
            FloatVector center2 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row2]));
            FloatVector slope2 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row2]));
            FloatVector intercept2 = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row2]);
            FloatVector center3 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row3]));
            FloatVector slope3 = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row3]));
            FloatVector intercept3 = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row3]);
            for (int start = 0; start < n; start += GRADIENT_BLOCK) {
                int block = Math.min(GRADIENT_BLOCK, lines - start);
                for (int part = 0; part < LANES; part += WIDTH) {
                    int at = out + start / GRADIENT_BLOCK * 2 * LANES + part;
                    int first = start + part;
                    FloatVector s0 = zero;
                    FloatVector q0 = zero;
                    FloatVector s1 = zero;
                    FloatVector q1 = zero;
                    FloatVector s2 = zero;
                    FloatVector q2 = zero;
                    FloatVector s3 = zero;
                    FloatVector q3 = zero;
                    for (int line = 0; line < block; line += LANES) {
                        int c = first + line;
                        FloatVector gammas = FloatVector.fromArray(FLOAT, gamma, c);
                        FloatVector xhat0 =
                                slope0.fma(center0.add(FloatVector.fromArray(FLOAT, x, inX0 + c)), intercept0);
                        FloatVector d0 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, inX0 + c));
                        FloatVector w0 = FLOAT_CLASS.cast(d0.mul(gammas));
                        s0 = w0.add(s0);
                        q0 = w0.fma(xhat0, q0);
                        FloatVector xhat1 =
                                slope1.fma(center1.add(FloatVector.fromArray(FLOAT, x, inX1 + c)), intercept1);
                        FloatVector d1 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, inX1 + c));
                        FloatVector w1 = FLOAT_CLASS.cast(d1.mul(gammas));
                        s1 = w1.add(s1);
                        q1 = w1.fma(xhat1, q1);
                        FloatVector dgammas = d1.fma(xhat1, d0.fma(xhat0, FloatVector.fromArray(FLOAT, dgamma, c)));
                        FloatVector dbetas = d1.add(d0.add(FloatVector.fromArray(FLOAT, dbeta, c)));
                        if (FOUR) {
                            FloatVector xhat2 =
                                    slope2.fma(center2.add(FloatVector.fromArray(FLOAT, x, inX2 + c)), intercept2);
                            FloatVector d2 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, inX2 + c));
                            FloatVector w2 = FLOAT_CLASS.cast(d2.mul(gammas));
                            s2 = w2.add(s2);
                            q2 = w2.fma(xhat2, q2);
                            FloatVector xhat3 =
                                    slope3.fma(center3.add(FloatVector.fromArray(FLOAT, x, inX3 + c)), intercept3);
                            FloatVector d3 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, inX3 + c));
                            FloatVector w3 = FLOAT_CLASS.cast(d3.mul(gammas));
                            s3 = w3.add(s3);
                            q3 = w3.fma(xhat3, q3);
                            dgammas = d3.fma(xhat3, d2.fma(xhat2, dgammas));
                            dbetas = d3.add(d2.add(dbetas));
                        }
                        FLOAT_CLASS.cast(dgammas).intoArray(dgamma, c);
                        FLOAT_CLASS.cast(dbetas).intoArray(dbeta, c);
                    }
                    FLOAT_CLASS.cast(zero.add(s0)).intoArray(lanes, at);
                    FLOAT_CLASS.cast(zero.add(q0)).intoArray(lanes, at + LANES);
                    FLOAT_CLASS.cast(zero.add(s1)).intoArray(lanes, at + lanesOfRow);
                    FLOAT_CLASS.cast(zero.add(q1)).intoArray(lanes, at + lanesOfRow + LANES);
                    if (FOUR) {
                        FLOAT_CLASS.cast(zero.add(s2)).intoArray(lanes, at + 2 * lanesOfRow);
                        FLOAT_CLASS.cast(zero.add(q2)).intoArray(lanes, at + 2 * lanesOfRow + LANES);
                        FLOAT_CLASS.cast(zero.add(s3)).intoArray(lanes, at + 3 * lanesOfRow);
                        FLOAT_CLASS.cast(zero.add(q3)).intoArray(lanes, at + 3 * lanesOfRow + LANES);
                    }
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
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        float[] before = column < LANES ? ZEROS : lanes;
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
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
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
            FloatVector slope = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]));
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
            FloatVector xhat0 = slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i)), intercept);
            FloatVector xhat1 = slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i + LANES)), intercept);
            FloatVector xhat2 = slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES)), intercept);
            FloatVector xhat3 = slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES)), intercept);
            FloatVector d0 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, i));
            FloatVector d1 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, i + LANES));
            FloatVector d2 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, i + 2 * LANES));
            FloatVector d3 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, i + 3 * LANES));
            FloatVector w0 = FLOAT_CLASS.cast(d0.mul(gamma0));
            FloatVector w1 = FLOAT_CLASS.cast(d1.mul(gamma1));
            FloatVector w2 = FLOAT_CLASS.cast(d2.mul(gamma2));
            FloatVector w3 = FLOAT_CLASS.cast(d3.mul(gamma3));
            FLOAT_CLASS
                    .cast(w3.add(w2.add(w1.add(w0.add(FloatVector.fromArray(FLOAT, before, o))))))
                    .intoArray(lanes, o);
            FLOAT_CLASS
                    .cast(w3.fma(
                            xhat3,
                            w2.fma(
                                    xhat2,
                                    w1.fma(xhat1, w0.fma(xhat0, FloatVector.fromArray(FLOAT, before, o + LANES))))))
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
        FLOAT_CLASS.cast(zero.add(dgamma0)).intoArray(dgamma, column);
        FLOAT_CLASS.cast(zero.add(dgamma1)).intoArray(dgamma, column + LANES);
        FLOAT_CLASS.cast(zero.add(dgamma2)).intoArray(dgamma, column + 2 * LANES);
        FLOAT_CLASS.cast(zero.add(dgamma3)).intoArray(dgamma, column + 3 * LANES);
        FLOAT_CLASS.cast(zero.add(dbeta0)).intoArray(dbeta, column);
        FLOAT_CLASS.cast(zero.add(dbeta1)).intoArray(dbeta, column + LANES);
        FLOAT_CLASS.cast(zero.add(dbeta2)).intoArray(dbeta, column + 2 * LANES);
        FLOAT_CLASS.cast(zero.add(dbeta3)).intoArray(dbeta, column + 3 * LANES);
    }

    /** The whole lines of the last rows, which are too few for that, one by one. */
    private static void sumRows(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            int lanesOfRow,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
        float[] lanes = w.blockLanes;
        int lines = n - n % LANES;
        for (int row = from; row < to; row++) {
            int inX = offset + row * n;
            int out = row * lanesOfRow;
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
            FloatVector slope = FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
            for (int start = 0; start < n; start += GRADIENT_BLOCK) {
                int block = Math.min(GRADIENT_BLOCK, lines - start);
                for (int part = 0; part < LANES; part += WIDTH) {
                    int at = out + start / GRADIENT_BLOCK * 2 * LANES + part;
                    int first = start + part;
                    FloatVector s = zero;
                    FloatVector q = zero;
                    for (int line = 0; line < block; line += LANES) {
                        int i = first + line;
                        FloatVector xhat = center.add(FloatVector.fromArray(FLOAT, x, inX + i))
                                .fma(slope, intercept);
                        FloatVector d = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, inX + i));
                        FloatVector weighted = d.mul(FloatVector.fromArray(FLOAT, gamma, i));
                        s = weighted.add(s);
                        q = weighted.fma(xhat, q);
                        d.fma(xhat, FloatVector.fromArray(FLOAT, dgamma, i)).intoArray(dgamma, i);
                        d.add(FloatVector.fromArray(FLOAT, dbeta, i)).intoArray(dbeta, i);
                    }
                    zero.add(s).intoArray(lanes, at);
                    zero.add(q).intoArray(lanes, at + LANES);
                }
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
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            int lanesOfRow,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        float[] terms = w.terms;
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
        int tail = n % LANES;
        for (int part = 0; part < LANES; part += WIDTH) {
            int column = n - LANES + part;
            IntVector mask = INT_CLASS
                    .cast(IntVector.fromArray(INT, MASK, MOMENT_LANES - LANES + tail + part))
                    .not();
            FloatVector gammas = mask.and(FLOAT_CLASS
                            .cast(FloatVector.fromArray(FLOAT, gamma, column))
                            .reinterpretAsInts())
                    .reinterpretAsFloats();
            FloatVector dgammas = FloatVector.fromArray(FLOAT, dgamma, column);
            FloatVector dbetas = FloatVector.fromArray(FLOAT, dbeta, column);
            int t = tail + part;
            for (int row = from; row < to; row++) {
                int i = offset + row * n + column;
                FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
                FloatVector slope = FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]);
                FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
                FloatVector xhat = FLOAT_CLASS.cast(mask.and(center.add(FloatVector.fromArray(FLOAT, x, i))
                                .fma(slope, intercept)
                                .reinterpretAsInts())
                        .reinterpretAsFloats());
                FloatVector d = FLOAT_CLASS.cast(mask.and(FLOAT_CLASS
                                .cast(FloatVector.fromArray(FLOAT, dy, i))
                                .reinterpretAsInts())
                        .reinterpretAsFloats());
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
                FloatVector weighted = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, terms, t));
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

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        int strips = n > SHORT_DX_ROW ? 0 : VectorKernels.strips(n, to - from, WIDTH);
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        FloatVector gamma0 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, gamma, column));
        FloatVector gamma1 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, gamma, column + WIDTH));
        FloatVector gamma2 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, gamma, column + 2 * WIDTH));
        FloatVector gamma3 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, gamma, column + 3 * WIDTH));
        int i = offset + from * n;
        for (int row = from; row < to; row++) {
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
            FloatVector slope = FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
            FloatVector dxSlope = FloatVector.broadcast(FLOAT, w.numbers[DX_SLOPE + row]);
            FloatVector dxIntercept = FloatVector.broadcast(FLOAT, w.numbers[DX_INTERCEPT + row]);
            FloatVector xhat0 = center.add(FloatVector.fromArray(FLOAT, x, i)).fma(slope, intercept);
            FloatVector xhat1 =
                    center.add(FloatVector.fromArray(FLOAT, x, i + WIDTH)).fma(slope, intercept);
            FloatVector xhat2 =
                    center.add(FloatVector.fromArray(FLOAT, x, i + 2 * WIDTH)).fma(slope, intercept);
            FloatVector xhat3 =
                    center.add(FloatVector.fromArray(FLOAT, x, i + 3 * WIDTH)).fma(slope, intercept);
            FloatVector w0 = gamma0.mul(FloatVector.fromArray(FLOAT, dy, i));
            FloatVector w1 = gamma1.mul(FloatVector.fromArray(FLOAT, dy, i + WIDTH));
            FloatVector w2 = gamma2.mul(FloatVector.fromArray(FLOAT, dy, i + 2 * WIDTH));
            FloatVector w3 = gamma3.mul(FloatVector.fromArray(FLOAT, dy, i + 3 * WIDTH));
            w0.fma(slope, xhat0.fma(dxSlope, dxIntercept)).intoArray(dx, i);
            w1.fma(slope, xhat1.fma(dxSlope, dxIntercept)).intoArray(dx, i + WIDTH);
            w2.fma(slope, xhat2.fma(dxSlope, dxIntercept)).intoArray(dx, i + 2 * WIDTH);
            w3.fma(slope, xhat3.fma(dxSlope, dxIntercept)).intoArray(dx, i + 3 * WIDTH);
            i += n;
        }
    }

    /** Loads ahead, and takes all rows in one method, as y in {@link VectorForward}. */
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] numbers = w.numbers;
        int count = n - start;
        for (int row = from; row < to; row++) {
            int inX = offset + row * n + start;
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, numbers[MINUS_CENTER + row]));
            FloatVector slope = FloatVector.broadcast(FLOAT, numbers[SLOPE + row]);
            FloatVector intercept = FloatVector.broadcast(FLOAT, numbers[INTERCEPT + row]);
            FloatVector dxSlope = FloatVector.broadcast(FLOAT, numbers[DX_SLOPE + row]);
            FloatVector dxIntercept = FloatVector.broadcast(FLOAT, numbers[DX_INTERCEPT + row]);
            int i = 0;
            if (count >= WIDTH) {
                FloatVector nextX = FloatVector.fromArray(FLOAT, x, inX);
                FloatVector nextDy = FloatVector.fromArray(FLOAT, dy, inX);
                for (; i < count - (2 * WIDTH - 1); i += WIDTH) {
                    FloatVector xhat = center.add(nextX).fma(slope, intercept);
                    FloatVector weighted = FLOAT_CLASS
                            .cast(FloatVector.fromArray(FLOAT, gamma, start + i))
                            .mul(nextDy);
                    nextX = FloatVector.fromArray(FLOAT, x, inX + i + WIDTH);
                    nextDy = FloatVector.fromArray(FLOAT, dy, inX + i + WIDTH);
                    weighted.fma(slope, xhat.fma(dxSlope, dxIntercept)).intoArray(dx, inX + i);
                }
                FloatVector xhat = center.add(nextX).fma(slope, intercept);
                FloatVector weighted = FLOAT_CLASS
                        .cast(FloatVector.fromArray(FLOAT, gamma, start + i))
                        .mul(nextDy);
                nextX = FloatVector.fromArray(FLOAT, x, inX + count - WIDTH);
                nextDy = FloatVector.fromArray(FLOAT, dy, inX + count - WIDTH);
                weighted.fma(slope, xhat.fma(dxSlope, dxIntercept)).intoArray(dx, inX + i);
                if (i < count - WIDTH) {
                    i = count - WIDTH;
                    xhat = center.add(nextX).fma(slope, intercept);
                    FLOAT_CLASS
                            .cast(FloatVector.fromArray(FLOAT, gamma, start + i))
                            .mul(nextDy)
                            .fma(slope, xhat.fma(dxSlope, dxIntercept))
                            .intoArray(dx, inX + i);
                }
                i = count;
            }
            for (; i < count; i++) {
                float xhat = Math.fma(
                        x[inX + i] + numbers[MINUS_CENTER + row], numbers[SLOPE + row], numbers[INTERCEPT + row]);
                dx[inX + i] = Math.fma(
                        gamma[start + i] * dy[inX + i],
                        numbers[SLOPE + row],
                        Math.fma(xhat, numbers[DX_SLOPE + row], numbers[DX_INTERCEPT + row]));
            }
        }
    }
}

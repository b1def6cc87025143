package io.lanenorm.kernels;

import static io.lanenorm.kernels.Kernels.GRADIENT_BLOCK;
import static io.lanenorm.kernels.Kernels.LANES;
import static io.lanenorm.kernels.Kernels.MOMENT_LANES;
import static io.lanenorm.kernels.Trial.EMPTY_TURNS;
import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;
import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What is faster row by row, in one loop, than pass by pass over a tile: short rows, and gradients from beyond L2. With
 * 512 bits the lanes of a row's sums are folded here as well, in registers: see {@link VectorRows#finish} for the
 * order. This code stands three times since C2 inlines no more methods, but for those of the Vector API, at the end of
 * loops of this size (NodeCountInliningCutoff: 1.2 to 1.35 times the time). See {@link VectorKernels}.
 */
final class VectorLines implements VectorKernels.Lines {
    private static final VectorSpecies<Float> FLOAT = VectorKernelLoader.species(MethodHandles.lookup());

    private static final VectorSpecies<Double> DOUBLE = VectorSpecies.of(double.class, FLOAT.vectorShape());

    private static final Class<? extends FloatVector> FLOAT_CLASS =
            FLOAT.vectorType().asSubclass(FloatVector.class);

    private static final Class<? extends DoubleVector> DOUBLE_CLASS =
            DOUBLE.vectorType().asSubclass(DoubleVector.class);

    private static final int WIDTH = FLOAT.length();

    /** The variant for the only row of a batch; the others are called by the features of their rows. */
    static final int ONLY_ROW = -1;

    private static final int VARIANT = VectorKernelLoader.variant(MethodHandles.lookup());

    /**
     * Whether {@link #gradientsInMemory} writes dgamma and dbeta, and does not add to them (one row, for which nothing
     * has to be written before and after then: 0.55 to 0.75 of the time).
     */
    private static final boolean ONLY = VARIANT == ONLY_ROW;

    /**
     * The features of all rows, or 0 if they are of any length. C2 unrolls the loops over few columns if it knows how
     * many there are (joined gradients with 256 bits: 0.66 to 0.72 of the time at N = 64, 0.79 to 0.84 at 128).
     */
    private static final int FEATURES = ONLY ? 0 : VARIANT;

    /** The halves of a vector exchanged: with 512 bits the lanes that stand 8 apart. */
    private static final VectorShuffle<Float> HALVES = VectorShuffle.fromOp(FLOAT, i -> i ^ FLOAT.length() / 2);

    /** The lanes that stand 4, or 2 or 1, apart, exchanged. */
    private static final VectorShuffle<Double> BY_4 = VectorShuffle.fromOp(DOUBLE, i -> (i ^ 4) % DOUBLE.length());

    private static final VectorShuffle<Double> BY_2 = VectorShuffle.fromOp(DOUBLE, i -> (i ^ 2) % DOUBLE.length());
    private static final VectorShuffle<Double> BY_1 = VectorShuffle.fromOp(DOUBLE, i -> (i ^ 1) % DOUBLE.length());
    private static final VectorMask<Double> UPPER = VectorMask.fromLong(DOUBLE, 0xf0);

    VectorLines() {}

    /**
     * As a loop in C goes, so that beyond L2 memory is waited for while something is computed (0.8 of the time at
     * 8192x64 and 4096x128 beside one after the other; in L2 0.93 to 1.0). For the same reason the samples of a row are
     * taken here (before, of all rows: 1.05 to 1.17, also by vectors), and its lanes folded (0.8 to 0.9 beyond L2, in
     * L2 0.96 to 1.0). With its statistics as well the loop took 1.1 to 1.4 times as long. Columns of y in a loop of
     * their own: 1.4.
     */
    @Override
    public void normalizeAndMoments(
            float[] x, int offset, int features, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        if (rows == 0) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        int n = FEATURES > 0 ? FEATURES : features;
        float[] lanes = w.blockLanes;
        int ahead = rows * n;
        int inX = offset;
        int out = 0;
        for (int row = 0; row < rows; row++) {
            Statistics.prepareRow(x, inX + ahead, n, row, w);
            FloatVector shift = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.minusShift[row]));
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[MINUS_CENTER + row]));
            FloatVector slope = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, w.numbers[SLOPE + row]));
            FloatVector intercept = FloatVector.broadcast(FLOAT, w.numbers[INTERCEPT + row]);
            for (int part = 0; part < LANES; part += WIDTH) {
                int i = inX + part;
                int j = i + ahead;
                FloatVector a = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j)));
                FloatVector b = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j + LANES)));
                FloatVector c = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j + 2 * LANES)));
                FloatVector d = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j + 3 * LANES)));
                FLOAT_CLASS
                        .cast(FLOAT_CLASS
                                .cast(slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i)), intercept))
                                .fma(
                                        FloatVector.fromArray(FLOAT, gamma, part),
                                        FloatVector.fromArray(FLOAT, beta, part)))
                        .intoArray(y, i);
                FLOAT_CLASS
                        .cast(FLOAT_CLASS
                                .cast(slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i + LANES)), intercept))
                                .fma(
                                        FloatVector.fromArray(FLOAT, gamma, part + LANES),
                                        FloatVector.fromArray(FLOAT, beta, part + LANES)))
                        .intoArray(y, i + LANES);
                FLOAT_CLASS
                        .cast(FLOAT_CLASS
                                .cast(slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i + 2 * LANES)), intercept))
                                .fma(
                                        FloatVector.fromArray(FLOAT, gamma, part + 2 * LANES),
                                        FloatVector.fromArray(FLOAT, beta, part + 2 * LANES)))
                        .intoArray(y, i + 2 * LANES);
                FLOAT_CLASS
                        .cast(FLOAT_CLASS
                                .cast(slope.fma(center.add(FloatVector.fromArray(FLOAT, x, i + 3 * LANES)), intercept))
                                .fma(
                                        FloatVector.fromArray(FLOAT, gamma, part + 3 * LANES),
                                        FloatVector.fromArray(FLOAT, beta, part + 3 * LANES)))
                        .intoArray(y, i + 3 * LANES);
                FloatVector s;
                FloatVector q;
                if (n == MOMENT_LANES) {
                    s = FLOAT_CLASS.cast(a.add(b)).add(c.add(d));
                    q = FLOAT_CLASS
                            .cast(FLOAT_CLASS.cast(a.mul(a)).add(b.mul(b)))
                            .add(FLOAT_CLASS.cast(c.mul(c)).add(d.mul(d)));
                } else {
                    j += MOMENT_LANES;
                    FloatVector e = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j)));
                    FloatVector f = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j + LANES)));
                    FloatVector g = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j + 2 * LANES)));
                    FloatVector h = FLOAT_CLASS.cast(shift.add(FloatVector.fromArray(FLOAT, x, j + 3 * LANES)));
                    FLOAT_CLASS
                            .cast(FLOAT_CLASS
                                    .cast(slope.fma(
                                            center.add(FloatVector.fromArray(FLOAT, x, i + 4 * LANES)), intercept))
                                    .fma(
                                            FloatVector.fromArray(FLOAT, gamma, part + 4 * LANES),
                                            FloatVector.fromArray(FLOAT, beta, part + 4 * LANES)))
                            .intoArray(y, i + 4 * LANES);
                    FLOAT_CLASS
                            .cast(FLOAT_CLASS
                                    .cast(slope.fma(
                                            center.add(FloatVector.fromArray(FLOAT, x, i + 5 * LANES)), intercept))
                                    .fma(
                                            FloatVector.fromArray(FLOAT, gamma, part + 5 * LANES),
                                            FloatVector.fromArray(FLOAT, beta, part + 5 * LANES)))
                            .intoArray(y, i + 5 * LANES);
                    FLOAT_CLASS
                            .cast(FLOAT_CLASS
                                    .cast(slope.fma(
                                            center.add(FloatVector.fromArray(FLOAT, x, i + 6 * LANES)), intercept))
                                    .fma(
                                            FloatVector.fromArray(FLOAT, gamma, part + 6 * LANES),
                                            FloatVector.fromArray(FLOAT, beta, part + 6 * LANES)))
                            .intoArray(y, i + 6 * LANES);
                    FLOAT_CLASS
                            .cast(FLOAT_CLASS
                                    .cast(slope.fma(
                                            center.add(FloatVector.fromArray(FLOAT, x, i + 7 * LANES)), intercept))
                                    .fma(
                                            FloatVector.fromArray(FLOAT, gamma, part + 7 * LANES),
                                            FloatVector.fromArray(FLOAT, beta, part + 7 * LANES)))
                            .intoArray(y, i + 7 * LANES);
                    s = FLOAT_CLASS
                            .cast(FLOAT_CLASS.cast(a.add(e)).add(b.add(f)))
                            .add(FLOAT_CLASS.cast(c.add(g)).add(d.add(h)));
                    q = FLOAT_CLASS
                            .cast(FLOAT_CLASS.cast(e.fma(e, a.mul(a))).add(f.fma(f, b.mul(b))))
                            .add(FLOAT_CLASS.cast(g.fma(g, c.mul(c))).add(h.fma(h, d.mul(d))));
                }
                FloatVector sum = FLOAT_CLASS.cast(s);
                FloatVector squares = FLOAT_CLASS.cast(q);
                if (WIDTH == LANES) {
                    FloatVector sum8 = FLOAT_CLASS.cast(sum.add(sum.rearrange(HALVES)));
                    FloatVector squares8 = FLOAT_CLASS.cast(squares.add(squares.rearrange(HALVES)));
                    DoubleVector sums = DOUBLE_CLASS.cast(sum8.convertShape(F2D, DOUBLE, 0));
                    DoubleVector squareSums = DOUBLE_CLASS.cast(squares8.convertShape(F2D, DOUBLE, 0));
                    DoubleVector both = DOUBLE_CLASS.cast(
                            DOUBLE_CLASS.cast(squareSums.blend(sums, UPPER)).rearrange(BY_4));
                    both = DOUBLE_CLASS.cast(both.add(sums.blend(squareSums, UPPER)));
                    both = DOUBLE_CLASS.cast(both.add(both.rearrange(BY_2)));
                    both = DOUBLE_CLASS.cast(both.add(both.rearrange(BY_1)));
                    // The next rows write over all but the first lane.
                    both.intoArray(w.sum, row);
                    DOUBLE_CLASS.cast(both.rearrange(BY_4)).intoArray(w.productSum, row);
                } else {
                    sum.intoArray(lanes, out + part);
                    squares.intoArray(lanes, out + LANES + part);
                }
            }
            out += 2 * LANES;
            inX += n;
        }
    }

    /**
     * xhat and w of a row stay in 8 registers, gamma and the parameter gradients in 12, so x and dy are read once; and
     * memory is waited for while other rows are computed (backward at N = 64, beside sums, coefficients and dx of a
     * tile one after the other: 0.69 to 0.82 of the time from L3, 0.85 to 0.97 in cache). With dx some rows behind the
     * sums, which it would not have to wait for, it took 1.02 to 1.07: a row is then loaded twice.
     */
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
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] numbers = w.numbers;
        // Exact, as is the product with it, since n is a power of two.
        double minusInverse = -1.0 / n;
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
        FloatVector gamma0 = FloatVector.fromArray(FLOAT, gamma, 0);
        FloatVector gamma1 = FloatVector.fromArray(FLOAT, gamma, LANES);
        FloatVector gamma2 = FloatVector.fromArray(FLOAT, gamma, 2 * LANES);
        FloatVector gamma3 = FloatVector.fromArray(FLOAT, gamma, 3 * LANES);
        FloatVector dgamma0 = FloatVector.fromArray(FLOAT, dgamma, 0);
        FloatVector dgamma1 = FloatVector.fromArray(FLOAT, dgamma, LANES);
        FloatVector dgamma2 = FloatVector.fromArray(FLOAT, dgamma, 2 * LANES);
        FloatVector dgamma3 = FloatVector.fromArray(FLOAT, dgamma, 3 * LANES);
        FloatVector dbeta0 = FloatVector.fromArray(FLOAT, dbeta, 0);
        FloatVector dbeta1 = FloatVector.fromArray(FLOAT, dbeta, LANES);
        FloatVector dbeta2 = FloatVector.fromArray(FLOAT, dbeta, 2 * LANES);
        FloatVector dbeta3 = FloatVector.fromArray(FLOAT, dbeta, 3 * LANES);
        int i = offset + from * n;
        for (int row = from; row < to; row++) {
            float rstd = numbers[SLOPE + row];
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, numbers[MINUS_CENTER + row]));
            FloatVector slope = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, rstd));
            FloatVector intercept = FloatVector.broadcast(FLOAT, numbers[INTERCEPT + row]);
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
            FloatVector s = FLOAT_CLASS.cast(w3.add(w2.add(w1.add(w0.add(zero)))));
            FloatVector q = FLOAT_CLASS.cast(w3.fma(xhat3, w2.fma(xhat2, w1.fma(xhat1, w0.fma(xhat0, zero)))));
            dgamma0 = d0.fma(xhat0, dgamma0);
            dgamma1 = d1.fma(xhat1, dgamma1);
            dgamma2 = d2.fma(xhat2, dgamma2);
            dgamma3 = d3.fma(xhat3, dgamma3);
            dbeta0 = d0.add(dbeta0);
            dbeta1 = d1.add(dbeta1);
            dbeta2 = d2.add(dbeta2);
            dbeta3 = d3.add(dbeta3);
            FloatVector s8 = FLOAT_CLASS.cast(s.add(s.rearrange(HALVES)));
            FloatVector q8 = FLOAT_CLASS.cast(q.add(q.rearrange(HALVES)));
            DoubleVector sum = DOUBLE_CLASS.cast(s8.convertShape(F2D, DOUBLE, 0));
            DoubleVector product = DOUBLE_CLASS.cast(q8.convertShape(F2D, DOUBLE, 0));
            DoubleVector both = DOUBLE_CLASS.cast(
                    DOUBLE_CLASS.cast(product.blend(sum, UPPER)).rearrange(BY_4));
            both = DOUBLE_CLASS.cast(both.add(sum.blend(product, UPPER)));
            both = DOUBLE_CLASS.cast(both.add(both.rearrange(BY_2)));
            both = DOUBLE_CLASS.cast(both.add(both.rearrange(BY_1)));
            FloatVector dxSlope =
                    FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, (float) (both.lane(4) * minusInverse * rstd)));
            FloatVector dxIntercept = FloatVector.broadcast(FLOAT, (float) (both.lane(0) * minusInverse * rstd));
            FLOAT_CLASS.cast(w0.fma(slope, dxSlope.fma(xhat0, dxIntercept))).intoArray(dx, i);
            FLOAT_CLASS.cast(w1.fma(slope, dxSlope.fma(xhat1, dxIntercept))).intoArray(dx, i + LANES);
            FLOAT_CLASS.cast(w2.fma(slope, dxSlope.fma(xhat2, dxIntercept))).intoArray(dx, i + 2 * LANES);
            FLOAT_CLASS.cast(w3.fma(slope, dxSlope.fma(xhat3, dxIntercept))).intoArray(dx, i + 3 * LANES);
            i += n;
        }
        FLOAT_CLASS.cast(zero.add(dgamma0)).intoArray(dgamma, 0);
        FLOAT_CLASS.cast(zero.add(dgamma1)).intoArray(dgamma, LANES);
        FLOAT_CLASS.cast(zero.add(dgamma2)).intoArray(dgamma, 2 * LANES);
        FLOAT_CLASS.cast(zero.add(dgamma3)).intoArray(dgamma, 3 * LANES);
        FLOAT_CLASS.cast(zero.add(dbeta0)).intoArray(dbeta, 0);
        FLOAT_CLASS.cast(zero.add(dbeta1)).intoArray(dbeta, LANES);
        FLOAT_CLASS.cast(zero.add(dbeta2)).intoArray(dbeta, 2 * LANES);
        FLOAT_CLASS.cast(zero.add(dbeta3)).intoArray(dbeta, 3 * LANES);
    }

    /**
     * dgamma and dbeta are added up in memory. Beside sums, coefficients and dx of a tile one after the other, from L3:
     * 0.72 of the time at 4096x128, 0.75 to 0.85 at N = 192 to 768, 0.93 at 4096x1024 (with 256 bits 0.70, 0.72 to
     * 0.92, 0.95); in L2 0.96 to 1.1, at N = 128 up to 1.24. Pairs of rows, which halve the loads and stores of dgamma
     * and dbeta, take 1.05 to 1.15 times as long at N = 128 and 256, 1.4 at 512, dx a row behind the sums 1.0 to 1.05.
     */
    @Override
    public void gradientsInMemory(
            float[] dy,
            float[] x,
            int offset,
            int features,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        int n = FEATURES > 0 ? FEATURES : features;
        float[] numbers = w.numbers;
        FloatVector zero = FLOAT_CLASS.cast(FloatVector.zero(FLOAT));
        int i = offset + from * n;
        for (int row = from; row < to; row++) {
            float rstd = numbers[SLOPE + row];
            FloatVector center = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, numbers[MINUS_CENTER + row]));
            // With nothing but the broadcast C2 does that again for each use (dx: 11 instructions a vector, not 9).
            FloatVector slope = FLOAT_CLASS.cast(zero.add(FloatVector.broadcast(FLOAT, rstd)));
            FloatVector intercept = FloatVector.broadcast(FLOAT, numbers[INTERCEPT + row]);
            DoubleVector sumLow = DoubleVector.zero(DOUBLE);
            DoubleVector productLow = DoubleVector.zero(DOUBLE);
            DoubleVector sumHigh = DoubleVector.zero(DOUBLE);
            DoubleVector productHigh = DoubleVector.zero(DOUBLE);
            for (int start = 0; start < n; start += GRADIENT_BLOCK) {
                int block = Math.min(GRADIENT_BLOCK, n - start);
                FloatVector s = zero;
                FloatVector q = zero;
                // Lanes 8 to 15, where a vector has 8.
                FloatVector s8 = zero;
                FloatVector q8 = zero;
                for (int line = 0; line < block; line += LANES) {
                    int c = start + line;
                    int j = i + c;
                    FloatVector xhat0 = slope.fma(center.add(FloatVector.fromArray(FLOAT, x, j)), intercept);
                    FloatVector d0 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, j));
                    FloatVector w0 = FLOAT_CLASS.cast(d0.mul(FloatVector.fromArray(FLOAT, gamma, c)));
                    s = w0.add(s);
                    q = w0.fma(xhat0, q);
                    if (ONLY) {
                        FLOAT_CLASS.cast(zero.add(d0.fma(xhat0, zero))).intoArray(dgamma, c);
                        FLOAT_CLASS.cast(d0.add(zero)).intoArray(dbeta, c);
                    } else {
                        FLOAT_CLASS
                                .cast(d0.fma(xhat0, FloatVector.fromArray(FLOAT, dgamma, c)))
                                .intoArray(dgamma, c);
                        FLOAT_CLASS
                                .cast(d0.add(FloatVector.fromArray(FLOAT, dbeta, c)))
                                .intoArray(dbeta, c);
                    }
                    if (WIDTH < LANES) {
                        FloatVector xhat1 =
                                slope.fma(center.add(FloatVector.fromArray(FLOAT, x, j + WIDTH)), intercept);
                        FloatVector d1 = FLOAT_CLASS.cast(FloatVector.fromArray(FLOAT, dy, j + WIDTH));
                        FloatVector w1 = FLOAT_CLASS.cast(d1.mul(FloatVector.fromArray(FLOAT, gamma, c + WIDTH)));
                        s8 = w1.add(s8);
                        q8 = w1.fma(xhat1, q8);
                        if (ONLY) {
                            FLOAT_CLASS.cast(zero.add(d1.fma(xhat1, zero))).intoArray(dgamma, c + WIDTH);
                            FLOAT_CLASS.cast(d1.add(zero)).intoArray(dbeta, c + WIDTH);
                        } else {
                            FLOAT_CLASS
                                    .cast(d1.fma(xhat1, FloatVector.fromArray(FLOAT, dgamma, c + WIDTH)))
                                    .intoArray(dgamma, c + WIDTH);
                            FLOAT_CLASS
                                    .cast(d1.add(FloatVector.fromArray(FLOAT, dbeta, c + WIDTH)))
                                    .intoArray(dbeta, c + WIDTH);
                        }
                    }
                }
                FloatVector sum = FLOAT_CLASS.cast(s);
                FloatVector product = FLOAT_CLASS.cast(q);
                if (WIDTH == LANES) {
                    sum = FLOAT_CLASS.cast(sum.add(sum.rearrange(HALVES)));
                    product = FLOAT_CLASS.cast(product.add(product.rearrange(HALVES)));
                } else {
                    sum = FLOAT_CLASS.cast(sum.add(s8));
                    product = FLOAT_CLASS.cast(product.add(q8));
                    sumHigh = DOUBLE_CLASS
                            .cast(FLOAT_CLASS.cast(sum.rearrange(HALVES)).convertShape(F2D, DOUBLE, 0))
                            .add(sumHigh);
                    productHigh = DOUBLE_CLASS
                            .cast(FLOAT_CLASS.cast(product.rearrange(HALVES)).convertShape(F2D, DOUBLE, 0))
                            .add(productHigh);
                }
                sumLow = DOUBLE_CLASS.cast(sum.convertShape(F2D, DOUBLE, 0)).add(sumLow);
                productLow =
                        DOUBLE_CLASS.cast(product.convertShape(F2D, DOUBLE, 0)).add(productLow);
            }
            DoubleVector sum4 = DOUBLE_CLASS.cast(sumLow);
            DoubleVector product4 = DOUBLE_CLASS.cast(productLow);
            if (WIDTH == LANES) {
                sum4 = DOUBLE_CLASS.cast(sum4.add(sum4.rearrange(BY_4)));
                product4 = DOUBLE_CLASS.cast(product4.add(product4.rearrange(BY_4)));
            } else {
                sum4 = DOUBLE_CLASS.cast(sum4.add(sumHigh));
                product4 = DOUBLE_CLASS.cast(product4.add(productHigh));
            }
            // In scalars these steps take less long (256 bits: 0.91 to 0.97 of the time at N = 64, 0.94 to 1.06 else).
            double rowSum = (sum4.lane(0) + sum4.lane(2)) + (sum4.lane(1) + sum4.lane(3));
            double rowProduct = (product4.lane(0) + product4.lane(2)) + (product4.lane(1) + product4.lane(3));
            FloatVector dxSlope = FLOAT_CLASS.cast(FloatVector.broadcast(FLOAT, (float) (-(rowProduct / n) * rstd)));
            FloatVector dxIntercept = FloatVector.broadcast(FLOAT, (float) (-(rowSum / n) * rstd));
            for (int c = 0; c < n; c += WIDTH) {
                int j = i + c;
                FloatVector xhat0 = slope.fma(center.add(FloatVector.fromArray(FLOAT, x, j)), intercept);
                FLOAT_CLASS
                        .cast(slope.fma(
                                FLOAT_CLASS
                                        .cast(FloatVector.fromArray(FLOAT, dy, j))
                                        .mul(FloatVector.fromArray(FLOAT, gamma, c)),
                                dxSlope.fma(xhat0, dxIntercept)))
                        .intoArray(dx, j);
            }
            i += n;
        }
    }
}

package io.lanenorm.kernels;

import static io.lanenorm.kernels.Kernels.LANES;
import static io.lanenorm.kernels.Trial.EMPTY_TURNS;
import static io.lanenorm.kernels.Workspace.DX_INTERCEPT;
import static io.lanenorm.kernels.Workspace.DX_SLOPE;
import static io.lanenorm.kernels.Workspace.INTERCEPT;
import static io.lanenorm.kernels.Workspace.MINUS_CENTER;
import static io.lanenorm.kernels.Workspace.SLOPE;
import static jdk.incubator.vector.VectorOperators.D2F;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.OR;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What has to be done once a row, by vectors over rows: the lanes of its sums folded, mean and rstd made of them, and
 * the numbers of xhat and dx. See {@link VectorKernels}.
 */
final class VectorRows implements VectorKernels.Rows {
    private static final VectorSpecies<Float> FLOAT = VectorKernelLoader.species(MethodHandles.lookup());

    private static final VectorSpecies<Float> HALF_FLOAT =
            VectorSpecies.of(float.class, VectorShape.forBitSize(FLOAT.vectorBitSize() / 2));

    private static final VectorSpecies<Double> DOUBLE = VectorSpecies.of(double.class, FLOAT.vectorShape());

    private static final VectorSpecies<Long> LONG = VectorSpecies.of(long.class, FLOAT.vectorShape());

    /** Four doubles, or with 128 bits two. */
    private static final VectorSpecies<Double> FOUR_DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(Math.min(256, FLOAT.vectorBitSize())));

    private static final VectorSpecies<Float> FOUR_FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(FOUR_DOUBLES.vectorBitSize() / 2));

    private static final Class<? extends FloatVector> HALF_FLOAT_CLASS =
            HALF_FLOAT.vectorType().asSubclass(FloatVector.class);

    private static final Class<? extends DoubleVector> DOUBLE_CLASS =
            DOUBLE.vectorType().asSubclass(DoubleVector.class);

    private static final Class<? extends LongVector> LONG_CLASS =
            LONG.vectorType().asSubclass(LongVector.class);

    private static final Class<? extends DoubleVector> FOUR_DOUBLES_CLASS =
            FOUR_DOUBLES.vectorType().asSubclass(DoubleVector.class);

    private static final Class<? extends FloatVector> FOUR_FLOATS_CLASS =
            FOUR_FLOATS.vectorType().asSubclass(FloatVector.class);

    VectorRows() {}

    @Override
    public void finish(int from, int to, int blocks, Workspace w) {
        if (blocks == 1) {
            halveShortRows(from, to, w);
        } else {
            halveLongRows(from, to, blocks, w);
        }
        double[] halves = w.rowLanes;
        for (int row = from; row < to; row++) {
            int i = row * 8;
            w.sum[row] = (halves[i] + halves[i + 2]) + (halves[i + 1] + halves[i + 3]);
            w.productSum[row] = (halves[i + 4] + halves[i + 6]) + (halves[i + 5] + halves[i + 7]);
        }
    }

    /**
     * Folds the lanes of each block once and adds them up over the blocks of a row, in registers, half of its sum at
     * the end: in one loop over the blocks of all rows, so that the last additions of a row are beside the next row's
     * (forward 0.89 to 0.97 of the time beside sums in memory, backward 0.95 to 1.0).
     */
    private static void halveLongRows(int from, int to, int blocks, Workspace w) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        double[] halves = w.rowLanes;
        DoubleVector zero = FOUR_DOUBLES_CLASS.cast(DoubleVector.zero(FOUR_DOUBLES));
        for (int j = 0; j < 4; j += FOUR_DOUBLES.length()) {
            DoubleVector sum0 = zero;
            DoubleVector sum4 = zero;
            DoubleVector product0 = zero;
            DoubleVector product4 = zero;
            int inRow = 0;
            int out = from * 8 + j;
            for (int block = from * blocks; block < to * blocks; block++) {
                int i = block * 2 * LANES + j;
                FloatVector s0 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 8));
                FloatVector s4 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 4))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 12));
                FloatVector q0 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 16))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 24));
                FloatVector q4 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 20))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 28));
                sum0 = FOUR_DOUBLES_CLASS
                        .cast(s0.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(sum0);
                sum4 = FOUR_DOUBLES_CLASS
                        .cast(s4.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(sum4);
                product0 = FOUR_DOUBLES_CLASS
                        .cast(q0.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(product0);
                product4 = FOUR_DOUBLES_CLASS
                        .cast(q4.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(product4);
                if (++inRow == blocks) {
                    FOUR_DOUBLES_CLASS.cast(sum0).add(sum4).intoArray(halves, out);
                    FOUR_DOUBLES_CLASS.cast(product0).add(product4).intoArray(halves, out + 4);
                    out += 8;
                    inRow = 0;
                    sum0 = zero;
                    sum4 = zero;
                    product0 = zero;
                    product4 = zero;
                }
            }
        }
    }

    /**
     * The same for rows of one block, which leave nothing to be carried from block to block (100x64: 0.93 to 0.95 of
     * the time).
     */
    private static void halveShortRows(int from, int to, Workspace w) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        float[] lanes = w.blockLanes;
        double[] halves = w.rowLanes;
        DoubleVector zero = FOUR_DOUBLES_CLASS.cast(DoubleVector.zero(FOUR_DOUBLES));
        for (int row = from; row < to; row++) {
            for (int j = 0; j < 4; j += FOUR_DOUBLES.length()) {
                int i = row * 2 * LANES + j;
                FloatVector s0 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 8));
                FloatVector s4 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 4))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 12));
                FloatVector q0 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 16))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 24));
                FloatVector q4 = FOUR_FLOATS_CLASS
                        .cast(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 20))
                        .add(FloatVector.fromArray(FOUR_FLOATS, lanes, i + 28));
                zero.add(s0.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(s4.convertShape(F2D, FOUR_DOUBLES, 0))
                        .intoArray(halves, row * 8 + j);
                zero.add(q0.convertShape(F2D, FOUR_DOUBLES, 0))
                        .add(q4.convertShape(F2D, FOUR_DOUBLES, 0))
                        .intoArray(halves, row * 8 + 4 + j);
            }
        }
    }

    /**
     * Divides by n with a product and a correction (Markstein), which gives the bits of a division in every row that is
     * not left to the caller, and takes 0.92 of the time of the statistics. Where the shift was not near, rstd becomes
     * negative, for {@link #standardize} to leave the row.
     */
    @Override
    public long statistics(int n, double epsilon, int from, int to, Workspace w) {
        if (from == to) {
            return 0;
        }
        DoubleVector minusCount = DoubleVector.broadcast(DOUBLE, -n);
        DoubleVector inverse = DoubleVector.broadcast(DOUBLE, 1.0 / n);
        DoubleVector half = DoubleVector.broadcast(DOUBLE, 0.5);
        DoubleVector one = DOUBLE_CLASS.cast(DoubleVector.broadcast(DOUBLE, 1));
        DoubleVector epsilons = DoubleVector.broadcast(DOUBLE, epsilon);
        LongVector sign = LONG_CLASS.cast(LongVector.broadcast(LONG, Long.MIN_VALUE));
        for (int i = from; i < to; i += DOUBLE.length()) {
            int row = Math.min(i, to - DOUBLE.length());
            DoubleVector sum = DOUBLE_CLASS.cast(DoubleVector.fromArray(DOUBLE, w.sum, row));
            DoubleVector quotient = sum.mul(inverse);
            DoubleVector delta = quotient.fma(minusCount, sum).fma(inverse, quotient);
            DoubleVector shiftSquares = sum.mul(delta);
            DoubleVector squares = DOUBLE_CLASS
                    .cast(DoubleVector.fromArray(DOUBLE, w.productSum, row))
                    .sub(shiftSquares);
            quotient = squares.mul(inverse);
            DoubleVector variance =
                    quotient.fma(minusCount, squares).fma(inverse, quotient).add(epsilons);
            DoubleVector rstd = one.div(variance.sqrt());
            LongVector far = sign.and(squares.mul(half).sub(shiftSquares).reinterpretAsLongs());
            DOUBLE_CLASS
                    .cast(far.or(rstd.reinterpretAsLongs()).reinterpretAsDoubles())
                    .intoArray(w.rstd, row);
            delta.sub(HALF_FLOAT_CLASS
                            .cast(FloatVector.fromArray(HALF_FLOAT, w.minusShift, row))
                            .convertShape(F2D, DOUBLE, 0))
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
        if (from == to) {
            return 0;
        }
        FloatVector noScale = HALF_FLOAT_CLASS.cast(FloatVector.broadcast(HALF_FLOAT, 1));
        LongVector leastRstd = LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_LEAST_RSTD));
        LongVector greatestRstd =
                LONG_CLASS.cast(LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_GREATEST_RSTD)));
        LongVector leastMean = LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_LEAST_MEAN));
        LongVector greatestMean =
                LONG_CLASS.cast(LongVector.broadcast(LONG, Double.doubleToRawLongBits(Statistics.PLAIN_GREATEST_MEAN)));
        LongVector zero = LONG_CLASS.cast(LongVector.zero(LONG));
        LongVector any = zero;
        for (int i = from; i < to; i += DOUBLE.length()) {
            int row = Math.min(i, to - DOUBLE.length());
            DoubleVector mean = DOUBLE_CLASS.cast(DoubleVector.fromArray(DOUBLE, w.mean, row));
            DoubleVector rstd = DOUBLE_CLASS.cast(DoubleVector.fromArray(DOUBLE, w.rstd, row));
            FloatVector center = HALF_FLOAT_CLASS.cast(mean.convertShape(D2F, HALF_FLOAT, 0));
            FloatVector slope = HALF_FLOAT_CLASS.cast(rstd.convertShape(D2F, HALF_FLOAT, 0));
            DoubleVector lost =
                    DOUBLE_CLASS.cast(center.convertShape(F2D, DOUBLE, 0)).sub(mean);
            FloatVector intercept = HALF_FLOAT_CLASS.cast(
                    lost.mul(slope.convertShape(F2D, DOUBLE, 0)).convertShape(D2F, HALF_FLOAT, 0));
            noScale.intoArray(w.scale, row);
            center.neg().intoArray(w.numbers, MINUS_CENTER + row);
            slope.intoArray(w.numbers, SLOPE + row);
            intercept.intoArray(w.numbers, INTERCEPT + row);
            LongVector rstdBits = LONG_CLASS.cast(rstd.reinterpretAsLongs());
            LongVector meanBits = LONG_CLASS.cast(mean.abs().reinterpretAsLongs());
            LongVector signs = rstdBits.sub(leastRstd)
                    .or(greatestRstd.sub(rstdBits))
                    .or(meanBits.sub(leastMean))
                    .or(greatestMean.sub(meanBits));
            signs.intoArray(w.unusual, row);
            any = signs.or(any);
        }
        return zero.or(any).reduceLanes(OR);
    }

    /** With divisions, which take no longer here than a product and a correction. */
    @Override
    public void gradientCoefficients(int n, int from, int to, Workspace w) {
        if (from == to) {
            for (int turn = 0; turn < EMPTY_TURNS; turn++) {}
            return;
        }
        int dxRstd = w.dxRstd();
        DoubleVector minusCount = DoubleVector.broadcast(DOUBLE, -n);
        for (int i = from; i < to; i += DOUBLE.length()) {
            int row = Math.min(i, to - DOUBLE.length());
            DoubleVector rstd = (DoubleVector) HALF_FLOAT_CLASS
                    .cast(FloatVector.fromArray(HALF_FLOAT, w.numbers, dxRstd + row))
                    .convertShape(F2D, DOUBLE, 0);
            DoubleVector sum = DOUBLE_CLASS.cast(DoubleVector.fromArray(DOUBLE, w.sum, row));
            DoubleVector productSum = DOUBLE_CLASS.cast(DoubleVector.fromArray(DOUBLE, w.productSum, row));
            FloatVector slope =
                    HALF_FLOAT_CLASS.cast(productSum.div(minusCount).mul(rstd).convertShape(D2F, HALF_FLOAT, 0));
            FloatVector intercept =
                    HALF_FLOAT_CLASS.cast(sum.div(minusCount).mul(rstd).convertShape(D2F, HALF_FLOAT, 0));
            slope.intoArray(w.numbers, DX_SLOPE + row);
            intercept.intoArray(w.numbers, DX_INTERCEPT + row);
        }
    }
}

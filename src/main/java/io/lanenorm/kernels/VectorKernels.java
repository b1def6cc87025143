package io.lanenorm.kernels;

import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
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
 * was not always inlined (measured: 96 bytes a row). What is left of a row beyond the last whole vector goes through
 * scalars, or a padded array.
 */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> FLOAT = species();
    private static final VectorSpecies<Float> HALF_FLOAT =
            VectorSpecies.of(float.class, VectorShape.forBitSize(FLOAT.vectorBitSize() / 2));
    private static final VectorSpecies<Double> DOUBLE = VectorSpecies.of(double.class, FLOAT.vectorShape());
    private static final int WIDTH = FLOAT.length();

    @SuppressWarnings("unchecked")
    private static VectorSpecies<Float> species() {
        try {
            return MethodHandles.classData(MethodHandles.lookup(), "_", VectorSpecies.class);
        } catch (IllegalAccessException e) {
            throw new LinkageError("no species in the class data", e);
        }
    }

    VectorKernels() {}

    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        for (int row = from; row < to; row++) {
            rowMoments(x, offset + row * n, n, w.scale[row], w.shift[row], w);
            w.finishRow(row);
        }
    }

    private static void rowMoments(float[] x, int offset, int n, float scale, float shift, Workspace w) {
        float[] lanes = w.lanes;
        float[] tail = w.tail;
        Arrays.fill(w.rowLanes, 0);
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector scales = FloatVector.broadcast(FLOAT, scale);
        FloatVector shifts = FloatVector.broadcast(FLOAT, -shift);
        for (int start = 0; start < n; start += MOMENT_BLOCK) {
            int end = Math.min(start + MOMENT_BLOCK, n);
            int full = end - (end - start) % MOMENT_LANES;
            int lines = end - (end - start) % LANES;
            if (lines < end) {
                Arrays.fill(tail, 0);
                for (int i = lines; i < end; i++) {
                    tail[i - lines] = Math.fma(x[offset + i], scale, -shift);
                }
            }
            for (int part = 0; part < LANES; part += WIDTH) {
                FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
                FloatVector q0 = zero, q1 = zero, q2 = zero, q3 = zero;
                FloatVector sRest = zero;
                FloatVector qRest = zero;
                int i = start + part;
                for (; i < full; i += MOMENT_LANES) {
                    FloatVector d0 = FloatVector.fromArray(FLOAT, x, offset + i).fma(scales, shifts);
                    FloatVector d1 =
                            FloatVector.fromArray(FLOAT, x, offset + i + LANES).fma(scales, shifts);
                    FloatVector d2 = FloatVector.fromArray(FLOAT, x, offset + i + 2 * LANES)
                            .fma(scales, shifts);
                    FloatVector d3 = FloatVector.fromArray(FLOAT, x, offset + i + 3 * LANES)
                            .fma(scales, shifts);
                    s0 = d0.add(s0);
                    s1 = d1.add(s1);
                    s2 = d2.add(s2);
                    s3 = d3.add(s3);
                    q0 = d0.fma(d0, q0);
                    q1 = d1.fma(d1, q1);
                    q2 = d2.fma(d2, q2);
                    q3 = d3.fma(d3, q3);
                }
                for (; i < lines; i += LANES) {
                    FloatVector d = FloatVector.fromArray(FLOAT, x, offset + i).fma(scales, shifts);
                    sRest = d.add(sRest);
                    qRest = d.fma(d, qRest);
                }
                if (lines < end) {
                    FloatVector d = FloatVector.fromArray(FLOAT, tail, part);
                    sRest = d.add(sRest);
                    qRest = d.fma(d, qRest);
                }
                FloatVector s = zero.add(s0).add(s1).add(zero.add(s2).add(s3));
                FloatVector q = zero.add(q0).add(q1).add(zero.add(q2).add(q3));
                s.add(sRest).intoArray(lanes, part);
                q.add(qRest).intoArray(lanes, LANES + part);
            }
            addBlock(w);
        }
    }

    /** Adds the lanes of a block, folded once, to those of the row. */
    private static void addBlock(Workspace w) {
        for (int j = 0; j < 8; j += DOUBLE.length()) {
            FloatVector s = FloatVector.fromArray(HALF_FLOAT, w.lanes, j)
                    .add(FloatVector.fromArray(HALF_FLOAT, w.lanes, j + 8));
            FloatVector q = FloatVector.fromArray(HALF_FLOAT, w.lanes, LANES + j)
                    .add(FloatVector.fromArray(HALF_FLOAT, w.lanes, LANES + j + 8));
            DoubleVector.fromArray(DOUBLE, w.rowLanes, j)
                    .add(s.convertShape(F2D, DOUBLE, 0))
                    .intoArray(w.rowLanes, j);
            DoubleVector.fromArray(DOUBLE, w.rowLanes, 8 + j)
                    .add(q.convertShape(F2D, DOUBLE, 0))
                    .intoArray(w.rowLanes, 8 + j);
        }
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        for (int row = from; row < to; row++) {
            normalizeRow(x, offset + row * n, n, row, w, gamma, beta, y);
        }
    }

    private static void normalizeRow(
            float[] x, int offset, int n, int row, Workspace w, float[] gamma, float[] beta, float[] y) {
        FloatVector scale = FloatVector.broadcast(FLOAT, w.scale[row]);
        FloatVector center = FloatVector.broadcast(FLOAT, -w.center[row]);
        FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
        FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
        int i = 0;
        for (; i < n - (WIDTH - 1); i += WIDTH) {
            FloatVector.fromArray(FLOAT, x, offset + i)
                    .fma(scale, center)
                    .fma(slope, intercept)
                    .fma(FloatVector.fromArray(FLOAT, gamma, i), FloatVector.fromArray(FLOAT, beta, i))
                    .intoArray(y, offset + i);
        }
        for (; i < n; i++) {
            float xhat =
                    Math.fma(Math.fma(x[offset + i], w.scale[row], -w.center[row]), w.slope[row], w.intercept[row]);
            y[offset + i] = Math.fma(xhat, gamma[i], beta[i]);
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
            boolean parameters) {
        for (int row = from; row < to; row++) {
            rowGradientSums(dy, x, offset + row * n, n, row, w, gamma, parameters);
            w.finishRow(row);
        }
    }

    private static void rowGradientSums(
            float[] dy, float[] x, int offset, int n, int row, Workspace w, float[] gamma, boolean parameters) {
        FloatVector scale = FloatVector.broadcast(FLOAT, w.scale[row]);
        FloatVector center = FloatVector.broadcast(FLOAT, -w.center[row]);
        FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
        FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
        FloatVector zero = FloatVector.zero(FLOAT);
        float[] lanes = w.lanes;
        float[] tail = w.tail;
        float[] dgamma = w.dgamma;
        float[] dbeta = w.dbeta;
        Arrays.fill(w.rowLanes, 0);
        for (int start = 0; start < n; start += GRADIENT_BLOCK) {
            int end = Math.min(start + GRADIENT_BLOCK, n);
            int lines = end - (end - start) % LANES;
            if (lines < end) {
                Arrays.fill(tail, 0);
                for (int i = lines; i < end; i++) {
                    float d = dy[offset + i];
                    float xhat = Math.fma(
                            Math.fma(x[offset + i], w.scale[row], -w.center[row]), w.slope[row], w.intercept[row]);
                    tail[i - lines] = gamma[i] * d;
                    tail[LANES + i - lines] = xhat;
                    if (parameters) {
                        dgamma[i] = Math.fma(d, xhat, dgamma[i]);
                        dbeta[i] += d;
                    }
                }
            }
            for (int part = 0; part < LANES; part += WIDTH) {
                FloatVector weightedSum = zero;
                FloatVector productSum = zero;
                int i = start + part;
                for (; i < lines; i += LANES) {
                    FloatVector xhat = FloatVector.fromArray(FLOAT, x, offset + i)
                            .fma(scale, center)
                            .fma(slope, intercept);
                    FloatVector d = FloatVector.fromArray(FLOAT, dy, offset + i);
                    FloatVector weighted =
                            FloatVector.fromArray(FLOAT, gamma, i).mul(d);
                    weightedSum = weighted.add(weightedSum);
                    productSum = weighted.fma(xhat, productSum);
                    if (parameters) {
                        d.fma(xhat, FloatVector.fromArray(FLOAT, dgamma, i)).intoArray(dgamma, i);
                        FloatVector.fromArray(FLOAT, dbeta, i).add(d).intoArray(dbeta, i);
                    }
                }
                if (lines < end) {
                    FloatVector weighted = FloatVector.fromArray(FLOAT, tail, part);
                    weightedSum = weighted.add(weightedSum);
                    productSum = weighted.fma(FloatVector.fromArray(FLOAT, tail, LANES + part), productSum);
                }
                zero.add(weightedSum).intoArray(lanes, part);
                zero.add(productSum).intoArray(lanes, LANES + part);
            }
            addBlock(w);
        }
    }

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        for (int row = from; row < to; row++) {
            inputGradientRow(dy, x, offset + row * n, n, row, w, gamma, dx);
        }
    }

    private static void inputGradientRow(
            float[] dy, float[] x, int offset, int n, int row, Workspace w, float[] gamma, float[] dx) {
        FloatVector scale = FloatVector.broadcast(FLOAT, w.scale[row]);
        FloatVector center = FloatVector.broadcast(FLOAT, -w.center[row]);
        FloatVector slope = FloatVector.broadcast(FLOAT, w.slope[row]);
        FloatVector intercept = FloatVector.broadcast(FLOAT, w.intercept[row]);
        FloatVector dxRstd = FloatVector.broadcast(FLOAT, w.dxRstd[row]);
        FloatVector dxSlope = FloatVector.broadcast(FLOAT, w.dxSlope[row]);
        FloatVector dxIntercept = FloatVector.broadcast(FLOAT, w.dxIntercept[row]);
        int i = 0;
        for (; i < n - (WIDTH - 1); i += WIDTH) {
            FloatVector xhat = FloatVector.fromArray(FLOAT, x, offset + i)
                    .fma(scale, center)
                    .fma(slope, intercept);
            FloatVector.fromArray(FLOAT, gamma, i)
                    .mul(FloatVector.fromArray(FLOAT, dy, offset + i))
                    .fma(dxRstd, xhat.fma(dxSlope, dxIntercept))
                    .intoArray(dx, offset + i);
        }
        for (; i < n; i++) {
            float xhat =
                    Math.fma(Math.fma(x[offset + i], w.scale[row], -w.center[row]), w.slope[row], w.intercept[row]);
            dx[offset + i] = Math.fma(
                    gamma[i] * dy[offset + i], w.dxRstd[row], Math.fma(xhat, w.dxSlope[row], w.dxIntercept[row]));
        }
    }

    @Override
    public String toString() {
        return FLOAT.vectorBitSize() + " bits";
    }
}

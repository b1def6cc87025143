package io.lanenorm.kernels;

import io.lanenorm.platform.Jvm;
import java.util.Arrays;

/**
 * The kernels in plain Java: the fallback, and what runs until the JVM has compiled the vector kernels. The lanes of
 * the specification are held in local variables, several at a time; that makes these loops faster than one sum from
 * left to right, where each addition waits for the one before.
 */
public final class ScalarKernels implements Kernels {
    /** The only instance. */
    public static final ScalarKernels INSTANCE = new ScalarKernels();

    private ScalarKernels() {}

    /**
     * Without the instruction, {@link Math#fma} is computed with big decimals, some hundred times slower than a product
     * and a sum. They are taken instead, and are the one case of other bits.
     */
    private static float fma(float a, float b, float c) {
        return Jvm.FMA ? Math.fma(a, b, c) : a * b + c;
    }

    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        for (int row = from; row < to; row++) {
            rowMoments(x, offset + row * n, n, w.scale[row], w.shift[row], w);
            w.finishRow(row);
        }
    }

    private static void rowMoments(float[] x, int offset, int n, float scale, float shift, Workspace w) {
        float[] lanes = w.lanes;
        Arrays.fill(w.rowLanes, 0);
        for (int start = 0; start < n; start += MOMENT_BLOCK) {
            int end = offset + Math.min(start + MOMENT_BLOCK, n);
            int full = end - (end - offset - start) % MOMENT_LANES;
            for (int lane = 0; lane < LANES; lane++) {
                float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
                float q0 = 0, q1 = 0, q2 = 0, q3 = 0;
                float sRest = 0;
                float qRest = 0;
                int i = offset + start + lane;
                for (; i < full; i += MOMENT_LANES) {
                    float d0 = fma(x[i], scale, -shift);
                    float d1 = fma(x[i + LANES], scale, -shift);
                    float d2 = fma(x[i + 2 * LANES], scale, -shift);
                    float d3 = fma(x[i + 3 * LANES], scale, -shift);
                    s0 += d0;
                    s1 += d1;
                    s2 += d2;
                    s3 += d3;
                    q0 = fma(d0, d0, q0);
                    q1 = fma(d1, d1, q1);
                    q2 = fma(d2, d2, q2);
                    q3 = fma(d3, d3, q3);
                }
                for (; i < end; i += LANES) {
                    float d = fma(x[i], scale, -shift);
                    sRest += d;
                    qRest = fma(d, d, qRest);
                }
                lanes[lane] = ((s0 + s1) + (s2 + s3)) + sRest;
                lanes[LANES + lane] = ((q0 + q1) + (q2 + q3)) + qRest;
            }
            addBlock(w);
        }
    }

    /** Adds the lanes of a block, folded once, to those of the row. */
    private static void addBlock(Workspace w) {
        float[] lanes = w.lanes;
        for (int j = 0; j < 8; j++) {
            w.rowLanes[j] += lanes[j] + lanes[j + 8];
            w.rowLanes[8 + j] += lanes[LANES + j] + lanes[LANES + j + 8];
        }
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        for (int row = from; row < to; row++) {
            normalizeRow(
                    x,
                    offset + row * n,
                    n,
                    w.scale[row],
                    w.center[row],
                    w.slope[row],
                    w.intercept[row],
                    gamma,
                    beta,
                    y);
        }
    }

    private static void normalizeRow(
            float[] x,
            int offset,
            int n,
            float scale,
            float center,
            float slope,
            float intercept,
            float[] gamma,
            float[] beta,
            float[] y) {
        for (int i = 0; i < n; i++) {
            float xhat = fma(fma(x[offset + i], scale, -center), slope, intercept);
            y[offset + i] = fma(xhat, gamma[i], beta[i]);
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
        float scale = w.scale[row];
        float center = w.center[row];
        float slope = w.slope[row];
        float intercept = w.intercept[row];
        float[] lanes = w.lanes;
        float[] dgamma = w.dgamma;
        float[] dbeta = w.dbeta;
        Arrays.fill(w.rowLanes, 0);
        for (int start = 0; start < n; start += GRADIENT_BLOCK) {
            int end = Math.min(start + GRADIENT_BLOCK, n);
            // Lanes 0 to 3, 4 to 7 and so on, each as long as all four have an element.
            for (int lane = 0; lane < LANES; lane += 4) {
                float a0 = 0, a1 = 0, a2 = 0, a3 = 0;
                float p0 = 0, p1 = 0, p2 = 0, p3 = 0;
                for (int i = start + lane; i < end - 3; i += LANES) {
                    float d0 = dy[offset + i];
                    float d1 = dy[offset + i + 1];
                    float d2 = dy[offset + i + 2];
                    float d3 = dy[offset + i + 3];
                    float xhat0 = fma(fma(x[offset + i], scale, -center), slope, intercept);
                    float xhat1 = fma(fma(x[offset + i + 1], scale, -center), slope, intercept);
                    float xhat2 = fma(fma(x[offset + i + 2], scale, -center), slope, intercept);
                    float xhat3 = fma(fma(x[offset + i + 3], scale, -center), slope, intercept);
                    float w0 = gamma[i] * d0;
                    float w1 = gamma[i + 1] * d1;
                    float w2 = gamma[i + 2] * d2;
                    float w3 = gamma[i + 3] * d3;
                    a0 += w0;
                    a1 += w1;
                    a2 += w2;
                    a3 += w3;
                    p0 = fma(w0, xhat0, p0);
                    p1 = fma(w1, xhat1, p1);
                    p2 = fma(w2, xhat2, p2);
                    p3 = fma(w3, xhat3, p3);
                    if (parameters) {
                        dgamma[i] = fma(d0, xhat0, dgamma[i]);
                        dgamma[i + 1] = fma(d1, xhat1, dgamma[i + 1]);
                        dgamma[i + 2] = fma(d2, xhat2, dgamma[i + 2]);
                        dgamma[i + 3] = fma(d3, xhat3, dgamma[i + 3]);
                        dbeta[i] += d0;
                        dbeta[i + 1] += d1;
                        dbeta[i + 2] += d2;
                        dbeta[i + 3] += d3;
                    }
                }
                lanes[lane] = a0;
                lanes[lane + 1] = a1;
                lanes[lane + 2] = a2;
                lanes[lane + 3] = a3;
                lanes[LANES + lane] = p0;
                lanes[LANES + lane + 1] = p1;
                lanes[LANES + lane + 2] = p2;
                lanes[LANES + lane + 3] = p3;
            }
            for (int i = end - (end - start) % 4; i < end; i++) {
                int lane = (i - start) % LANES;
                float d = dy[offset + i];
                float xhat = fma(fma(x[offset + i], scale, -center), slope, intercept);
                float weighted = gamma[i] * d;
                lanes[lane] += weighted;
                lanes[LANES + lane] = fma(weighted, xhat, lanes[LANES + lane]);
                if (parameters) {
                    dgamma[i] = fma(d, xhat, dgamma[i]);
                    dbeta[i] += d;
                }
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
        float scale = w.scale[row];
        float center = w.center[row];
        float slope = w.slope[row];
        float intercept = w.intercept[row];
        float dxRstd = w.dxRstd[row];
        float dxSlope = w.dxSlope[row];
        float dxIntercept = w.dxIntercept[row];
        for (int i = 0; i < n; i++) {
            float weighted = gamma[i] * dy[offset + i];
            float xhat = fma(fma(x[offset + i], scale, -center), slope, intercept);
            dx[offset + i] = fma(weighted, dxRstd, fma(xhat, dxSlope, dxIntercept));
        }
    }

    @Override
    public String toString() {
        return "scalar";
    }
}

package io.lanenorm;

/**
 * {@code src/specification/bits.md}, section by section, as somebody would write it who has nothing but that page:
 * straight from the text, with arrays for the lanes, without a thought for speed and without the library.
 */
final class Specification {
    final float[] y;
    final double[] mean;
    final double[] rstd;
    final float[] dx;
    final float[] dgamma;
    final float[] dbeta;

    private final int n;
    private final float[] xhat;

    Specification(float[] x, int n, double epsilon, float[] gamma, float[] beta, float[] dy) {
        this.n = n;
        int rows = x.length / n;
        y = new float[x.length];
        mean = new double[rows];
        rstd = new double[rows];
        dx = new float[x.length];
        dgamma = new float[n];
        dbeta = new float[n];
        xhat = new float[x.length];
        for (int row = 0; row < rows; row++) {
            statistics(Outcome.row(x, row, n), epsilon, row);
            standardize(x, row);
            for (int i = 0; i < n; i++) {
                y[row * n + i] = Math.fma(xhat[row * n + i], gamma[i], beta[i]);
            }
            inputGradient(Outcome.row(dy, row, n), gamma, row);
        }
        for (int column = 0; column < n; column++) {
            parameterGradients(dy, rows, column);
        }
    }

    /** Section 1: the sum of a, and of a * b. */
    private static double[] twoSums(float[] a, float[] b, int blockLength, int accumulators) {
        double[] sums = new double[8];
        double[] products = new double[8];
        for (int start = 0; start < a.length; start += blockLength) {
            int m = Math.min(blockLength, a.length - start);
            // The last accumulator takes the rest, if there are several.
            float[][] s = new float[accumulators + 1][16];
            float[][] q = new float[accumulators + 1][16];
            for (int j = 0; j < m; j++) {
                int lane = j % 16;
                boolean isRest = accumulators > 1 && j >= m - m % (16 * accumulators);
                int accumulator = isRest ? accumulators : j / 16 % accumulators;
                float value = a[start + j];
                s[accumulator][lane] += value;
                q[accumulator][lane] = Math.fma(value, b[start + j], q[accumulator][lane]);
            }
            for (int j = 0; j < 8; j++) {
                sums[j] += ofLane(s, j) + ofLane(s, j + 8);
                products[j] += ofLane(q, j) + ofLane(q, j + 8);
            }
        }
        return new double[] {inATree(sums), inATree(products)};
    }

    private static float ofLane(float[][] of, int lane) {
        return of.length == 2 ? of[0][lane] : ((of[0][lane] + of[1][lane]) + (of[2][lane] + of[3][lane])) + of[4][lane];
    }

    private static double inATree(double[] l) {
        return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
    }

    /** Section 2. */
    private void statistics(float[] row, double epsilon, int index) {
        double[] found = new double[2];
        moments(row, 1, found);
        double variance = found[1] / n;
        if (Double.isFinite(found[1]) && variance + epsilon >= 0x1p-100) {
            mean[index] = found[0];
            rstd[index] = 1 / Math.sqrt(variance + epsilon);
            return;
        }
        double largest = 0;
        for (float value : row) {
            largest = Math.max(largest, Math.abs((double) value));
        }
        if (!Double.isFinite(largest)) {
            mean[index] = Double.NaN;
            rstd[index] = Double.NaN;
            return;
        }
        int e = Math.clamp(-Math.getExponent(largest), -126, 127);
        moments(row, Math.scalb(1f, e), found);
        double back = Math.scalb(1.0, -e);
        mean[index] = found[0] * back;
        rstd[index] = 1 / Math.sqrt(found[1] / n * back * back + epsilon);
    }

    /** Steps 1 to 4 of section 2: the mean of x * scale, and m2. */
    private void moments(float[] row, float scale, double[] found) {
        float shift = firstShift(row, scale);
        double[] sums = sumsAbout(row, scale, shift);
        double delta = sums[0] / n;
        double m2 = sums[1] - sums[0] * delta;
        if (!(sums[0] * delta <= 0.5 * m2)) {
            shift = (float) (shift + delta);
            sums = sumsAbout(row, scale, shift);
            delta = sums[0] / n;
            m2 = sums[1] - sums[0] * delta;
        }
        found[0] = shift + delta;
        found[1] = m2;
    }

    private float firstShift(float[] row, float scale) {
        if (n < 16) {
            return row[0] * scale;
        }
        int t = n >= 64 ? 4 : 1;
        float[] g = new float[4];
        for (int k = 0; k < 4; k++) {
            float[] e = new float[4];
            for (int i = 0; i < 4; i++) {
                e[i] = row[(4 * k + i) * t] * scale;
            }
            g[k] = (e[0] + e[1]) + (e[2] + e[3]);
        }
        return ((g[0] + g[1]) + (g[2] + g[3])) * 0x1p-4f;
    }

    private double[] sumsAbout(float[] row, float scale, float shift) {
        float[] d = new float[n];
        for (int i = 0; i < n; i++) {
            d[i] = Math.fma(row[i], scale, -shift);
        }
        return twoSums(d, d, 256, 4);
    }

    /** Section 3. */
    private void standardize(float[] x, int row) {
        double rowMean = mean[row];
        double rowRstd = rstd[row];
        float scale = 1;
        float center = (float) rowMean;
        float slope = Float.NaN;
        float intercept = Float.NaN;
        if (Double.isFinite(rowRstd)) {
            int e = Math.min(Math.getExponent(rowRstd), 125 - Math.getExponent(rowMean));
            e = Math.clamp(e, -126, 126);
            scale = Math.scalb(1f, e);
            double scaledMean = rowMean * Math.scalb(1.0, e);
            center = (float) scaledMean;
            slope = (float) Math.min(rowRstd * Math.scalb(1.0, -e), 0x1.fffffep127);
            intercept = (float) ((center - scaledMean) * slope);
        }
        for (int i = row * n; i < (row + 1) * n; i++) {
            xhat[i] = Math.fma(Math.fma(x[i], scale, -center), slope, intercept);
        }
    }

    /** Section 5, dx. */
    private void inputGradient(float[] dy, float[] gamma, int row) {
        float[] w = new float[n];
        for (int i = 0; i < n; i++) {
            w[i] = gamma[i] * dy[i];
        }
        float[] h = Outcome.row(xhat, row, n);
        double[] sums = twoSums(w, h, 256, 1);
        double unit = 1;
        if (Double.isFinite(rstd[row]) && !(rstd[row] >= 0x1p-100 && rstd[row] <= 0x1p100)) {
            unit = Math.scalb(1.0, Math.clamp(Math.getExponent(rstd[row]), -126, 127));
        }
        float r = (float) (rstd[row] / unit);
        float slope = (float) (-(sums[1] / n) * r);
        float intercept = (float) (-(sums[0] / n) * r);
        for (int i = 0; i < n; i++) {
            float value = Math.fma(w[i], r, Math.fma(h[i], slope, intercept));
            dx[row * n + i] = unit == 1 ? value : value * (float) unit;
        }
    }

    /** Section 5, dgamma and dbeta. */
    private void parameterGradients(float[] dy, int rows, int column) {
        double gammaTotal = 0;
        double betaTotal = 0;
        for (int group = 0; group < rows; group += 64) {
            double gammaGroup = 0;
            double betaGroup = 0;
            for (int block = group; block < Math.min(group + 64, rows); block += 16) {
                float gammaBlock = 0;
                float betaBlock = 0;
                for (int row = block; row < Math.min(block + 16, rows); row++) {
                    int i = row * n + column;
                    gammaBlock = Math.fma(dy[i], xhat[i], gammaBlock);
                    betaBlock += dy[i];
                }
                gammaGroup += gammaBlock;
                betaGroup += betaBlock;
            }
            gammaTotal += gammaGroup;
            betaTotal += betaGroup;
        }
        dgamma[column] = (float) gammaTotal;
        dbeta[column] = (float) betaTotal;
    }
}

package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch whose results are floats that every order of computation hits exactly, as oneDNN's benchdnn builds it.
 *
 * <p>A row is {@code unit * (4 * shift + d)} with small integers d whose sum is 0 and whose squares have the mean 1 (N
 * even) or 2 (N odd, where 1 is impossible); eps makes var + eps a power of 4. w = gamma * dy is {@code m + c * d + p}
 * with integers p that stand in opposite pairs under equal d, so that sum(p) = sum(p * d) = 0: then mean(w) = m and
 * mean(w * d) = c * mean(d * d). Every number on the way has few bits, in whatever order it is added up.
 */
final class ExactData {
    final int features;
    final double epsilon;
    final float[] x;
    final float[] gamma;
    final float[] beta;
    final float[] dy;
    final float[] y;
    final double[] mean;
    final double[] rstd;
    final float[] dx;
    final float[] dgamma;
    final float[] dbeta;

    private final Noise noise;
    private final int squares;

    /**
     * Makes a batch.
     *
     * @param features at least 2
     * @param unit a power of two
     * @param withEpsilon whether eps makes up what lacks to a power of 4, where it could be 0
     */
    ExactData(int rows, int features, double unit, boolean withEpsilon, long seed) {
        this.features = features;
        noise = new Noise(seed);
        squares = features % 2 == 0 ? 1 : 2;
        // var + eps = 4 * unit^2, or unit^2 without eps.
        boolean epsilonNeeded = withEpsilon || squares == 2;
        epsilon = epsilonNeeded ? (4 - squares) * unit * unit : 0;
        double scale = epsilonNeeded ? 0.5 : 1;
        gamma = new float[features];
        beta = new float[features];
        for (int j = 0; j < features; j++) {
            gamma[j] = noise.sign() * Math.scalb(1f, noise.below(5) - 2);
            beta[j] = noise.below(17) - 8;
        }
        int elements = rows * features;
        x = new float[elements];
        dy = new float[elements];
        y = new float[elements];
        dx = new float[elements];
        mean = new double[rows];
        rstd = new double[rows];
        dgamma = new float[features];
        dbeta = new float[features];
        for (int row = 0; row < rows; row++) {
            fillRow(row, unit, scale);
        }
    }

    private void fillRow(int row, double unit, double scale) {
        int shift = noise.below(17) - 8;
        int m = noise.below(9) - 4;
        int c = noise.below(5) - 2;
        mean[row] = unit * 4 * shift;
        rstd[row] = scale / unit;
        double meanProduct = c * squares * scale;
        List<int[]> elements = elements();
        for (int j = 0; j < features; j++) {
            // A permutation on the way, as the order must not matter.
            int[] element = elements.set(noise.below(features - j), elements.get(features - 1 - j));
            int i = row * features + j;
            int d = element[0];
            double xhat = d * scale;
            double w = m + c * d + element[1];
            x[i] = (float) (unit * (4 * shift + d));
            dy[i] = (float) (w / gamma[j]);
            y[i] = (float) (gamma[j] * xhat + beta[j]);
            dx[i] = (float) (rstd[row] * (w - m - xhat * meanProduct));
            dgamma[j] += (float) (dy[i] * xhat);
            dbeta[j] += dy[i];
        }
    }

    /** The pairs (d, p) of a row. */
    private List<int[]> elements() {
        List<int[]> elements = new ArrayList<>();
        if (squares == 2) {
            add(elements, 2, -1, -1);
            if ((features - 3) % 4 == 2) {
                add(elements, 2, -2, 1, -1, 1, -1);
            }
            addTwins(elements, features, new int[] {2, -2, 0, 0});
        } else {
            if (features >= 64) {
                addTwins(elements, features / 2, new int[] {2, -2, 0, 0, 0, 0, 0, 0});
            }
            addTwins(elements, features, new int[] {1, -1});
        }
        return elements;
    }

    /** Adds a pattern as long as there is room for it, two with opposite p at a time. */
    private void addTwins(List<int[]> elements, int room, int[] pattern) {
        while (elements.size() + 2 * pattern.length <= room) {
            for (int d : pattern) {
                int p = noise.below(7) - 3;
                elements.add(new int[] {d, p});
                elements.add(new int[] {d, -p});
            }
        }
        while (elements.size() + pattern.length <= room) {
            add(elements, pattern);
        }
    }

    private static void add(List<int[]> elements, int... pattern) {
        for (int d : pattern) {
            elements.add(new int[] {d, 0});
        }
    }

    LayerNorm.Builder builder() {
        return LayerNorm.builder(features).gamma(gamma).beta(beta).epsilon(epsilon);
    }

    LayerNorm norm(Kernels kernels) {
        return builder().kernels(kernels).build();
    }
}

package io.lanenorm;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * The worst that can be done to sums in float, which random rows do not find: one large term first, and then, on the
 * same lane, terms of just under half a last place of it, each of which is lost altogether. The bounds hold here too,
 * since they are for every row: blocks in float have to be as short as that takes.
 */
class SwallowedSumsTest {
    private static final int N = 512;

    private final Noise noise = new Noise(1);

    /** A row with a large element, and elements on its lane whose squares are lost beside its square. */
    private void fill(float[] x, int row, int place) {
        float large = (float) (4096 + 64 * noise.uniform());
        double small = Math.sqrt(Math.ulp(large * large) / 2) * (1 - 1e-3 * noise.uniform());
        float base = noise.below(2) == 0 ? 0 : (float) (1 + 8 * noise.uniform());
        for (int i = 0; i < N; i++) {
            int lanes = i - place;
            x[row * N + i] = base + (float) (lanes % 8 != 0 ? 0 : lanes % 16 == 0 ? small : -small);
        }
        x[row * N + place] = base + large;
    }

    @Test
    void squares() {
        float[] x = new float[N];
        float[] y = new float[N];
        LayerNorm norm = LayerNorm.builder(N).epsilon(0).build();
        for (int attempt = 0; attempt < 20_000; attempt++) {
            int place = 1 + noise.below(3);
            fill(x, 0, place);
            norm.forward(x, y);
            Reference reference = reference(x);
            Bounds.check("y", place, y[place], reference.y[place], new Bounds(reference).y(place));
        }
    }

    /** One large dy * xhat, and then, in the other rows of a block, such as are lost beside it. */
    @Test
    void parameterGradients() {
        int rows = 16;
        float[] x = new float[rows * N];
        float[] dy = new float[rows * N];
        LayerNorm norm = LayerNorm.builder(N).epsilon(0).build();
        for (int attempt = 0; attempt < 1000; attempt++) {
            int place = 1 + noise.below(3);
            for (int row = 0; row < rows; row++) {
                fill(x, row, place);
            }
            Reference reference = reference(x);
            dy[place] = (float) (1 + 0.1 * noise.uniform());
            double lost = Math.ulp((float) (dy[place] * reference.xhat[place])) / 2;
            for (int i = N + place; i < dy.length; i += N) {
                dy[i] = (float) (lost / reference.xhat[i] * (1 - 1e-4));
            }
            Outcome outcome = Outcome.of(norm, x, dy);
            Reference.Gradients gradients = reference.backward(Reference.doubles(dy));
            Bounds bounds = new Bounds(reference);
            double gamma = outcome.dgamma[place];
            Bounds.check("dgamma", place, gamma, gradients.dgamma[place], bounds.dgamma(gradients, place));
            double beta = outcome.dbeta[place];
            Bounds.check("dbeta", place, beta, gradients.dbeta[place], bounds.dbeta(gradients, place));
            Arrays.fill(dy, 0);
        }
    }

    private static Reference reference(float[] x) {
        double[] ones = new double[N];
        Arrays.fill(ones, 1);
        return new Reference(Reference.doubles(x), N, 0, ones, new double[N]);
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;

/** Everything that a norm computes for a batch. */
final class Outcome {
    final float[] y;
    final double[] mean;
    final double[] rstd;
    final float[] dx;
    final float[] dgamma;
    final float[] dbeta;

    private Outcome(int elements, int features) {
        y = new float[elements];
        mean = new double[elements / features];
        rstd = new double[elements / features];
        dx = new float[elements];
        dgamma = new float[features];
        dbeta = new float[features];
    }

    static Outcome of(LayerNorm norm, float[] x, float[] dy) {
        int n = norm.features();
        Outcome outcome = new Outcome(x.length, n);
        RowStatistics statistics = new RowStatistics(x.length / n);
        norm.forward(x, outcome.y, statistics);
        for (int row = 0; row < statistics.rows(); row++) {
            outcome.mean[row] = statistics.mean(row);
            outcome.rstd[row] = statistics.rstd(row);
        }
        norm.backward(dy, x, statistics, outcome.dx, outcome.dgamma, outcome.dbeta);
        return outcome;
    }

    /** Fails unless both have the same bits; all NaNs are one, and 0 is not -0. */
    void assertSameBits(Outcome expected, String whose) {
        assertArrayEquals(expected.mean, mean, "mean of " + whose);
        assertArrayEquals(expected.rstd, rstd, "rstd of " + whose);
        assertArrayEquals(expected.y, y, "y of " + whose);
        assertArrayEquals(expected.dx, dx, "dx of " + whose);
        assertArrayEquals(expected.dgamma, dgamma, "dgamma of " + whose);
        assertArrayEquals(expected.dbeta, dbeta, "dbeta of " + whose);
    }

    /** Fails unless row {@code row} of this is, to the bit, row {@code other} of another outcome. */
    void assertSameRow(int row, Outcome expected, int other) {
        int n = dgamma.length;
        String whose = " of row " + row;
        assertArrayEquals(row(expected.y, other, n), row(y, row, n), "y" + whose);
        assertArrayEquals(row(expected.dx, other, n), row(dx, row, n), "dx" + whose);
        assertArrayEquals(
                new double[] {expected.mean[other], expected.rstd[other]},
                new double[] {mean[row], rstd[row]},
                "statistics" + whose);
    }

    static float[] row(float[] batch, int row, int n) {
        return Arrays.copyOfRange(batch, row * n, (row + 1) * n);
    }
}

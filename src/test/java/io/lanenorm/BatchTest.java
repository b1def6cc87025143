package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/**
 * A row's y, statistics and dx depend on that row alone: the same bits in a batch of one and at every place of a larger
 * one, whatever stands around it; and each result is the same whichever others are asked for. No tolerance.
 */
@Domain(Batches.class)
@Domain(DomainContext.Global.class)
class BatchTest {
    /** Each row of a batch stands at another offset, so this is also every offset. */
    @Property(tries = 200)
    void rowAloneAndInABatch(@ForAll Batch batch) {
        LayerNorm norm = batch.norm(kernels(batch));
        float[] x = batch.x();
        float[] dy = batch.dy();
        int n = batch.features();
        Outcome together = Outcome.of(norm, x, dy);
        for (int row = 0; row < batch.rows(); row++) {
            Outcome alone = Outcome.of(norm, Outcome.row(x, row, n), Outcome.row(dy, row, n));
            together.assertSameRow(row, alone, 0);
        }
    }

    @Property(tries = 200)
    void rowsInAnotherOrder(@ForAll Batch batch) {
        LayerNorm norm = batch.norm(kernels(batch));
        float[] x = batch.x();
        float[] dy = batch.dy();
        int n = batch.features();
        int rows = batch.rows();
        float[] xReversed = new float[x.length];
        float[] dyReversed = new float[x.length];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(x, row * n, xReversed, (rows - 1 - row) * n, n);
            System.arraycopy(dy, row * n, dyReversed, (rows - 1 - row) * n, n);
        }
        Outcome forth = Outcome.of(norm, x, dy);
        Outcome back = Outcome.of(norm, xReversed, dyReversed);
        for (int row = 0; row < rows; row++) {
            back.assertSameRow(rows - 1 - row, forth, row);
        }
    }

    /** NaN or an infinity in x makes its row NaN throughout, and no other row notices. */
    @Property(tries = 300)
    void notANumberStaysInItsRow(@ForAll Batch batch, @ForAll int where, @ForAll @IntRange(max = 2) int what) {
        float[] x = batch.x();
        if (x.length == 0) {
            return;
        }
        LayerNorm norm = batch.norm(kernels(batch));
        float[] dy = batch.dy();
        int n = batch.features();
        Outcome clean = Outcome.of(norm, x, dy);
        int place = Math.floorMod(where, x.length);
        x[place] = new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}[what];
        Outcome spoilt = Outcome.of(norm, x, dy);
        for (int row = 0; row < batch.rows(); row++) {
            if (row != place / n) {
                spoilt.assertSameRow(row, clean, row);
                continue;
            }
            assertTrue(Double.isNaN(spoilt.rstd[row]), "rstd");
            assertTrue(Double.isNaN(spoilt.mean[row]), "mean");
            for (int i = row * n; i < (row + 1) * n; i++) {
                assertTrue(Float.isNaN(spoilt.y[i]), "y is a number in a row without numbers");
                assertTrue(Float.isNaN(spoilt.dx[i]), "dx is a number in a row without numbers");
            }
        }
    }

    /** NaN or an infinity in dy spoils the dx of its row only, and the sums of its feature only. */
    @Property(tries = 200)
    void notANumberInTheGradientStaysInItsRow(@ForAll Batch batch, @ForAll int where) {
        float[] dy = batch.dy();
        if (dy.length == 0) {
            return;
        }
        LayerNorm norm = batch.norm(kernels(batch));
        float[] x = batch.x();
        int n = batch.features();
        Outcome clean = Outcome.of(norm, x, dy);
        int place = Math.floorMod(where, dy.length);
        dy[place] = where % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
        Outcome spoilt = Outcome.of(norm, x, dy);
        for (int row = 0; row < batch.rows(); row++) {
            if (row != place / n) {
                spoilt.assertSameRow(row, clean, row);
            }
        }
        clean.dgamma[place % n] = spoilt.dgamma[place % n];
        clean.dbeta[place % n] = spoilt.dbeta[place % n];
        assertArrayEquals(clean.dgamma, spoilt.dgamma, "dgamma of the other features");
        assertArrayEquals(clean.dbeta, spoilt.dbeta, "dbeta of the other features");
    }

    @Property(tries = 200)
    void withAndWithoutStatistics(@ForAll Batch batch) {
        LayerNorm norm = batch.norm(kernels(batch));
        float[] x = batch.x();
        float[] y = new float[x.length];
        norm.forward(x, y);
        assertArrayEquals(Outcome.of(norm, x, batch.dy()).y, y);
    }

    @Property(tries = 200)
    void eachGradientAloneAndTogether(@ForAll Batch batch, @ForAll @IntRange(max = 7) int wanted) {
        LayerNorm norm = batch.norm(kernels(batch));
        float[] x = batch.x();
        float[] dy = batch.dy();
        Outcome all = Outcome.of(norm, x, dy);
        RowStatistics statistics = new RowStatistics(batch.rows());
        norm.forward(x, new float[x.length], statistics);
        // What other gradients leave behind must not pass for a result.
        norm.backward(x, dy, statistics, null, new float[batch.features()], new float[batch.features()]);
        float[] dx = arrayIf((wanted & 1) != 0, x.length);
        float[] dgamma = arrayIf((wanted & 2) != 0, batch.features());
        float[] dbeta = arrayIf((wanted & 4) != 0, batch.features());
        norm.backward(dy, x, statistics, dx, dgamma, dbeta);
        assertSameOrNull(all.dx, dx, "dx");
        assertSameOrNull(all.dgamma, dgamma, "dgamma");
        assertSameOrNull(all.dbeta, dbeta, "dbeta");
    }

    /** Filled with what was never written, as gradients overwrite and do not add. */
    private static float @Nullable [] arrayIf(boolean wanted, int length) {
        float[] array = new float[length];
        Arrays.fill(array, 1e10f);
        return wanted ? array : null;
    }

    private static void assertSameOrNull(float[] expected, float @Nullable [] actual, String name) {
        if (actual != null) {
            assertArrayEquals(expected, actual, name);
        }
    }

    /** One of the sets of kernels that run at full speed, as the batch has it. */
    private static Kernels kernels(Batch batch) {
        List<Kernels> sets = TestJvm.fastKernels();
        return sets.get((int) Math.floorMod(batch.seed(), (long) sets.size()));
    }
}

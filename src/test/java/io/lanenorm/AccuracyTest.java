package io.lanenorm;

import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.lifecycle.AfterContainer;

/** Every result, against the reference, within the contract's {@link Bounds}, for every finite row. */
@Domain(Batches.class)
class AccuracyTest {
    private static final Worst WORST = new Worst();

    @AfterContainer
    static void report() throws IOException {
        WORST.report();
    }

    @Property(tries = 1500)
    void forward(@ForAll Batch batch) {
        float[] x = batch.x();
        float[] y = new float[x.length];
        RowStatistics statistics = new RowStatistics(batch.rows());
        batch.norm().forward(x, y, statistics);
        Reference reference = batch.reference(x);
        Bounds bounds = new Bounds(reference);
        for (int row = 0; row < batch.rows(); row++) {
            note(batch, "mean", row, statistics.mean(row), reference.mean[row], bounds.mean(row));
            note(batch, "rstd", row, statistics.rstd(row), reference.rstd[row], bounds.rstd(row));
        }
        for (int i = 0; i < y.length; i++) {
            note(batch, "y", i, y[i], reference.y[i], bounds.y(i));
        }
    }

    @Property(tries = 1500)
    void backward(@ForAll Batch batch) {
        float[] x = batch.x();
        float[] dy = batch.dy();
        Outcome outcome = Outcome.of(batch.norm(), x, dy);
        Reference reference = batch.reference(x);
        Reference.Gradients exact = reference.backward(Reference.doubles(dy));
        Bounds bounds = new Bounds(reference);
        for (int i = 0; i < dy.length; i++) {
            note(batch, "dx", i, outcome.dx[i], exact.dx[i], bounds.dx(exact, i));
        }
        for (int j = 0; j < batch.features(); j++) {
            note(batch, "dgamma", j, outcome.dgamma[j], exact.dgamma[j], bounds.dgamma(exact, j));
            note(batch, "dbeta", j, outcome.dbeta[j], exact.dbeta[j], bounds.dbeta(exact, j));
        }
    }

    private static void note(Batch batch, String name, int index, double actual, double exact, double bound) {
        WORST.note(name, Bounds.check(name, index, actual, exact, bound), batch);
    }
}

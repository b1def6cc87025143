package io.lanenorm.jmh.contender;

import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.util.Arrays;
import java.util.Optional;

/** The layer norm that one would write by hand: two passes over the row for its statistics, float throughout. */
public final class PlainLoop implements Contender {
    @Override
    public String name() {
        return "plain Java loop";
    }

    @Override
    public Role role() {
        return Role.PLAIN_LOOP;
    }

    @Override
    public boolean usesThreads() {
        return false;
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        return switch (direction) {
            case FORWARD -> new Forward(batch);
            case BACKWARD -> new Backward(batch);
        };
    }

    private static void forward(Batch batch, float[] means, float[] rstds) {
        int n = batch.shape.features();
        float[] x = batch.x;
        float[] y = batch.y;
        float[] gamma = batch.gamma;
        float[] beta = batch.beta;
        for (int row = 0; row < batch.shape.rows(); row++) {
            int start = row * n;
            float sum = 0;
            for (int i = 0; i < n; i++) {
                sum += x[start + i];
            }
            float mean = sum / n;
            float squares = 0;
            for (int i = 0; i < n; i++) {
                float difference = x[start + i] - mean;
                squares += difference * difference;
            }
            float rstd = (float) (1 / Math.sqrt(squares / n + batch.epsilon));
            for (int i = 0; i < n; i++) {
                y[start + i] = (x[start + i] - mean) * rstd * gamma[i] + beta[i];
            }
            means[row] = mean;
            rstds[row] = rstd;
        }
    }

    private static void backward(Batch batch, float[] means, float[] rstds) {
        int n = batch.shape.features();
        float[] dy = batch.dy;
        float[] x = batch.x;
        float[] gamma = batch.gamma;
        float[] dx = batch.dx;
        float[] dgamma = batch.dgamma;
        float[] dbeta = batch.dbeta;
        Arrays.fill(dgamma, 0);
        Arrays.fill(dbeta, 0);
        for (int row = 0; row < batch.shape.rows(); row++) {
            int start = row * n;
            float mean = means[row];
            float rstd = rstds[row];
            float sum = 0;
            float product = 0;
            for (int i = 0; i < n; i++) {
                float xhat = (x[start + i] - mean) * rstd;
                float w = gamma[i] * dy[start + i];
                sum += w;
                product += w * xhat;
                dgamma[i] += dy[start + i] * xhat;
                dbeta[i] += dy[start + i];
            }
            float meanOfW = sum / n;
            float meanOfProduct = product / n;
            for (int i = 0; i < n; i++) {
                float xhat = (x[start + i] - mean) * rstd;
                dx[start + i] = rstd * (gamma[i] * dy[start + i] - meanOfW - xhat * meanOfProduct);
            }
        }
    }

    private static final class Forward implements Call {
        private final Batch batch;
        private final float[] mean;
        private final float[] rstd;

        Forward(Batch batch) {
            this.batch = batch;
            mean = new float[batch.shape.rows()];
            rstd = new float[batch.shape.rows()];
        }

        @Override
        public void run() {
            forward(batch, mean, rstd);
        }

        @Override
        public String kernel() {
            return "two passes";
        }

        @Override
        public Optional<Results> results() {
            return Optional.of(Results.forward(batch.y, Results.widened(mean), Results.widened(rstd)));
        }
    }

    private static final class Backward implements Call {
        private final Batch batch;
        private final float[] mean;
        private final float[] rstd;

        Backward(Batch batch) {
            this.batch = batch;
            mean = new float[batch.shape.rows()];
            rstd = new float[batch.shape.rows()];
            forward(batch, mean, rstd);
        }

        @Override
        public void run() {
            backward(batch, mean, rstd);
        }

        @Override
        public String kernel() {
            return "two passes";
        }

        @Override
        public Optional<Results> results() {
            return Optional.of(Results.backward(batch.dx, batch.dgamma, batch.dbeta));
        }
    }
}

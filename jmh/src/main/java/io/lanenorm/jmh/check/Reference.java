package io.lanenorm.jmh.check;

import static java.lang.Math.abs;

import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Quantity;
import io.lanenorm.jmh.workload.Results;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** The results of a batch computed in double from the textbook's formulas, and how far a float result may be off. */
public final class Reference {
    /** The unit roundoff of float. */
    private static final double U = 0x1p-24;

    private final Batch batch;
    private final int n;
    private final Map<Quantity, double[]> exact = new EnumMap<>(Quantity.class);
    private final Map<Quantity, double[]> bound = new EnumMap<>(Quantity.class);

    /** Computes the reference of a batch, forward and backward. */
    public Reference(Batch batch) {
        this.batch = batch;
        n = batch.shape.features();
        for (Quantity quantity : Quantity.values()) {
            exact.put(quantity, new double[length(quantity)]);
            bound.put(quantity, new double[length(quantity)]);
        }
        for (int row = 0; row < batch.shape.rows(); row++) {
            double mean = mean(row);
            double rstd = 1 / Math.sqrt(variance(row, mean) + batch.epsilon);
            // The contract has no bound for these two; a mean or rstd further off would cost y its bound.
            set(Quantity.MEAN, row, mean, 6 * U / rstd);
            set(Quantity.RSTD, row, rstd, 6 * U * rstd);
            forward(row, mean, rstd);
            backward(row, mean, rstd);
        }
    }

    private int length(Quantity quantity) {
        return switch (quantity) {
            case Y, DX -> batch.shape.elements();
            case MEAN, RSTD -> batch.shape.rows();
            case DGAMMA, DBETA -> n;
        };
    }

    private void set(Quantity quantity, int index, double value, double error) {
        exact.get(quantity)[index] = value;
        bound.get(quantity)[index] = error;
    }

    private void add(Quantity quantity, int index, double value, double error) {
        exact.get(quantity)[index] += value;
        bound.get(quantity)[index] += error;
    }

    private double mean(int row) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += batch.x[row * n + i];
        }
        return sum / n;
    }

    private double variance(int row, double mean) {
        double squares = 0;
        for (int i = 0; i < n; i++) {
            double difference = batch.x[row * n + i] - mean;
            squares += difference * difference;
        }
        return squares / n;
    }

    private void forward(int row, double mean, double rstd) {
        for (int i = 0; i < n; i++) {
            double xhat = (batch.x[row * n + i] - mean) * rstd;
            double gamma = batch.gamma[i];
            double beta = batch.beta[i];
            set(Quantity.Y, row * n + i, gamma * xhat + beta, 6 * U * (abs(gamma * xhat) + abs(gamma) + abs(beta)));
        }
    }

    private void backward(int row, double mean, double rstd) {
        double sumW = 0;
        double sumAbsW = 0;
        double sumWXhat = 0;
        double sumAbsWXhat = 0;
        for (int i = 0; i < n; i++) {
            double dy = batch.dy[row * n + i];
            double xhat = (batch.x[row * n + i] - mean) * rstd;
            double w = batch.gamma[i] * dy;
            sumW += w;
            sumAbsW += abs(w);
            sumWXhat += w * xhat;
            sumAbsWXhat += abs(w * xhat);
            add(Quantity.DGAMMA, i, dy * xhat, 16 * U * abs(dy) * (1 + abs(xhat)));
            add(Quantity.DBETA, i, dy, 16 * U * abs(dy));
        }
        for (int i = 0; i < n; i++) {
            double xhat = (batch.x[row * n + i] - mean) * rstd;
            double w = batch.gamma[i] * (double) batch.dy[row * n + i];
            set(
                    Quantity.DX,
                    row * n + i,
                    rstd * (w - sumW / n - xhat * (sumWXhat / n)),
                    24 * U * rstd * (abs(w) + sumAbsW / n + abs(xhat) * (sumAbsWXhat / n)));
        }
    }

    /** How far results are off. */
    public Accuracy accuracy(Results results) {
        EnumMap<Quantity, Double> worst = new EnumMap<>(Quantity.class);
        EnumMap<Quantity, Double> relative = new EnumMap<>(Quantity.class);
        results.values().forEach((quantity, values) -> {
            double[] bounds = bound.get(quantity);
            double largest =
                    Arrays.stream(exact.get(quantity)).map(Math::abs).max().orElse(0);
            worst.put(quantity, worst(quantity, values, i -> bounds[i]));
            relative.put(quantity, worst(quantity, values, i -> largest));
        });
        return new Accuracy(worst, relative);
    }

    private double worst(Quantity quantity, double[] values, IntToDoubleFunction unit) {
        double[] right = exact.get(quantity);
        double worst = 0;
        for (int i = 0; i < right.length; i++) {
            double error = abs(values[i] - right[i]);
            if (error == 0) {
                continue;
            }
            double ratio = error / unit.applyAsDouble(i);
            // A NaN compares with nothing, and must not pass for that.
            worst = Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : Math.max(worst, ratio);
        }
        return worst;
    }
}

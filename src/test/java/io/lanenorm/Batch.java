package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/** A batch and its norm in a few words, from which every number follows: short to print, and quick to shrink. */
record Batch(
        int rows,
        int features,
        Values values,
        Weights gammas,
        Weights betas,
        double epsilon,
        Gradient gradient,
        long seed) {

    float[] x() {
        Noise noise = new Noise(seed);
        return rows(() -> values.row(features, noise));
    }

    float[] dy() {
        Noise noise = new Noise(seed + 1);
        return rows(() -> gradient.row(features, noise));
    }

    private float[] rows(Supplier<IntToDoubleFunction> row) {
        float[] batch = new float[rows * features];
        for (int start = 0; start < batch.length; start += features) {
            IntToDoubleFunction element = row.get();
            for (int i = 0; i < features; i++) {
                batch[start + i] = (float) element.applyAsDouble(i);
            }
        }
        return batch;
    }

    float @Nullable [] gamma() {
        return gammas.array(features, new Noise(seed + 2));
    }

    float @Nullable [] beta() {
        return betas.array(features, new Noise(seed + 3));
    }

    /** A builder of the norm. */
    LayerNorm.Builder builder() {
        LayerNorm.Builder builder = LayerNorm.builder(features).epsilon(epsilon);
        float[] gamma = gamma();
        if (gamma != null) {
            builder.gamma(gamma);
        }
        float[] beta = beta();
        if (beta != null) {
            builder.beta(beta);
        }
        return builder;
    }

    /** The norm as a user gets it. */
    LayerNorm norm() {
        return builder().build();
    }

    /** The norm on these kernels. */
    LayerNorm norm(Kernels kernels) {
        return builder().kernels(kernels).build();
    }

    /** Everything that these kernels compute for this batch. */
    Outcome outcome(Kernels kernels) {
        return Outcome.of(norm(kernels), x(), dy());
    }

    Reference reference() {
        return reference(x());
    }

    /** The reference of this norm for another x. */
    Reference reference(float[] x) {
        float[] gamma = gamma();
        float[] beta = beta();
        double[] ones = new double[features];
        Arrays.fill(ones, 1);
        return new Reference(
                Reference.doubles(x),
                features,
                epsilon,
                gamma == null ? ones : Reference.doubles(gamma),
                beta == null ? new double[features] : Reference.doubles(beta));
    }
}

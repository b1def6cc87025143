package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.Function;

/** A fixed set of results as one short number: every kind of row at odd lengths, all outputs, statistics included. */
final class Digest {
    private static final int[] FEATURES = {1, 3, 15, 16, 17, 64, 127, 200, 511, 600, 1001, 2049};
    private static final double[] EPSILONS = {1e-5, 0, 1e-12, 0.1};

    private Digest() {}

    /** Prints the digest of the scalar kernels: the new golden value, when the definition of the bits has changed. */
    public static void main(String[] args) {
        System.out.println(of(ScalarKernels.INSTANCE));
    }

    static String of(Kernels kernels) {
        return of(batch -> batch.norm(kernels));
    }

    /** The digest of what these norms compute. */
    static String of(Function<Batch, LayerNorm> norms) {
        MessageDigest digest = sha256();
        int k = 0;
        for (Values values : Values.values()) {
            Batch batch = batch(values, k++);
            add(digest, batch, norms.apply(batch));
        }
        for (int features : FEATURES) {
            // Over the blocks of 16 and the groups of 64 rows where the row is short.
            Batch batch = new Batch(
                    Math.min(70, 1 + 1000 / features),
                    features,
                    Values.ANY,
                    Weights.MIXED,
                    Weights.NORMAL,
                    1e-5,
                    Gradient.NORMAL,
                    k++);
            add(digest, batch, norms.apply(batch));
        }
        long first = ByteBuffer.wrap(digest.digest()).getLong();
        return String.format("%016x", first);
    }

    private static Batch batch(Values values, int k) {
        Weights[] weights = Weights.values();
        Gradient[] gradients = Gradient.values();
        return new Batch(
                7,
                FEATURES[k % FEATURES.length],
                values,
                weights[k % weights.length],
                weights[(k + 3) % weights.length],
                EPSILONS[k % EPSILONS.length],
                gradients[k % gradients.length],
                k);
    }

    private static void add(MessageDigest digest, Batch batch, LayerNorm norm) {
        Outcome outcome = Outcome.of(norm, batch.x(), batch.dy());
        add(digest, outcome.mean);
        add(digest, outcome.rstd);
        add(digest, outcome.y);
        add(digest, outcome.dx);
        add(digest, outcome.dgamma);
        add(digest, outcome.dbeta);
    }

    /** The bits, big endian; every NaN is the same. */
    private static void add(MessageDigest digest, float[] floats) {
        ByteBuffer bytes = ByteBuffer.allocate(floats.length * Float.BYTES);
        for (float value : floats) {
            bytes.putInt(Float.floatToIntBits(value));
        }
        digest.update(bytes.array());
    }

    private static void add(MessageDigest digest, double[] doubles) {
        ByteBuffer bytes = ByteBuffer.allocate(doubles.length * Double.BYTES);
        for (double value : doubles) {
            bytes.putLong(Double.doubleToLongBits(value));
        }
        digest.update(bytes.array());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
    }
}

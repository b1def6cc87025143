package io.lanenorm.jmh.workload;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * The data of one batch. Every contender reads these inputs and, unless its memory is elsewhere, writes to these
 * outputs, so that none has better addresses than another.
 */
public final class Batch {
    private static final long SEED = 1607_06450;

    public final Shape shape;
    public final double epsilon;

    public final float[] x;
    public final float[] dy;
    public final float[] gamma;
    public final float[] beta;

    public final float[] y;
    public final float[] dx;
    public final float[] dgamma;
    public final float[] dbeta;

    private Batch(Shape shape, double epsilon, Function<SplittableRandom, float[]> input) {
        this.shape = shape;
        this.epsilon = epsilon;
        SplittableRandom random = new SplittableRandom(SEED);
        x = input.apply(random);
        dy = normal(shape.elements(), 0, 1, random);
        gamma = normal(shape.features(), 1, 0.1, random);
        beta = normal(shape.features(), 0, 0.1, random);
        y = new float[shape.elements()];
        dx = new float[shape.elements()];
        dgamma = new float[shape.features()];
        dbeta = new float[shape.features()];
    }

    /** The batch that a text becomes; the same for the same arguments. */
    public static Batch ofText(byte[] text, Shape shape, double epsilon) {
        if (text.length == 0) {
            throw new IllegalArgumentException("text is empty; it should have at least one byte");
        }
        return new Batch(shape, epsilon, random -> new TextEmbedding(shape, random).embed(text));
    }

    /** A batch of normally distributed features; the same for the same arguments. */
    public static Batch ofNoise(Shape shape, double epsilon, double mean, double spread) {
        return new Batch(shape, epsilon, random -> normal(shape.elements(), mean, spread, random));
    }

    private static float[] normal(int length, double mean, double spread, SplittableRandom random) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (mean + spread * random.nextGaussian());
        }
        return values;
    }

    /** Makes the outputs NaN, so that a contender that leaves one unwritten does not live on the results of another. */
    public void spoilOutputs() {
        for (float[] output : new float[][] {y, dx, dgamma, dbeta}) {
            Arrays.fill(output, Float.NaN);
        }
    }
}

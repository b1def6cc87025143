package io.lanenorm.jmh.workload;

import java.util.SplittableRandom;

/**
 * What the first layer norm of a character transformer sees: for every byte of a text, a row of features that belongs
 * to the byte plus a row that belongs to its position. The tables are drawn once, with the spreads that GPT-2 begins
 * with.
 */
final class TextEmbedding {
    private static final double BYTE_SPREAD = 0.02;
    private static final double POSITION_SPREAD = 0.01;

    private final int features;
    private final float[] bytes;
    private final float[] positions;

    TextEmbedding(Shape shape, SplittableRandom random) {
        features = shape.features();
        bytes = table(256, BYTE_SPREAD, random);
        positions = table(shape.rows(), POSITION_SPREAD, random);
    }

    private float[] table(int rows, double spread, SplittableRandom random) {
        float[] table = new float[rows * features];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) (spread * random.nextGaussian());
        }
        return table;
    }

    /** One row for each position; a text shorter than that begins anew. */
    float[] embed(byte[] text) {
        float[] x = new float[positions.length];
        for (int i = 0; i < x.length; i++) {
            int character = Byte.toUnsignedInt(text[i / features % text.length]);
            x[i] = bytes[character * features + i % features] + positions[i];
        }
        return x;
    }
}

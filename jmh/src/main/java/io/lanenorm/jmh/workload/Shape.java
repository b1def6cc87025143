package io.lanenorm.jmh.workload;

/**
 * The shape of a batch.
 *
 * @param rows the number of rows
 * @param features the length of a row
 */
public record Shape(int rows, int features) {
    /** Reads {@code ROWSxFEATURES}, for example {@code 32x768}. */
    public static Shape parse(String text) {
        String[] parts = text.split("x", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("shape is " + text + "; it should be ROWSxFEATURES, such as 32x768");
        }
        return new Shape(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    /** The number of elements of the batch. */
    public int elements() {
        return Math.multiplyExact(rows, features);
    }

    @Override
    public String toString() {
        return rows + "x" + features;
    }
}

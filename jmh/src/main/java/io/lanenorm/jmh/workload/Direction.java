package io.lanenorm.jmh.workload;

import java.util.Locale;

/** Which half of a layer norm is computed. */
public enum Direction {
    /** y and the statistics from x. */
    FORWARD("reads x, writes y and the statistics", 2),
    /** dx, dgamma and dbeta from dy, x and the statistics. */
    BACKWARD("reads dy, x and the statistics, writes dx, dgamma and dbeta", 3);

    private final String traffic;
    private final int arrays;

    Direction(String traffic, int arrays) {
        this.traffic = traffic;
        this.arrays = arrays;
    }

    /** What is read and written, in words. */
    public String traffic() {
        return traffic;
    }

    /** The bytes that have to be read or written at least once; what is one value a row or a column is left out. */
    public long bytes(Shape shape) {
        return (long) arrays * Float.BYTES * shape.elements();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

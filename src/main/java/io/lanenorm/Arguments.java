package io.lanenorm;

import io.lanenorm.kernels.Nullable;

/** The checks of arguments: each exception names the argument, what it was and what it should be. */
final class Arguments {
    private Arguments() {}

    /** The exception for an argument that {@code was} one thing and should be another. */
    static IllegalArgumentException wrong(String name, Object was, String shouldBe) {
        return new IllegalArgumentException(name + " is " + was + "; it should be " + shouldBe);
    }

    static void requireNonNull(@Nullable Object argument, String name) {
        if (argument == null) {
            throw new NullPointerException(name + " is null");
        }
    }

    /** Returns the number of rows in a batch. */
    static int rows(float[] batch, String name, int features) {
        requireNonNull(batch, name);
        if (batch.length % features != 0) {
            throw wrong(name + ".length", batch.length, "a multiple of the features, " + features);
        }
        return batch.length / features;
    }

    static void requireLength(float[] array, String name, int length, String meaning) {
        requireNonNull(array, name);
        if (array.length != length) {
            throw wrong(name + ".length", array.length, length + ", " + meaning);
        }
    }

    /** Refuses an output that is another array of the call. Empty arrays cannot disturb one another. */
    @SuppressWarnings("ReferenceEquality") // the same array, not an equal one
    static void requireDistinct(float[] output, String name, float @Nullable [] other, String otherName) {
        if (output == other && output.length > 0) {
            throw wrong(name, "the same array as " + otherName, "an array of its own");
        }
    }

    static void requireRows(RowStatistics statistics, int rows, String batch) {
        requireNonNull(statistics, "statistics");
        if (statistics.rows() != rows) {
            throw wrong("statistics.rows()", statistics.rows(), rows + ", the rows of " + batch);
        }
    }

    static void requireFilled(RowStatistics statistics, int features) {
        if (statistics.features != features) {
            throw wrong(
                    "statistics",
                    statistics.features == 0 ? "never filled" : "of rows of " + statistics.features + " features",
                    "filled by a forward of rows of " + features + " features");
        }
    }
}

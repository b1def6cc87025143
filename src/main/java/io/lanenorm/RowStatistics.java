package io.lanenorm;

import java.util.Objects;

/**
 * Mean and reciprocal standard deviation of every row of a batch: what {@link LayerNorm#forward(float[], float[],
 * RowStatistics)} keeps for {@link LayerNorm#backward}. Both are doubles, as accurate as they were computed, because a
 * mean rounded to float loses the digits of a row whose mean is large beside its spread.
 *
 * <p>An instance can be filled again and again. It is not safe for use by several threads at once.
 */
public final class RowStatistics {
    final double[] mean;
    final double[] rstd;

    /** The features of the rows described here; 0 as long as no forward has filled them. */
    int features;

    /**
     * Room for the statistics of a batch.
     *
     * @param rows the number of rows of the batch, at least 0
     * @throws IllegalArgumentException if {@code rows} is negative
     */
    public RowStatistics(int rows) {
        if (rows < 0) {
            throw Arguments.wrong("rows", rows, "at least 0");
        }
        mean = new double[rows];
        rstd = new double[rows];
    }

    /**
     * The number of rows.
     *
     * @return the number given to the constructor
     */
    public int rows() {
        return mean.length;
    }

    /**
     * The mean of a row.
     *
     * @param row the row, from 0 to {@code rows() - 1}
     * @return the sum of the row's elements over their number
     * @throws IndexOutOfBoundsException if there is no such row
     * @throws IllegalStateException if no forward has filled these statistics yet
     */
    public double mean(int row) {
        return filled(mean, row);
    }

    /**
     * The reciprocal standard deviation of a row.
     *
     * @param row the row, from 0 to {@code rows() - 1}
     * @return {@code 1 / sqrt(var + epsilon)}, with the biased variance of the row and the epsilon of the norm that
     *     filled these statistics
     * @throws IndexOutOfBoundsException if there is no such row
     * @throws IllegalStateException if no forward has filled these statistics yet
     */
    public double rstd(int row) {
        return filled(rstd, row);
    }

    private double filled(double[] values, int row) {
        Objects.checkIndex(row, values.length);
        if (features == 0) {
            throw new IllegalStateException("statistics were never filled; they should be given to a forward first");
        }
        return values[row];
    }
}

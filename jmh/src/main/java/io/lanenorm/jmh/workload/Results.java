package io.lanenorm.jmh.workload;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a call computed, widened to double, which keeps every bit.
 *
 * @param values the elements of each quantity
 */
public record Results(Map<Quantity, double[]> values) {
    /** The results of a forward call. */
    public static Results forward(float[] y, double[] mean, double[] rstd) {
        EnumMap<Quantity, double[]> values = new EnumMap<>(Quantity.class);
        values.put(Quantity.Y, widened(y));
        values.put(Quantity.MEAN, mean.clone());
        values.put(Quantity.RSTD, rstd.clone());
        return new Results(values);
    }

    /** The results of a backward call. */
    public static Results backward(float[] dx, float[] dgamma, float[] dbeta) {
        EnumMap<Quantity, double[]> values = new EnumMap<>(Quantity.class);
        values.put(Quantity.DX, widened(dx));
        values.put(Quantity.DGAMMA, widened(dgamma));
        values.put(Quantity.DBETA, widened(dbeta));
        return new Results(values);
    }

    /** The same numbers as doubles. */
    public static double[] widened(float[] narrow) {
        double[] wide = new double[narrow.length];
        for (int i = 0; i < narrow.length; i++) {
            wide[i] = narrow[i];
        }
        return wide;
    }

    /** Where these results first differ from others by a bit, in words; empty if they are equal. */
    public Optional<String> differenceFrom(Results others) {
        for (Quantity quantity : values.keySet()) {
            double[] mine = values.get(quantity);
            double[] theirs = others.values.get(quantity);
            if (theirs == null || theirs.length != mine.length) {
                return Optional.of(quantity + " is of another length");
            }
            for (int i = 0; i < mine.length; i++) {
                if (Double.doubleToRawLongBits(mine[i]) != Double.doubleToRawLongBits(theirs[i])) {
                    return Optional.of(quantity + "[" + i + "] is " + mine[i] + " against " + theirs[i]);
                }
            }
        }
        return Optional.empty();
    }
}

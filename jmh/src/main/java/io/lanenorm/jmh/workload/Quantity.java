package io.lanenorm.jmh.workload;

import java.util.Locale;

/** A result of a layer norm. */
public enum Quantity {
    /** The normalised rows. */
    Y,
    /** The mean of each row. */
    MEAN,
    /** The reciprocal standard deviation of each row. */
    RSTD,
    /** The gradient with respect to x. */
    DX,
    /** The gradient with respect to gamma. */
    DGAMMA,
    /** The gradient with respect to beta. */
    DBETA;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

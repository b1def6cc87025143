package io.lanenorm.jmh.match;

import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Shape;

/**
 * What a {@link Stand} is told to do.
 *
 * @param verb what to do
 * @param contender with which of its contenders
 * @param shape the shape of the batch
 * @param direction which half of the layer norm
 * @param mean the mean of x
 * @param spread the standard deviation of x
 */
record Order(Verb verb, String contender, Shape shape, Direction direction, double mean, double spread) {
    /** What there is to do. */
    enum Verb {
        /** Load, and answer what is against it. */
        ATTEND,
        /** Make a call ready on a batch, warm it up and have it judged. */
        ENTER,
        /** Find out how many calls make a window. */
        CALIBRATE,
        /** Take a window. */
        WINDOW,
        /** Have it judged again, answer what was measured, and free the memory. */
        LEAVE,
        /** Run once and answer how far off the results are. */
        ERR
    }
}

package io.lanenorm.jmh.match;

import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Shape;

/**
 * A cell of the tables.
 *
 * @param threads the number of threads
 * @param shape rows and features
 * @param direction which half of the layer norm
 */
public record Cell(int threads, Shape shape, Direction direction) {
    @Override
    public String toString() {
        return shape + " " + direction + (threads == 1 ? ", 1 thread" : ", " + threads + " threads");
    }
}

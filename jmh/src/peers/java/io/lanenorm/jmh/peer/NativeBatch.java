package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A batch in native memory. Every array is aligned to 64 bytes, and begins at another place of its page than the
 * others, so that no two of them get into each other's way in the first cache.
 */
final class NativeBatch implements AutoCloseable {
    private static final long PAGE = 4096;
    private static final long STEP = 7 * 64;

    private final Arena arena = Arena.ofShared();
    private int arrays;

    final Batch batch;
    final int rows;
    final int features;
    final MemorySegment x;
    final MemorySegment dy;
    final MemorySegment gamma;
    final MemorySegment beta;
    final MemorySegment y;
    final MemorySegment dx;
    final MemorySegment dgamma;
    final MemorySegment dbeta;
    final MemorySegment mean;
    final MemorySegment rstd;

    NativeBatch(Batch batch) {
        this.batch = batch;
        rows = batch.shape.rows();
        features = batch.shape.features();
        x = floats(batch.x);
        dy = floats(batch.dy);
        gamma = floats(batch.gamma);
        beta = floats(batch.beta);
        y = spoilt(batch.x.length);
        dx = spoilt(batch.x.length);
        dgamma = spoilt(features);
        dbeta = spoilt(features);
        mean = spoilt(rows);
        rstd = spoilt(rows);
    }

    /** Memory that lives as long as the batch, of this many bytes. */
    MemorySegment bytes(long size) {
        long offset = arrays++ * STEP % PAGE;
        return arena.allocate(offset + size, PAGE).asSlice(offset);
    }

    private MemorySegment floats(float[] values) {
        return bytes((long) Float.BYTES * values.length).copyFrom(MemorySegment.ofArray(values));
    }

    private MemorySegment spoilt(long length) {
        MemorySegment floats = bytes(Float.BYTES * length);
        for (long i = 0; i < length; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.NaN);
        }
        return floats;
    }

    /** What the last call left in the outputs. */
    Results results(Direction direction) {
        return switch (direction) {
            case FORWARD -> Results.forward(array(y), Results.widened(array(mean)), Results.widened(array(rstd)));
            case BACKWARD -> Results.backward(array(dx), array(dgamma), array(dbeta));
        };
    }

    static float[] array(MemorySegment floats) {
        return floats.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        arena.close();
    }
}

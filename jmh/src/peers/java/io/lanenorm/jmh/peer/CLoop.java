package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.contender.Threads;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loop that one would write by hand in C. */
public final class CLoop implements Peer {
    @Override
    public String name() {
        return "C loop";
    }

    @Override
    public Role role() {
        return Role.NATIVE_LOOP;
    }

    @Override
    public void load() throws IllegalAccessException {
        MethodHandles.lookup().ensureInitialized(CFunctions.class);
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        NativeBatch b = new NativeBatch(batch);
        NativeCall forward = new NativeCall(b, direction, CFunctions.COMPILER, () -> forward(b));
        if (direction == Direction.FORWARD) {
            return forward;
        }
        forward.run();
        MemorySegment partial = b.bytes(2L * Float.BYTES * b.features * Threads.count());
        return new NativeCall(b, direction, CFunctions.COMPILER, () -> backward(b, partial));
    }

    private static void forward(NativeBatch b) throws Throwable {
        CFunctions.FORWARD.invokeExact(
                b.x, b.gamma, b.beta, b.y, b.mean, b.rstd, (long) b.rows, (long) b.features, (float) b.batch.epsilon);
    }

    private static void backward(NativeBatch b, MemorySegment partial) throws Throwable {
        CFunctions.BACKWARD.invokeExact(
                b.dy, b.x, b.gamma, b.mean, b.rstd, b.dx, b.dgamma, b.dbeta, partial, (long) b.rows, (long) b.features);
    }
}

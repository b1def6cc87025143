package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import java.lang.invoke.MethodHandles;

/** Moves the bytes in C, by ordinary stores. */
public final class CCopy implements Peer {
    @Override
    public String name() {
        return "C copy";
    }

    @Override
    public Role role() {
        return Role.COPY;
    }

    @Override
    public void load() throws IllegalAccessException {
        MethodHandles.lookup().ensureInitialized(CFunctions.class);
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        NativeBatch b = new NativeBatch(batch);
        return switch (direction) {
            case FORWARD -> new NativeCall(b, direction, "y = x", () -> copy(b), false);
            case BACKWARD -> new NativeCall(b, direction, "dx = dy + x", () -> triad(b), false);
        };
    }

    private static void copy(NativeBatch b) throws Throwable {
        CFunctions.COPY.invokeExact(b.x, b.y, (long) b.rows, (long) b.features);
    }

    private static void triad(NativeBatch b) throws Throwable {
        CFunctions.TRIAD.invokeExact(b.dy, b.x, b.dx, (long) b.rows, (long) b.features);
    }
}

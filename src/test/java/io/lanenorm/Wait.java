package io.lanenorm;

import java.util.function.BooleanSupplier;

/** Waiting for what other threads do: for as long as it takes, and without sleeping, so that they can be told apart. */
final class Wait {
    private Wait() {}

    static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    /** Waits until a thread, which does not sleep before it is meant to, has nothing to do. */
    static void untilAsleep(Thread thread) {
        until(() -> thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
    }
}

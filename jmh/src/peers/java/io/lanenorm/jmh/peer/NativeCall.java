package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.util.Optional;

/**
 * A call of a native function on a batch in native memory.
 *
 * @param batch what it reads and writes; closed with the call
 * @param direction which half is computed
 * @param kernel the code that runs
 * @param function the call itself
 * @param computes whether there are results in the batch
 */
record NativeCall(NativeBatch batch, Direction direction, String kernel, Function function, boolean computes)
        implements Call {
    NativeCall(NativeBatch batch, Direction direction, String kernel, Function function) {
        this(batch, direction, kernel, function, true);
    }

    @Override
    public void run() {
        try {
            function.call();
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    public Optional<Results> results() {
        return computes ? Optional.of(batch.results(direction)) : Optional.empty();
    }

    @Override
    public void close() {
        batch.close();
    }

    /** A call by a method handle, which may throw anything. */
    interface Function {
        void call() throws Throwable;
    }
}

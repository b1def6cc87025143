package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.check.Accuracy;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Model;
import java.util.Optional;

/**
 * How fast and how accurate one contender was in one heat.
 *
 * @param model whose batch it was
 * @param direction what was computed
 * @param contender who computed
 * @param kernel the kernel that ran, before the timing and after it
 * @param nanosPerCall the time of a batch
 * @param plainLoopNanosPerCall the time of the plain loop in the same heat
 * @param copyNanosPerCall the time of the copy in the same heat
 * @param accuracy how far the results are off; empty for the copy
 */
public record Measurement(
        Model model,
        Direction direction,
        Contender contender,
        String kernel,
        double nanosPerCall,
        double plainLoopNanosPerCall,
        double copyNanosPerCall,
        Optional<Accuracy> accuracy) {

    /** The time of a row. */
    public double nanosPerRow() {
        return nanosPerCall / model.shape().rows();
    }

    /** The bytes that have to be moved over the time, in 10^9 bytes a second. */
    public double gigabytesPerSecond() {
        return direction.bytes(model.shape()) / nanosPerCall;
    }

    /** How many times faster than the plain loop. */
    public double timesPlainLoop() {
        return plainLoopNanosPerCall / nanosPerCall;
    }

    /** How many times the time of the copy. */
    public double timeOverCopy() {
        return nanosPerCall / copyNanosPerCall;
    }
}

package io.lanenorm.jmh;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.workload.Direction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The backward with all three gradients, of LaneNorm and of the plain loop. */
public class BackwardBenchmark extends VerifiedBenchmark {
    /** The name of a width, or PLAIN. */
    @Param({"PLAIN", "SCALAR", "BITS_128", "BITS_256", "BITS_512"})
    public String width = "";

    private Call call;

    /** Prepares, warms up and verifies. */
    @Setup
    public void verify() {
        call = verified(contender(width), Direction.BACKWARD);
    }

    /** A batch. */
    @Benchmark
    public void backward() {
        call.run();
    }
}

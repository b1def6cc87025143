package io.lanenorm.jmh;

import io.lanenorm.LayerNorm;
import io.lanenorm.RowStatistics;
import io.lanenorm.VectorWidth;
import io.lanenorm.jmh.check.WrongResult;
import io.lanenorm.jmh.contender.LaneNormAtWidth;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** What it costs to keep the statistics, and what it saves to write y over x. */
public class StatisticsBenchmark extends VerifiedBenchmark {
    /** The name of a width. */
    @Param({"SCALAR", "BITS_128", "BITS_256", "BITS_512"})
    public String width = "";

    private LayerNorm norm = LayerNorm.builder(1).build();
    private RowStatistics statistics = new RowStatistics(0);
    private float[] x = {};
    private float[] y = {};
    private float[] both = {};

    /** Prepares, warms up and verifies, and makes sure that all three ways give the same bits. */
    @Setup
    public void verify() {
        verified(contender(width), Direction.FORWARD);
        Batch batch = batch();
        x = batch.x;
        y = batch.y;
        both = x.clone();
        statistics = new RowStatistics(batch.shape.rows());
        // Without gamma and beta, rows that are normalised over and over stay what they are.
        norm = LayerNorm.builder(batch.shape.features())
                .epsilon(batch.epsilon)
                .width(VectorWidth.valueOf(width))
                .build();
        training();
        float[] kept = y.clone();
        inference();
        inPlace();
        if (!Arrays.equals(kept, y) || !Arrays.equals(kept, both)) {
            throw new WrongResult("y differs between with statistics, without, and in place");
        }
        String wanted = LaneNormAtWidth.kernels(norm.width());
        // The norm that was verified has warmed up the kernels for every norm of this width.
        if (!LaneNormAtWidth.kernels(norm).equals(wanted)) {
            throw new WrongResult(norm + " should run the kernels " + wanted);
        }
    }

    /** Statistics kept. */
    @Benchmark
    public void training() {
        norm.forward(x, y, statistics);
    }

    /** Statistics not kept. */
    @Benchmark
    public void inference() {
        norm.forward(x, y);
    }

    /** Statistics not kept, y over x. */
    @Benchmark
    public void inPlace() {
        norm.forward(both, both);
    }
}

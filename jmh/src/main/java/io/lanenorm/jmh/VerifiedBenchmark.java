package io.lanenorm.jmh;

import io.lanenorm.VectorWidth;
import io.lanenorm.jmh.check.Accuracy;
import io.lanenorm.jmh.check.Referee;
import io.lanenorm.jmh.check.Reference;
import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.LaneNormAtWidth;
import io.lanenorm.jmh.contender.PlainLoop;
import io.lanenorm.jmh.timing.WarmUp;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Shape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A benchmark whose results are verified before it measures, and which knows the kernel that ran. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgs = {"--add-modules=jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow"})
public abstract class VerifiedBenchmark {
    static final double EPSILON = 1e-5;
    private static final Duration WARM_UP = Duration.ofMillis(500);
    private static final byte[] TEXT =
            "Any text will do, as long as it is always the same.".getBytes(StandardCharsets.US_ASCII);

    /** Rows and features of the batch. */
    @Param({"32x768", "64x1024", "16x4096", "1x64", "2048x768", "1000x1001"})
    public String shape = "";

    private String measured = "";
    private Runnable kernelCheck = () -> {};

    /** The batch of this shape. */
    final Batch batch() {
        return Batch.ofText(TEXT, Shape.parse(shape), EPSILON);
    }

    /**
     * Finds a contender by the name of a width, or PLAIN.
     *
     * @throws IllegalStateException if it is absent here, which JMH reports in place of a figure
     */
    static Contender contender(String width) {
        Contender contender = width.equals("PLAIN") ? new PlainLoop() : new LaneNormAtWidth(VectorWidth.valueOf(width));
        contender.absence().ifPresent(why -> {
            throw new IllegalStateException("not measured: " + why);
        });
        return contender;
    }

    /** Makes a call ready to be measured: its results verified, its kernel the wanted one. */
    final Call verified(Contender contender, Direction direction) {
        Batch batch = batch();
        Referee referee = new Referee(batch, new Reference(batch));
        Contender scalar = new LaneNormAtWidth(VectorWidth.SCALAR);
        try (Call expected = scalar.prepare(batch, direction)) {
            referee.judge(scalar, expected);
        }
        Call call = contender.prepare(batch, direction);
        WarmUp.of(call, WARM_UP);
        String error = referee.judge(contender, call).map(Accuracy::toString).orElse("none");
        measured = contender.name() + " " + direction + " " + shape;
        kernelCheck = () -> referee.requireWantedKernel(contender, call);
        say("kernel " + call.kernel() + ", errors over bounds: " + error);
        return call;
    }

    /** Makes sure that the kernel has been the wanted one to the end. */
    @TearDown
    public final void checkKernel() {
        kernelCheck.run();
        say("kernel the same to the end");
    }

    private void say(String what) {
        // JMH leaves its own line unfinished while this runs.
        System.out.println("\n# " + measured + ": " + what);
    }
}

package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.check.Accuracy;
import io.lanenorm.jmh.check.Referee;
import io.lanenorm.jmh.check.WrongResult;
import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Contender;
import java.time.Duration;
import java.util.Optional;

/** One contender in one heat. */
public final class Entrant implements AutoCloseable {
    private static final Duration WARM_UP = Duration.ofMillis(40);

    private final Contender contender;
    private final Call call;
    private final Stopwatch stopwatch;
    private final Optional<Accuracy> accuracy;
    private final String kernelBefore;

    /** Warms the call up, and has it judged before anything is timed. */
    public Entrant(Contender contender, Call call, Referee referee) {
        this.contender = contender;
        this.call = call;
        stopwatch = new Stopwatch(call);
        WarmUp.of(call, WARM_UP);
        accuracy = referee.judge(contender, call);
        kernelBefore = call.kernel();
    }

    Contender contender() {
        return contender;
    }

    /** To be called, once or again, when all entrants of all heats are warm. */
    public void calibrate() {
        stopwatch.calibrate();
    }

    /** Takes one window. */
    public void window() {
        stopwatch.window();
    }

    /** Is judged again, since the JVM may have compiled the kernel once more meanwhile. */
    public Outcome finish(Referee referee) {
        Optional<Accuracy> afterwards = referee.judge(contender, call);
        if (!call.kernel().equals(kernelBefore)) {
            throw new WrongResult(contender.name() + " ran the kernel " + kernelBefore + " at first and "
                    + call.kernel() + " at last");
        }
        return new Outcome(
                kernelBefore, stopwatch.nanosPerCall(), accuracy.flatMap(before -> afterwards.map(before::or)));
    }

    @Override
    public void close() {
        call.close();
    }

    /**
     * What came of it.
     *
     * @param kernel the kernel that ran, before the timing and after it
     * @param nanosPerCall the time of a batch
     * @param accuracy how far the results are off; empty if there are none
     */
    public record Outcome(String kernel, double nanosPerCall, Optional<Accuracy> accuracy) {}
}

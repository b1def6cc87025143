package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.check.Accuracy;
import io.lanenorm.jmh.check.Referee;
import io.lanenorm.jmh.check.WrongResult;
import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Contender;
import java.time.Duration;
import java.util.Optional;

/** One contender in one heat. */
final class Entrant {
    private static final Duration WARM_UP = Duration.ofMillis(40);

    private final Contender contender;
    private final Call call;
    private final Stopwatch stopwatch;
    private final Optional<Accuracy> accuracy;
    private final String kernelBefore;

    /** Warms the call up, and has it judged before anything is timed. */
    Entrant(Contender contender, Call call, Referee referee) {
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

    /** To be called when all entrants of all heats are warm. */
    void calibrate() {
        stopwatch.calibrate();
    }

    void window() {
        stopwatch.window();
    }

    /** Is judged again, since the JVM may have compiled the kernel once more meanwhile. */
    Outcome finish(Referee referee) {
        Optional<Accuracy> afterwards = referee.judge(contender, call);
        if (!call.kernel().equals(kernelBefore)) {
            throw new WrongResult(contender.name() + " ran the kernel " + kernelBefore + " at first and "
                    + call.kernel() + " at last");
        }
        return new Outcome(
                kernelBefore, stopwatch.nanosPerCall(), accuracy.flatMap(before -> afterwards.map(before::or)));
    }

    void close() {
        call.close();
    }

    /** What came of it. */
    record Outcome(String kernel, double nanosPerCall, Optional<Accuracy> accuracy) {}
}

package io.lanenorm.jmh.check;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Results;
import java.util.Optional;

/** Judges calls on one batch in one direction: against the reference, and LaneNorm against LaneNorm to the bit. */
public final class Referee {
    private final Batch batch;
    private final Reference reference;
    private Optional<Results> bits = Optional.empty();

    /** For calls on this batch, which is what the reference was computed from. */
    public Referee(Batch batch, Reference reference) {
        this.batch = batch;
        this.reference = reference;
    }

    /**
     * Runs a call once and judges what it computes.
     *
     * @return how accurate it was; empty if it computes nothing
     * @throws WrongResult if it broke a promise
     */
    public Optional<Accuracy> judge(Contender contender, Call call) {
        requireWantedKernel(contender, call);
        batch.spoilOutputs();
        call.run();
        requireWantedKernel(contender, call);
        return call.results().map(results -> judge(contender, results));
    }

    /** Makes sure that what is called LaneNorm 512 bits is that, and not what stood in for it. */
    public void requireWantedKernel(Contender contender, Call call) {
        if (!call.kernel().equals(call.wantedKernel())) {
            throw new WrongResult(contender.name() + " at " + batch.shape + " runs the kernel " + call.kernel()
                    + "; it should be " + call.wantedKernel());
        }
    }

    private Accuracy judge(Contender contender, Results results) {
        Accuracy accuracy = reference.accuracy(results);
        if (accuracy.worstOfAll() > tolerance(contender.role())) {
            throw new WrongResult(contender.name() + " at " + batch.shape
                    + " is out of bounds; errors over their bounds: " + accuracy);
        }
        if (contender.role() == Role.LANENORM) {
            requireSameBits(contender, results);
        }
        return accuracy;
    }

    /** How many times its bound an error may be. Only LaneNorm has promised anything; others just must be right. */
    private static double tolerance(Role role) {
        return switch (role) {
            case LANENORM -> 1;
            // About 1e-3 of the value: a call with wrong arguments is off by more.
            case PLAIN_LOOP, PEER, NATIVE_LOOP -> 3e3;
            case OTHER_TYPE -> 3e5;
            case COPY -> 0;
        };
    }

    private void requireSameBits(Contender contender, Results results) {
        if (bits.isEmpty()) {
            bits = Optional.of(results);
        }
        results.differenceFrom(bits.get()).ifPresent(difference -> {
            throw new WrongResult(contender.name() + " at " + batch.shape
                    + " gives other bits than the first LaneNorm did: " + difference);
        });
    }
}

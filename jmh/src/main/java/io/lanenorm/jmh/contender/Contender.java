package io.lanenorm.jmh.contender;

import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import java.util.Optional;

/** Someone who computes layer norms, or copies as many bytes. */
public interface Contender {
    /** How it is called in tables and charts. */
    String name();

    /** What it is in the comparison. */
    Role role();

    /** Why it cannot run on this machine; empty if it can. Must not throw, whatever is missing. */
    default Optional<String> absence() {
        return Optional.empty();
    }

    /** Whether it computes this half. */
    default boolean offers(Direction direction) {
        return true;
    }

    /** Whether it makes new arrays for its results in each call, which the others do not. */
    default boolean allocatesResults() {
        return false;
    }

    /** Whether it uses as many threads as it is {@linkplain Threads told}; if not, it always runs on one. */
    default boolean usesThreads() {
        return true;
    }

    /** Makes everything ready for calls on a batch. Only for directions offered, and only where it is not absent. */
    Call prepare(Batch batch, Direction direction);
}

package io.lanenorm.jmh.contender;

import io.lanenorm.jmh.workload.Results;
import java.util.Optional;

/** What one contender does to one batch in one direction, ready to be done again and again. */
public interface Call extends AutoCloseable {
    /** Does it, for the whole batch. This is what is timed. */
    void run();

    /** The kernel that the next {@link #run} will use. */
    String kernel();

    /** The kernel that is to be measured; {@link #kernel} becomes that by and by. */
    default String wantedKernel() {
        return kernel();
    }

    /** The results of the last {@link #run}; empty if this computes none. */
    Optional<Results> results();

    /** Gives back what is not on the Java heap. */
    @Override
    default void close() {}
}

package io.lanenorm.kernels;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The threads that a norm may use: the caller's, and helpers that an executor lends. It decides which calls are worth
 * sharing; a {@link Job} shares them.
 */
public final class Crew {
    /** Fewer elements than this stay on the caller. */
    public static final int LEAST_ELEMENTS = Integer.getInteger("least", 16 * 1024);

    /** The most elements of a part, so that nobody waits long for the last. */
    private static final int MOST_OF_A_PART = 32 * 1024;

    private static final int PARTS_OF_A_THREAD = 8;

    private final int threads;
    private final Executor executor;
    private final int leastElements;

    /** The job of the last call, so that its helpers find the next one. Null while it is in use. */
    private final AtomicReference<@Nullable Job> idle = new AtomicReference<>();

    /**
     * A crew, which starts nothing yet.
     *
     * @param threads the most threads of a call, the caller's included; at least 2
     * @param leastElements the fewest elements that are shared, {@link #LEAST_ELEMENTS} except in tests
     */
    public Crew(int threads, Executor executor, int leastElements) {
        this.threads = threads;
        this.executor = executor;
        this.leastElements = leastElements;
    }

    /** The most threads of a call. */
    int threads() {
        return threads;
    }

    /** Whether this much work is worth more than one thread. */
    boolean takes(int elements) {
        return elements >= leastElements;
    }

    /** The elements of a part of work that can be cut anywhere. */
    int partOf(int elements) {
        return Math.clamp(elements / (threads * PARTS_OF_A_THREAD), leastElements / 4, MOST_OF_A_PART);
    }

    /**
     * Runs the parts of a call, and returns when all have ended.
     *
     * @param parts how many there are
     * @param open how many may begin at once; {@link Job#open} lets more begin
     * @param work runs one of them
     * @throws RuntimeException what a part has thrown; others may not have been run then
     */
    void run(int parts, int open, Job.Work work) {
        Job job = idle.getAndSet(null);
        if (job == null) {
            job = new Job(executor, threads - 1);
        }
        try {
            job.run(parts, open, work);
        } finally {
            idle.set(job);
        }
    }
}

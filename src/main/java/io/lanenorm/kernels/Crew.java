package io.lanenorm.kernels;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The threads that a norm may use: the caller's, and helpers that an executor lends. It decides which calls are worth
 * sharing; a {@link Job} shares them.
 */
public final class Crew {
    /**
     * Fewer elements than this stay on the caller: they take 6 us. Two threads give 18x1024 0.94 to 1.12 of the speed
     * of one forward, and 32x768 1.0 to 1.5.
     */
    public static final int LEAST_ELEMENTS = 20 * 1024;

    /**
     * So many times more elements are worth waking a thread: it costs the caller 7 us, and the thread comes after 50.
     * Smaller work is shared only with a helper that is there, or where one call follows another promptly, for then the
     * thread that is woken comes in time for one of the next.
     */
    private static final int WORTH_WAKING = 11;

    private static final long PROMPTLY_NANOS = TimeUnit.MICROSECONDS.toNanos(10);

    private static final int MOST_THREADS = 1024;

    /** Elements of a part of work that can be cut after any row. */
    private static final int PART_ELEMENTS = 2 * 1024;

    /** Columns of a part of {@link #shareColumns}. */
    private static final int COLUMNS = 512;

    private final int threads;
    private final Executor executor;
    private final int leastElements;

    /** The job of the last call, so that its helpers find the next one. Null while it is in use. */
    private final AtomicReference<@Nullable Job> idle = new AtomicReference<>();

    /** When the last call ended that could have been shared. */
    private final AtomicLong endedAt = new AtomicLong();

    /**
     * A crew, which starts nothing yet.
     *
     * @param threads the most threads of a call, the caller's included; at least 2
     * @param leastElements the fewest elements that are shared, {@link #LEAST_ELEMENTS} except in tests
     */
    public Crew(int threads, Executor executor, int leastElements) {
        this.threads = Math.min(threads, MOST_THREADS);
        this.executor = executor;
        this.leastElements = leastElements;
    }

    /** The most threads of a call. */
    int threads() {
        return threads;
    }

    /** Whether to share work on so many elements. */
    boolean takes(int elements) {
        if (elements < leastElements) {
            return false;
        }
        if (elements / WORTH_WAKING >= leastElements) {
            return true;
        }
        Job job = idle.get();
        return (job != null && job.hasHelpers()) || System.nanoTime() - endedAt.get() < PROMPTLY_NANOS;
    }

    /**
     * Whether to share work that leaves sums of blocks for the caller to add up, of which less is gained.
     *
     * @param worth how many times more elements that takes, {@link Kernels#worthSharing}
     */
    boolean takesBlocks(int elements, int worth) {
        return takes(elements) && elements / worth >= leastElements;
    }

    /** Takes note that a call has ended, shared or not. */
    void ended(int elements) {
        if (elements >= leastElements) {
            endedAt.setRelease(System.nanoTime());
        }
    }

    /** The rows of a part of work that can be cut after any row. */
    int rowsOfAPart(int n) {
        return Math.max(1, Math.min(leastElements, PART_ELEMENTS) / n);
    }

    /** Work in numbered parts. */
    interface Work {
        /** Does the parts {@code from} to {@code to - 1}. */
        void run(int from, int to);
    }

    /**
     * Runs the parts of a call, and returns when all have ended.
     *
     * @param parts how many there are
     * @param work runs some of them, on the thread that calls it
     * @throws RuntimeException what a part has thrown; others may not have been run then
     */
    void run(int parts, Work work) {
        Job job = takeJob();
        run(job, parts, job.share(parts), work);
    }

    /** The same, with the first part alone for the calling thread, which begins with it. */
    void runAfterFirst(int parts, Work work) {
        run(takeJob(), parts, 1, work);
    }

    private Job takeJob() {
        Job job = idle.getAndSet(null);
        return job != null ? job : new Job(executor, threads - 1);
    }

    private void run(Job job, int parts, int first, Work work) {
        job.run(parts, first, work);
        // Not one that has failed: were it for want of stack, a helper might not have ended.
        idle.setRelease(job);
    }

    /** Runs work on all columns of a matrix of so many rows, one to a part, on several threads if that is worth it. */
    void shareColumns(int rows, int columns, Work work) {
        if (!takes(rows * columns)) {
            work.run(0, columns);
            return;
        }
        run(Math.ceilDiv(columns, COLUMNS), (from, to) -> work.run(from * COLUMNS, Math.min(to * COLUMNS, columns)));
    }
}

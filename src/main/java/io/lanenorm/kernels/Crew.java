package io.lanenorm.kernels;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * The threads that a norm may use: the caller's, and helpers that an executor lends. It decides which calls are worth
 * sharing; a {@link Job} shares them.
 */
public final class Crew {
    /** Fewer elements than this stay on the caller: they take 10 us, and two threads save nothing. */
    public static final int LEAST_ELEMENTS = 20 * 1024;

    /**
     * So many times more elements are worth waking a thread: it costs the caller 7 us, and the thread comes after 50.
     * Smaller work is shared only with a helper that is there, or where one call follows another promptly, for then the
     * thread that is woken comes in time for one of the next.
     */
    private static final int WORTH_WAKING = 8;

    private static final long PROMPTLY_NANOS = TimeUnit.MICROSECONDS.toNanos(10);

    private static final int MOST_THREADS = 1024;

    /** More parts than threads, for threads that are not equally fast, or come late. */
    private static final int PARTS_OF_A_THREAD = 8;

    private static final int LEAST_OF_A_PART = 2 * 1024;
    private static final int MOST_OF_A_PART = 32 * 1024;

    /** Columns of a part of {@link #shareColumns}. */
    private static final int COLUMNS = 512;

    private final int threads;
    private final Executor executor;
    private final int leastElements;

    /** The job of the last call, so that its helpers find the next one. Null while it is in use. */
    private final AtomicReference<@Nullable Job> idle = new AtomicReference<>();

    /** When the last call ended that could have been shared. */
    private volatile long endedAt;

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
        return (job != null && job.hasHelpers()) || System.nanoTime() - endedAt < PROMPTLY_NANOS;
    }

    /** Takes note that a call has ended, shared or not. */
    void ended(int elements) {
        if (elements >= leastElements) {
            endedAt = System.nanoTime();
        }
    }

    /** The rows of a part of work that can be cut after any row. */
    int rowsOfAPart(int rows, int n) {
        int least = Math.min(leastElements, LEAST_OF_A_PART);
        return Math.max(1, Math.clamp(rows * n / (threads * PARTS_OF_A_THREAD), least, MOST_OF_A_PART) / n);
    }

    /**
     * Runs the parts of a call, and returns when all have ended.
     *
     * @param parts how many there are
     * @param work runs the part of a number on the calling thread
     * @throws RuntimeException what a part has thrown; others may not have been run then
     */
    void run(int parts, IntConsumer work) {
        Job job = idle.getAndSet(null);
        if (job == null) {
            job = new Job(executor, threads - 1);
        }
        try {
            job.run(parts, work);
        } finally {
            idle.set(job);
        }
    }

    /** Some columns of a matrix. */
    interface Columns {
        /** Works on {@code count} columns from {@code first} on. */
        void run(int first, int count);
    }

    /** Runs work on all columns of a matrix of so many rows, on several threads if that is worth it. */
    void shareColumns(int rows, int columns, Columns work) {
        if (!takes(rows * columns)) {
            work.run(0, columns);
            return;
        }
        run(Math.ceilDiv(columns, COLUMNS), part -> {
            int first = part * COLUMNS;
            work.run(first, Math.min(COLUMNS, columns - first));
        });
    }
}

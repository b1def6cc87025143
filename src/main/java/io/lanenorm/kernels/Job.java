package io.lanenorm.kernels;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Numbered parts of one call after another, shared by the caller and by helpers: threads on which the executor runs
 * this as a task. The caller takes parts from the front and helpers from the back until none is left; then the caller
 * waits for those that a helper is at, never for a helper to come. So it does not matter when, where and whether the
 * executor runs the task. From both ends, because then the same thread has about the same rows in the next call, and in
 * its cache: a row that has to come from another's takes twice as long.
 *
 * <p>A thread takes many parts at first and ever fewer towards the end: each time costs it 0.15 us, and threads are
 * neither equally fast nor there at the same time.
 *
 * <p>A helper may be late by any number of calls: whatever part it takes is one of the call that is on, since it takes
 * it out of those that are left at that moment.
 */
final class Job implements Runnable {
    private static final boolean SPINS = Runtime.getRuntime().availableProcessors() > 1;

    /** How long the caller looks out for the end of the last parts before it sleeps: to wake it takes about as long. */
    private static final long WAIT_NANOS = SPINS ? TimeUnit.MICROSECONDS.toNanos(50) : 0;

    /**
     * How long a helper that found no more parts looks out for the next call: longer than it takes to wake a thread, so
     * that calls one soon after the other wake nobody. Without this two threads are hardly faster than one in L2.
     */
    private static final long LINGER_NANOS = SPINS ? TimeUnit.MICROSECONDS.toNanos(50) : 0;

    /**
     * The same in a pool that has nothing else to do. Linux now and then wakes a thread on the processor of the caller,
     * who then waits for it, beside an idle one. It moves one of two that go on running, within 5 to 20 ms, but not one
     * that sleeps and is woken again: 64x1024 with two threads took 2.3 times as long as with one then.
     */
    private static final long LINGER_IN_IDLE_POOL_NANOS = SPINS ? TimeUnit.MICROSECONDS.toNanos(500) : 0;

    /** A task that has not begun by then may have been dropped, or the executor may be free by now: ask again. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Two cache lines, since they are fetched by pairs. */
    private static final int WORDS_APART = 128 / Long.BYTES;

    /**
     * Where the parts stand that nobody has taken: the number of the first, and in the lower half one past the last.
     */
    private static final int LEFT = WORDS_APART;

    /** Where the number of parts stands that helpers have ended. */
    private static final int ENDED = 2 * WORDS_APART;

    /** Some 2 us. */
    private static final int SPINS_BEFORE_YIELD = 32;

    /**
     * True while the thread asks for helpers: an executor that runs tasks at once, on that thread, gets no help. The
     * thread's own call is half done, so it must neither touch its workspace nor wait for another call.
     */
    private static final ThreadLocal<Boolean> ASKS = new ThreadLocal<>();

    private final Executor executor;
    private final int mostHelpers;

    /** Helpers asked for that have not begun, and when they were asked for. */
    private final AtomicInteger asked = new AtomicInteger();

    private long askedAt;

    /** Helpers that have begun and not ended. */
    private final AtomicInteger helpers = new AtomicInteger();

    /** What caller and helpers tell each other in a call, apart from all else that is written. */
    private final AtomicLongArray words = new AtomicLongArray(3 * WORDS_APART);

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean callerSleeps;

    /** The call: not to be read but by the caller, and by who has taken a part that has not ended. */
    private Crew.@Nullable Work work;

    /** Counts calls. */
    private int calls;

    /** How many parts the call has, and how many of them the caller begins with. */
    private int allParts;

    private int firstShare;

    private @Nullable Thread caller;

    Job(Executor executor, int mostHelpers) {
        this.executor = executor;
        this.mostHelpers = mostHelpers;
    }

    /** Whether there is a helper at this moment, who may be looking out for the next call. */
    boolean hasHelpers() {
        return helpers.get() > 0;
    }

    /** Runs all parts, see {@link Crew#run}, the {@code first} of them on the calling thread. */
    void run(int parts, int first, Crew.Work work) {
        this.work = work;
        caller = Thread.currentThread();
        words.setPlain(ENDED, 0);
        allParts = parts;
        firstShare = first;
        calls++;
        // Before the helpers are counted, in the order that all threads see.
        words.set(LEFT, parts(first, parts));
        askForHelpers(parts - first);
        int done = runParts(0, first);
        awaitEnd(parts - done - takeParts(true));
        this.work = null;
        caller = null;
        if (failure.get() != null) {
            throwFailure();
        }
    }

    private void throwFailure() {
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private void askForHelpers(int parts) {
        int missing = Math.min(parts, mostHelpers) - helpers.get();
        if (missing <= 0 || asks()) {
            return;
        }
        if (asked.get() > 0) {
            if (System.nanoTime() - askedAt < PATIENCE_NANOS) {
                return;
            }
            asked.set(0);
        }
        asked.addAndGet(missing);
        askedAt = System.nanoTime();
        ASKS.set(true);
        try {
            for (int i = 0; i < missing; i++) {
                executor.execute(this);
            }
        } catch (Throwable e) {
            // The executor has no thread for us. The caller does it all. (Not every language declares its exceptions.)
        }
        ASKS.set(false);
    }

    private static boolean asks() {
        return Boolean.TRUE.equals(ASKS.get());
    }

    /** Helps: takes parts, of this call and of those that follow soon. */
    @Override
    public void run() {
        asked.accumulateAndGet(1, (count, one) -> Math.max(count - one, 0));
        if (asks()) {
            return;
        }
        ForkJoinPool pool = ForkJoinTask.getPool();
        do {
            if (helpers.incrementAndGet() <= mostHelpers) {
                help(pool);
            }
            helpers.decrementAndGet();
            // A call that began meanwhile may have counted this one, and asked for none.
        } while (count(words.get(LEFT)) > 0 && helpers.get() < mostHelpers && !hasOtherWork(pool));
    }

    private void help(@Nullable ForkJoinPool pool) {
        for (boolean stays = linger(pool); stays; stays = !hasOtherWork(pool) && linger(pool)) {
            int done = takeParts(false);
            if (done > 0) {
                Thread helped = caller;
                words.addAndGet(ENDED, done);
                if (callerSleeps) {
                    LockSupport.unpark(helped);
                }
            }
        }
    }

    /**
     * Looks out for parts that nobody has taken; false if there were none for long, or the thread is wanted elsewhere.
     * Yields, in case that the caller is on this processor.
     */
    @SuppressWarnings("ThreadPriorityCheck")
    private boolean linger(@Nullable ForkJoinPool pool) {
        long nanos = pool == null ? LINGER_NANOS : LINGER_IN_IDLE_POOL_NANOS;
        int seen = calls;
        long start = System.nanoTime();
        do {
            for (int spins = 0; spins < SPINS_BEFORE_YIELD; spins++) {
                if (count(words.get(LEFT)) > 0) {
                    return true;
                }
                Thread.onSpinWait();
            }
            if (System.nanoTime() - start > nanos) {
                if (calls == seen) {
                    return false;
                }
                // The caller has not let this thread run meanwhile.
                seen = calls;
                start = System.nanoTime();
            }
            Thread.yield();
        } while (!hasOtherWork(pool));
        return false;
    }

    /** Whether a pool has tasks that wait for a thread, other than those that are to help here. */
    private boolean hasOtherWork(@Nullable ForkJoinPool pool) {
        return pool != null && pool.getQueuedSubmissionCount() + pool.getQueuedTaskCount() > asked.get();
    }

    private static long parts(int first, int end) {
        return (long) first << 32 | end;
    }

    private static int first(long parts) {
        return (int) (parts >>> 32);
    }

    private static int end(long parts) {
        return (int) parts;
    }

    private static int count(long parts) {
        return end(parts) - first(parts);
    }

    /**
     * How many of the parts that are left a thread takes: seven eighths of what would be even. What is left to be
     * shared as threads come is done by another thread in each call, in whose cache it is not.
     */
    int share(int parts) {
        int threads = mostHelpers + 1;
        return Math.max(1, (7 * parts + 4 * threads) / (8 * threads));
    }

    /** Takes parts from the front or from the back until none is left. Returns how many are done with. */
    private int takeParts(boolean asCaller) {
        int done = 0;
        long left = words.get(LEFT);
        while (count(left) > 0) {
            int first = first(left);
            int end = end(left);
            int share = share(end - first);
            if (asCaller) {
                if (end == allParts && asked.get() == 0) {
                    // Helpers are there, but do not run, or none is coming.
                    share = end - first;
                }
                askForHelpers(end - first - share);
            } else if (done == 0) {
                // As many as the caller, who has taken them out of those that are left.
                share = Math.clamp(firstShare, share, end - first);
            }
            if (words.compareAndSet(LEFT, left, asCaller ? parts(first + share, end) : parts(first, end - share))) {
                int from = asCaller ? first : end - share;
                done += runParts(from, from + share);
            }
            left = words.get(LEFT);
        }
        return done;
    }

    /** Returns how many parts are done with, of which there are more if these fail. */
    private int runParts(int from, int to) {
        try {
            Objects.requireNonNull(work).run(from, to);
            return to - from;
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            // Nobody is to begin another part of this call.
            return to - from + count(words.getAndSet(LEFT, 0));
        }
    }

    /** Waits until all parts have ended. Keeps an interrupt for later. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void awaitEnd(int parts) {
        if (words.get(ENDED) == parts) {
            return;
        }
        boolean interrupted = false;
        long start = System.nanoTime();
        for (int spins = 1; words.get(ENDED) < parts; spins++) {
            if (spins % SPINS_BEFORE_YIELD != 0) {
                Thread.onSpinWait();
                continue;
            }
            if (System.nanoTime() - start < WAIT_NANOS) {
                // The last helper may be on this processor.
                Thread.yield();
                continue;
            }
            callerSleeps = true;
            if (words.get(ENDED) < parts) {
                LockSupport.park(this);
            }
            callerSleeps = false;
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

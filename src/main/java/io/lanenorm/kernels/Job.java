package io.lanenorm.kernels;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Numbered parts of one call after another, shared by the caller and by helpers, which are runs of this as a task of
 * the executor. The caller takes parts from the front and helpers from the back until none is left; then the caller
 * waits for those that a helper is at, never for a helper to come. So it does not matter when, where and whether the
 * executor runs the task. From both ends, because then the same thread has about the same rows in the next call, and in
 * its cache.
 *
 * <p>A helper may be late by any number of calls: whatever part it takes is one of the call that is on, since it takes
 * it out of {@link #left} as that stands.
 */
final class Job implements Runnable {
    private static final boolean SPINS = Runtime.getRuntime().availableProcessors() > 1;

    /** How long the caller looks out for the end of the last parts before it sleeps: to wake it takes about as long. */
    private static final long WAIT_NANOS = SPINS ? TimeUnit.MICROSECONDS.toNanos(50) : 0;

    /**
     * How long a helper that found no more parts looks out for the next call: longer than it takes to wake a thread, so
     * that calls one soon after the other wake nobody. On two cores, calls without a pause: 32x768 is 1.3 times faster
     * with two threads forward and 1.5 backward (without this 1.1 and 1.0), 64x1024 1.6 and 1.6 (1.3 and 1.1).
     */
    private static final long LINGER_NANOS = SPINS ? TimeUnit.MICROSECONDS.toNanos(50) : 0;

    /** A task that has not begun by then may have been dropped, or the executor may be free by now: ask again. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int SPINS_BETWEEN_LOOKS_AT_THE_CLOCK = 32;

    private final Executor executor;
    private final int mostHelpers;

    /** Helpers asked for that have not begun, and when they were asked for. */
    private final AtomicInteger asked = new AtomicInteger();

    private long askedAt;

    /** Helpers that have begun and not ended. */
    private final AtomicInteger helpers = new AtomicInteger();

    /** The parts that nobody has taken: the number of the first, and in the lower half one more than the last. */
    private final AtomicLong left = new AtomicLong();

    /** Parts of the call that have ended. */
    private final AtomicInteger ended = new AtomicInteger();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean callerSleeps;

    /** The call: not to be read but by the caller, and by who has taken a part that has not ended. */
    private @Nullable IntConsumer work;

    private @Nullable Thread caller;

    Job(Executor executor, int mostHelpers) {
        this.executor = executor;
        this.mostHelpers = mostHelpers;
    }

    /** Whether there is a helper at this moment, who may be looking out for the next call. */
    boolean hasHelpers() {
        return helpers.get() > 0;
    }

    /** Runs all parts, see {@link Crew#run}. */
    void run(int parts, IntConsumer work) {
        this.work = work;
        caller = Thread.currentThread();
        ended.set(0);
        left.set(parts);
        do {
            askForHelpers();
        } while (takePart(true));
        awaitEnd(parts);
        this.work = null;
        caller = null;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private void askForHelpers() {
        int missing = Math.min(count(left.get()) - 1, mostHelpers) - helpers.get();
        if (missing <= 0) {
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
        try {
            for (int i = 0; i < missing; i++) {
                executor.execute(this);
            }
        } catch (RuntimeException | Error e) {
            // The executor has no thread for us. The caller does it all.
        }
    }

    /** Helps: takes parts, of this call and of those that follow soon. */
    @Override
    public void run() {
        asked.accumulateAndGet(1, (count, one) -> Math.max(count - one, 0));
        if (Thread.currentThread().equals(caller)) {
            return;
        }
        if (helpers.incrementAndGet() <= mostHelpers) {
            while (takePart(false)) {
                linger();
            }
        }
        helpers.decrementAndGet();
    }

    private void linger() {
        long start = System.nanoTime();
        for (int spins = 1; count(left.get()) == 0; spins++) {
            if (spins % SPINS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && System.nanoTime() - start > LINGER_NANOS) {
                return;
            }
            Thread.onSpinWait();
        }
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

    /** Takes the first or the last part and runs it. Returns whether there was one. */
    private boolean takePart(boolean theFirst) {
        long parts = left.get();
        while (count(parts) > 0) {
            if (left.compareAndSet(parts, theFirst ? parts + (1L << 32) : parts - 1)) {
                runPart(theFirst ? first(parts) : end(parts) - 1);
                return true;
            }
            parts = left.get();
        }
        return false;
    }

    private void runPart(int part) {
        Thread helped = caller;
        int count = 1;
        try {
            Objects.requireNonNull(work).accept(part);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            // Nobody is to begin another part of this call.
            count += count(left.getAndSet(0));
        }
        ended.addAndGet(count);
        if (callerSleeps) {
            LockSupport.unpark(helped);
        }
    }

    /** Waits until all parts have ended. Keeps an interrupt for later. */
    private void awaitEnd(int parts) {
        if (ended.get() == parts) {
            return;
        }
        boolean interrupted = false;
        long start = System.nanoTime();
        for (int spins = 1; ended.get() < parts; spins++) {
            if (spins % SPINS_BETWEEN_LOOKS_AT_THE_CLOCK != 0 || System.nanoTime() - start < WAIT_NANOS) {
                Thread.onSpinWait();
                continue;
            }
            callerSleeps = true;
            if (ended.get() < parts) {
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

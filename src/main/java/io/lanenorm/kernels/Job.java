package io.lanenorm.kernels;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Numbered parts of one call after another, shared by the caller and by helpers, which are runs of this as a task of
 * the executor. Whoever is free takes the next part; the caller takes parts until none is left and then waits for those
 * that a helper is at, never for a helper to come. So it does not matter when, where and whether the executor runs the
 * task.
 *
 * <p>Parts are counted through from call to call. A helper may be late by any number of calls, but cannot mistake one
 * for another: to take a part is to raise {@link #next} from its number, and each number comes once.
 */
final class Job implements Runnable {
    /** What is done in parts. */
    interface Work {
        /** Runs a part on the calling thread. */
        void run(int part, Job job);
    }

    private static final Work NONE = (part, job) -> {};

    private static final boolean SPINS = Runtime.getRuntime().availableProcessors() > 1;

    /** How long the caller looks out for the end of the last parts before it sleeps: to wake it takes about as long. */
    private static final long WAIT_NANOS = SPINS ? TimeUnit.MICROSECONDS.toNanos(50) : 0;

    /** How long a helper that found no more parts looks out for the next call. */
    private static final long LINGER_NANOS =
            SPINS ? TimeUnit.MICROSECONDS.toNanos(Integer.getInteger("linger", 50)) : 0;

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

    /** The next part to be taken, and the first that may not be taken yet. */
    private final AtomicLong next = new AtomicLong();

    private volatile long limit;

    /** Parts of this call that have ended. */
    private final AtomicInteger ended = new AtomicInteger();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean callerSleeps;

    /** The call: not to be read but by the caller, and by who has taken a part that has not ended. */
    private Work work = NONE;

    private @Nullable Thread caller;
    private long first;
    private int parts;

    Job(Executor executor, int mostHelpers) {
        this.executor = executor;
        this.mostHelpers = mostHelpers;
    }

    /** Runs all parts, see {@link Crew#run}. */
    void run(int parts, int open, Work work) {
        this.work = work;
        this.parts = parts;
        caller = Thread.currentThread();
        first = next.get();
        ended.set(0);
        limit = first + open;
        long end = first + parts;
        while (ended.get() < parts) {
            askForHelpers((int) Math.min(end - next.get() - 1, mostHelpers));
            if (!takePart()) {
                await();
            }
        }
        this.work = NONE;
        caller = null;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** Lets the parts below this number begin. Never called with a lower number, nor by two at once. */
    void open(int part) {
        limit = first + Math.min(part, parts);
    }

    private void askForHelpers(int wanted) {
        int missing = wanted - helpers.get();
        if (missing <= 0) {
            return;
        }
        int silent = asked.get();
        if (silent > 0) {
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
            while (takePart()) {
                linger();
            }
        }
        helpers.decrementAndGet();
    }

    private void linger() {
        long start = System.nanoTime();
        for (int spins = 1; !partIsOpen(); spins++) {
            if (spins % SPINS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && System.nanoTime() - start > LINGER_NANOS) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    private boolean partIsOpen() {
        return next.get() < limit;
    }

    /** Takes the next part and runs it. Returns whether there was one. */
    private boolean takePart() {
        long part = next.get();
        while (part < limit) {
            if (next.compareAndSet(part, part + 1)) {
                runPart((int) (part - first));
                return true;
            }
            part = next.get();
        }
        return false;
    }

    private void runPart(int part) {
        Thread caller = this.caller;
        int endedHere = 1;
        try {
            work.run(part, this);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            // Nobody may begin another part of this call.
            long end = first + parts;
            endedHere += (int) (end - next.getAndSet(end));
        }
        ended.addAndGet(endedHere);
        if (callerSleeps) {
            LockSupport.unpark(caller);
        }
    }

    /** Waits until a part can be taken or all have ended. Keeps an interrupt for later. */
    private void await() {
        boolean interrupted = false;
        long start = System.nanoTime();
        for (int spins = 1; !partIsOpen() && ended.get() < parts; spins++) {
            if (spins % SPINS_BETWEEN_LOOKS_AT_THE_CLOCK != 0 || System.nanoTime() - start < WAIT_NANOS) {
                Thread.onSpinWait();
                continue;
            }
            callerSleeps = true;
            if (!partIsOpen() && ended.get() < parts) {
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

package io.lanenorm.choice;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import io.lanenorm.kernels.Trial;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Kernels that are scalar until the JVM has compiled the vector kernels.
 *
 * <p>Vector code that is not compiled yet allocates an object for each vector and is some hundred times slower than
 * scalar code, and the classes of the Vector API alone take 0.1 s to load. So the vector kernels are first run on the
 * side, on rows made up for it, until they are fast. The change is invisible, since both give the same bits. It is done
 * in the common pool, with pauses between trials in which the pool is free for others; where that has no threads by its
 * settings, the JDK gives it some for tasks that are scheduled.
 *
 * <p>What no call has asked for is not tried: rows of whole blocks, which most are, take half as many kernels as
 * others, so these take over sooner; and who never calls backward has none of its kernels compiled.
 */
public final class WarmStart {
    /**
     * The first calls of a program, which have much code compiled, are left alone: the first call starts nothing, the
     * first one that comes so much later does, or after many calls one that comes {@link #SHORT_DELAY_NANOS} later.
     */
    private static final long DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** With this delay after fewer calls, the first 1000 at 32x768 took 1.1 times as long as without vector kernels. */
    private static final long SHORT_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Forward and backward: 1000 of each. */
    private static final int MANY_CALLS = 2000;

    /**
     * A trial is followed by a pause as long as itself, but for these bounds: C2 has use for the CPU, and is done no
     * sooner for more trials that wait for it (with trials for 4 ms between pauses 0.2 s later), nor for long pauses
     * after the first ones, which are not compiled and take 20 ms (0.1 s later).
     */
    private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long GREATEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

    /**
     * For trials and pauses until one more kind has taken over. With 10 s for the last one, it was given up on a
     * machine that others used as well.
     */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /**
     * Nanoseconds for an element in one pass. C2's code takes 0.6 to 1.8 by the width; one kernel of several in C1's
     * code, which allocates its vectors, 7 and more. With 20, forward took over while one was not compiled, and calls
     * took 10 to 50 times as long as scalar ones for up to a second. The scalar kernels are not run for comparison:
     * compiling them for rows like these took a fifth of the compiler's time.
     */
    private static final double FAST_NANOS = 5;

    /** On a slow CPU, as it seems after so long. */
    private static final double LATE_FAST_NANOS = 20;

    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(6);

    /** Trials in a row that have to be fast. */
    private static final int WINS = 3;

    /** How often a pass is run in each of its forms, see {@link Trial}. */
    private static final int ROUNDS = 30;

    /** What calls ask for, and its kernels. */
    private static final class Use {
        /** Null for {@link Kernels#refine}. */
        final Trial.@Nullable Kind kind;

        volatile Kernels kernels;

        /** Whether no call has asked for it yet, nor has it been given up. */
        volatile boolean untried;

        boolean wanted;

        /** Fast trials since the last one that was not. */
        int wins;

        /** Whether its kernels have taken over, and its pass is to be run. */
        boolean passWaits;

        Use(Trial.@Nullable Kind kind, Kernels kernels, boolean untried) {
            this.kind = kind;
            this.kernels = kernels;
            this.untried = untried;
        }
    }

    /** Rows of whole blocks. */
    private final Use wholeForward;

    private final Use wholeBackward;
    private final Use forward;
    private final Use backward;

    /** They are tried by turns, and then their passes are run in this order. */
    private final List<Use> uses;

    private int turn;

    /** {@link Kernels#refine}. No call asks for it, it follows the first of the others. */
    private final Use refined;

    private final @Nullable Supplier<Kernels> loader;
    private @Nullable Trials trials;
    private boolean running;
    private int calls;
    private long firstCall;

    private WarmStart(Kernels kernels, @Nullable Supplier<Kernels> loader) {
        boolean untried = loader != null;
        wholeForward = new Use(Trial.Kind.WHOLE_FORWARD, kernels, untried);
        wholeBackward = new Use(Trial.Kind.WHOLE_BACKWARD, kernels, untried);
        forward = new Use(Trial.Kind.FORWARD, kernels, untried);
        backward = new Use(Trial.Kind.BACKWARD, kernels, untried);
        uses = List.of(wholeForward, wholeBackward, forward, backward);
        refined = new Use(null, kernels, untried);
        this.loader = loader;
    }

    /** Kernels that never change. */
    public static WarmStart fixed(Kernels kernels) {
        return new WarmStart(kernels, null);
    }

    /** Scalar kernels, and the vector kernels as soon as they are faster; of scalar kernels, these for good. */
    static WarmStart of(Supplier<Kernels> vectorKernels) {
        return new WarmStart(ScalarKernels.INSTANCE, vectorKernels);
    }

    /** The kernels for the next forward call with rows of n features. */
    public Kernels forward(int n) {
        return kernels(hasWholeBlocks(n) ? wholeForward : forward);
    }

    /** The kernels for the next backward call with rows of n features. */
    public Kernels backward(int n) {
        return kernels(hasWholeBlocks(n) ? wholeBackward : backward);
    }

    private static boolean hasWholeBlocks(int n) {
        return n > Kernels.MOMENT_BLOCK && n % Kernels.MOMENT_BLOCK == 0;
    }

    private Kernels kernels(Use use) {
        if (use.untried) {
            ask(use);
        }
        return use.kernels;
    }

    private synchronized void ask(Use use) {
        long now = System.nanoTime();
        if (calls == 0) {
            firstCall = now;
        }
        calls++;
        if (loader == null || now - firstCall < (calls > MANY_CALLS ? SHORT_DELAY_NANOS : DELAY_NANOS)) {
            return;
        }
        want(use);
        if (trials == null) {
            trials = new Trials(loader);
        }
        if (!running) {
            running = true;
            trials.schedule(LEAST_PAUSE_NANOS);
        }
    }

    private synchronized void want(Use use) {
        use.wanted |= use.untried;
        use.untried = false;
    }

    /**
     * What is to be tried next, or has its pass run; null if there is nothing, and the trials are over for now. By
     * turns, so that C2 has kernels of one pass to compile while those of the other are on their way there (both took
     * over 0.2 s sooner).
     */
    private synchronized @Nullable Use next() {
        for (int i = 0; i < uses.size(); i++) {
            turn = (turn + 1) % uses.size();
            if (uses.get(turn).wanted) {
                return uses.get(turn);
            }
        }
        for (Use use : uses) {
            if (use.passWaits) {
                return use;
            }
        }
        if (refined.wanted) {
            return refined;
        }
        running = false;
        return null;
    }

    private synchronized void isDone(Use use) {
        use.wanted = false;
    }

    private synchronized void giveUp() {
        for (Use use : uses) {
            use.untried = false;
            use.wanted = false;
        }
        refined.wanted = false;
    }

    /** The trials of the vector kernels, one after the other. */
    private final class Trials implements Runnable {
        private final Supplier<Kernels> loader;
        private @Nullable Kernels vectorKernels;
        private @Nullable Trial trial;
        private int rounds;
        private long spent;

        Trials(Supplier<Kernels> loader) {
            this.loader = loader;
        }

        void schedule(long nanos) {
            try {
                Future<?> unused = ForkJoinPool.commonPool().schedule(this, nanos, TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                // The JVM is shutting down.
            }
        }

        @Override
        public void run() {
            try {
                Kernels kernels = vectorKernels != null ? vectorKernels : load();
                if (ScalarKernels.INSTANCE.equals(kernels)) {
                    giveUp();
                    return;
                }
                Use use = next();
                if (use != null) {
                    long start = System.nanoTime();
                    run(use, kernels);
                    long taken = System.nanoTime() - start;
                    long pause = Math.clamp(taken, LEAST_PAUSE_NANOS, GREATEST_PAUSE_NANOS);
                    spent += taken + pause;
                    schedule(pause);
                }
            } catch (LinkageError e) {
                giveUp();
                ScalarLog.log(e.toString());
            }
        }

        private Kernels load() {
            Kernels kernels = loader.get();
            kernels.refine(false);
            vectorKernels = kernels;
            return kernels;
        }

        private void run(Use use, Kernels kernels) {
            if (trial == null) {
                // Not with the trials, which a call makes.
                trial = new Trial();
            }
            if (use.passWaits) {
                trial.runPass(Objects.requireNonNull(use.kind), kernels);
                rounds++;
                if (rounds == ROUNDS) {
                    rounds = 0;
                    use.passWaits = false;
                    spent = 0;
                }
                return;
            }
            use.wins = isFast(trial, kernels, use) ? use.wins + 1 : 0;
            if (use.wins == WINS) {
                succeeded(trial, kernels, use);
                spent = 0;
            } else if (spent > PATIENCE_NANOS && use == refined) {
                isDone(refined);
                spent = 0;
            } else if (spent > PATIENCE_NANOS) {
                giveUp();
                ScalarLog.log("this JVM does not compile the vector kernels to faster code; pass"
                        + " -Dlanenorm.width=scalar to spare the attempt");
            }
        }

        private boolean isFast(Trial trial, Kernels kernels, Use use) {
            if (use.kind == null) {
                return trial.isRefinedFast(kernels, FAST_NANOS);
            }
            return trial.isFast(use.kind, kernels, spent < LATE_NANOS ? FAST_NANOS : LATE_FAST_NANOS);
        }

        private void succeeded(Trial trial, Kernels kernels, Use use) {
            use.kernels = kernels;
            isDone(use);
            if (use == refined) {
                kernels.refine(true);
                trial.runRefined(kernels);
            } else {
                use.passWaits = true;
                want(refined);
            }
        }
    }
}

package io.lanenorm.choice;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import io.lanenorm.kernels.Trial;
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
 * in the common pool, in slices, between which the pool is free for others; where that has no threads by its settings,
 * the JDK gives it some for tasks that are scheduled. The forward pass comes first: its kernels take over after some
 * three quarters of the time, and those of the backward pass hardly later for it (1.04 of the time).
 */
public final class WarmStart {
    /**
     * The first calls of a program, which have much code compiled, are left alone: the first call starts nothing, the
     * first one that comes so much later does. With 300 ms, the first 1000 calls at 32x768 took 1.2 to 1.3 times as
     * long as without vector kernels.
     */
    private static final long DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /**
     * As short as that, since C2 waits for counts that trials make (2 ms after each 2: forward takes 1.1 times as
     * long).
     */
    private static final long PAUSE_MILLIS = 1;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** For the last stage, when the vector kernels have taken over. */
    private static final long REFINED_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Trials in a row that have to be fast. */
    private static final int WINS = 3;

    /** What is tried, one after the other. */
    private enum Stage {
        FORWARD,
        BACKWARD,
        /** {@link Kernels#refine}. */
        REFINED
    }

    private volatile Kernels forward;
    private volatile Kernels backward;

    /** Loads the vector kernels; null when the trials have begun, or if there are none. */
    private volatile @Nullable Supplier<Kernels> untried;

    private boolean called;
    private long firstCall;

    private WarmStart(Kernels kernels) {
        forward = kernels;
        backward = kernels;
    }

    /** Kernels that never change. */
    public static WarmStart fixed(Kernels kernels) {
        return new WarmStart(kernels);
    }

    /** Scalar kernels, and the vector kernels as soon as they are faster; of scalar kernels, these for good. */
    static WarmStart of(Supplier<Kernels> vectorKernels) {
        WarmStart start = new WarmStart(ScalarKernels.INSTANCE);
        start.untried = vectorKernels;
        return start;
    }

    /** The kernels for the next forward call. */
    public Kernels forward() {
        if (untried != null) {
            startIfDue();
        }
        return forward;
    }

    /** The kernels for the next backward call: scalar ones for longer than forward. */
    public Kernels backward() {
        if (untried != null) {
            startIfDue();
        }
        return backward;
    }

    private synchronized void startIfDue() {
        long now = System.nanoTime();
        if (!called) {
            called = true;
            firstCall = now;
        }
        Supplier<Kernels> vectorKernels = untried;
        if (vectorKernels != null && now - firstCall >= DELAY_NANOS) {
            untried = null;
            new Trials(vectorKernels).schedule();
        }
    }

    /** The trials of one set of vector kernels: slice after slice, never two at a time. */
    private final class Trials implements Runnable {
        private final Supplier<Kernels> loader;
        private @Nullable Kernels vectorKernels;
        private @Nullable Trial trial;
        private int wins;
        private Stage stage = Stage.FORWARD;
        private long spent;

        Trials(Supplier<Kernels> loader) {
            this.loader = loader;
        }

        void schedule() {
            try {
                Future<?> unused = ForkJoinPool.commonPool().schedule(this, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The JVM is shutting down.
            }
        }

        @Override
        public void run() {
            if (!slice()) {
                schedule();
            }
        }

        /** Runs trials for a while. Returns whether there is nothing more to try. */
        boolean slice() {
            long start = System.nanoTime();
            try {
                if (vectorKernels == null) {
                    vectorKernels = loader.get();
                    if (forward.equals(vectorKernels)) {
                        return true;
                    }
                    vectorKernels.refine(false);
                }
                if (trial == null) {
                    // Not with the trials, which a call makes.
                    trial = new Trial();
                }
                do {
                    wins = isFast(trial, vectorKernels) ? wins + 1 : 0;
                    if (wins == WINS) {
                        if (stage == Stage.REFINED) {
                            vectorKernels.refine(true);
                            return true;
                        }
                        takeOver(vectorKernels);
                    }
                } while (System.nanoTime() - start < SLICE_NANOS);
            } catch (LinkageError e) {
                ScalarLog.log(e.toString());
                return true;
            }
            spent += System.nanoTime() - start;
            if (spent > PATIENCE_NANOS && stage != Stage.REFINED) {
                ScalarLog.log(
                        "this JVM does not compile the vector kernels to faster code; pass -Dlanenorm.width=scalar"
                                + " to spare the attempt");
            }
            return spent > PATIENCE_NANOS;
        }

        private boolean isFast(Trial trial, Kernels vectorKernels) {
            return switch (stage) {
                case FORWARD -> trial.isForwardFast(vectorKernels);
                case BACKWARD -> trial.isBackwardFast(vectorKernels);
                case REFINED -> trial.isRefinedFast(vectorKernels);
            };
        }

        private void takeOver(Kernels vectorKernels) {
            wins = 0;
            if (stage == Stage.FORWARD) {
                forward = vectorKernels;
                stage = Stage.BACKWARD;
            } else {
                backward = vectorKernels;
                stage = Stage.REFINED;
                spent = PATIENCE_NANOS - REFINED_PATIENCE_NANOS;
            }
        }
    }
}

package io.lanenorm;

import io.lanenorm.choice.KernelChoice;
import io.lanenorm.choice.WarmStart;
import io.lanenorm.kernels.Crew;
import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/**
 * Layer normalization of rows of N features, forward and backward. For a row x:
 *
 * <pre>
 *   mean = sum(x) / N          var = sum((x - mean)^2) / N          rstd = 1 / sqrt(var + epsilon)
 *   xhat = (x - mean) * rstd   y = gamma * xhat + beta
 * </pre>
 *
 * and with w = gamma * dy:
 *
 * <pre>
 *   dx = rstd * (w - mean(w) - xhat * mean(w * xhat))
 *   dgamma = sum over rows of dy * xhat          dbeta = sum over rows of dy
 * </pre>
 *
 * (Ba, Kiros and Hinton, <i>Layer Normalization</i>, 2016, arXiv:1607.06450; the backward pass is derived in
 * {@code src/specification/derivation.md}.)
 *
 * <p>A batch is a {@code float[rows * N]}, row after row. The result of a row depends on that row alone: it is the same
 * to the bit at every {@link VectorWidth}, in every batch and at every place in it ({@code src/specification/bits.md}).
 *
 * <p>An instance is immutable and may be used by any number of threads at the same time, as long as each call has
 * output arrays and {@link RowStatistics} of its own and nobody writes to gamma and beta meanwhile. A call starts no
 * thread; it runs on the caller's, and on others only if the {@link Builder#parallelism} is more than 1. On one thread
 * it allocates nothing once that thread has made a call of the same size; on several, a few hundred bytes, and what the
 * executor needs. A call with a bad argument throws before it writes anything.
 */
public final class LayerNorm {
    private final int features;
    private final double epsilon;
    private final float[] gamma;
    private final float[] beta;
    private final @Nullable VectorWidth width;
    private final WarmStart kernels;
    private final @Nullable Crew crew;

    private LayerNorm(Builder builder) {
        features = builder.features;
        epsilon = builder.epsilon;
        gamma = builder.gamma != null ? builder.gamma : ones(features);
        beta = builder.beta != null ? builder.beta : new float[features];
        width = builder.width;
        if (builder.kernels != null) {
            kernels = builder.kernels;
        } else {
            kernels = width != null ? KernelChoice.kernels(width.bits()) : KernelChoice.preferredKernels();
        }
        crew = builder.parallelism > 1 ? builder.crew() : null;
    }

    private static float[] ones(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1f);
        return ones;
    }

    /**
     * Starts the description of a norm.
     *
     * @param features N, the length of a row, at least 1
     * @return a builder with no gamma, no beta, epsilon 1e-5 and the preferred width
     * @throws IllegalArgumentException if {@code features} is less than 1
     */
    public static Builder builder(int features) {
        if (features < 1) {
            throw Arguments.wrong("features", features, "at least 1");
        }
        return new Builder(features);
    }

    /**
     * The length of a row.
     *
     * @return N
     */
    public int features() {
        return features;
    }

    /**
     * What is added to the variance under the root.
     *
     * @return epsilon
     */
    public double epsilon() {
        return epsilon;
    }

    /**
     * The width that this norm was built with. The vector kernels take over from the scalar ones, which give the same
     * bits, when the JVM has compiled them; {@link #toString()} tells which run at the moment.
     *
     * @return the width
     */
    public VectorWidth width() {
        return width != null ? width : VectorWidth.preferred();
    }

    /**
     * Normalises a batch and keeps nothing: inference.
     *
     * @param x the input, {@code float[rows * N]}
     * @param y receives the result, as long as {@code x}; may be {@code x} itself, but not gamma or beta
     * @throws NullPointerException if an argument is null
     * @throws IllegalArgumentException if a length is wrong or {@code y} is gamma or beta; nothing is written then
     */
    public void forward(float[] x, float[] y) {
        int rows = checkForward(x, y);
        Kernels k = kernels.forward(features);
        k.forwardPass().run(crew, k, x, rows, features, epsilon, gamma, beta, y, null, null);
    }

    /**
     * Normalises a batch and keeps the statistics that {@link #backward} needs: training. Gives the same bits of
     * {@code y} as {@link #forward(float[], float[])}.
     *
     * @param x the input, {@code float[rows * N]}
     * @param y receives the result, as long as {@code x}; may be {@code x} itself (but backward needs the original
     *     {@code x}), not gamma or beta
     * @param statistics receives mean and rstd of each row; of {@code rows} rows
     * @throws NullPointerException if an argument is null
     * @throws IllegalArgumentException if a length or size is wrong or {@code y} is gamma or beta; nothing is written
     *     then
     */
    public void forward(float[] x, float[] y, RowStatistics statistics) {
        int rows = checkForward(x, y);
        Arguments.requireRows(statistics, rows, "x");
        Kernels k = kernels.forward(features);
        k.forwardPass().run(crew, k, x, rows, features, epsilon, gamma, beta, y, statistics.mean, statistics.rstd);
        statistics.features = features;
    }

    /**
     * Computes the gradients of a batch. Each of the last three arguments may be null: that gradient is not computed
     * then. What is computed is overwritten, not added to.
     *
     * @param dy the gradient of the loss with respect to y, {@code float[rows * N]}
     * @param x the input of the forward, as long as {@code dy}
     * @param statistics as filled by {@link #forward(float[], float[], RowStatistics)} for this {@code x}
     * @param dx receives the gradient with respect to x, as long as {@code dy}; may be {@code dy} itself, not another
     *     of these arrays
     * @param dgamma receives the gradient with respect to gamma, {@code float[N]}; not another of these arrays
     * @param dbeta receives the gradient with respect to beta, {@code float[N]}; not another of these arrays
     * @throws NullPointerException if {@code dy}, {@code x} or {@code statistics} is null
     * @throws IllegalArgumentException if a length or size is wrong, {@code statistics} were never filled or belong to
     *     rows of another length, or an output is given twice or in place of an input; nothing is written then
     */
    public void backward(
            float[] dy,
            float[] x,
            RowStatistics statistics,
            float @Nullable [] dx,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta) {
        int rows = checkBackward(dy, x, statistics, dx, dgamma, dbeta);
        Kernels k = kernels.backward(features);
        k.backwardPass()
                .run(crew, k, dy, x, rows, features, gamma, statistics.mean, statistics.rstd, dx, dgamma, dbeta);
    }

    private int checkForward(float[] x, float[] y) {
        int rows = Arguments.rows(x, "x", features);
        Arguments.requireLength(y, "y", x.length, "the length of x");
        Arguments.requireDistinct(y, "y", gamma, "gamma");
        Arguments.requireDistinct(y, "y", beta, "beta");
        return rows;
    }

    private int checkBackward(
            float[] dy,
            float[] x,
            RowStatistics statistics,
            float @Nullable [] dx,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta) {
        int rows = Arguments.rows(dy, "dy", features);
        Arguments.requireLength(x, "x", dy.length, "the length of dy");
        Arguments.requireRows(statistics, rows, "dy");
        Arguments.requireFilled(statistics, features);
        if (dx != null) {
            Arguments.requireLength(dx, "dx", dy.length, "the length of dy");
            requireNoInput(dx, "dx", x, gamma, beta);
        }
        if (dgamma != null) {
            Arguments.requireLength(dgamma, "dgamma", features, "the features");
            requireNoInput(dgamma, "dgamma", x, gamma, beta);
            Arguments.requireDistinct(dgamma, "dgamma", dy, "dy");
            Arguments.requireDistinct(dgamma, "dgamma", dx, "dx");
        }
        if (dbeta != null) {
            Arguments.requireLength(dbeta, "dbeta", features, "the features");
            requireNoInput(dbeta, "dbeta", x, gamma, beta);
            Arguments.requireDistinct(dbeta, "dbeta", dy, "dy");
            Arguments.requireDistinct(dbeta, "dbeta", dx, "dx");
            Arguments.requireDistinct(dbeta, "dbeta", dgamma, "dgamma");
        }
        return rows;
    }

    private static void requireNoInput(float[] output, String name, float[] x, float[] gamma, float[] beta) {
        Arguments.requireDistinct(output, name, x, "x");
        Arguments.requireDistinct(output, name, gamma, "gamma");
        Arguments.requireDistinct(output, name, beta, "beta");
    }

    /**
     * Names the norm and the kernels that its next call will run.
     *
     * @return for example {@code LayerNorm[features=768, epsilon=1.0E-5, width=BITS_512, kernels=512 bits]};
     *     {@code kernels=scalar} as long as the JVM has not compiled the vector kernels of the backward pass for rows
     *     of this length, which asking makes it do; those of the forward pass run earlier. {@code 512 bits, not all
     *     compiled} as long as some that make batches of many rows faster are missing, by a tenth to a quarter
     */
    @Override
    public String toString() {
        return "LayerNorm[features=" + features + ", epsilon=" + epsilon + ", width=" + width() + ", kernels="
                + kernels.backward(features) + "]";
    }

    /** Describes a {@link LayerNorm}. */
    public static final class Builder {
        private final int features;
        private float @Nullable [] gamma;
        private float @Nullable [] beta;
        private double epsilon = 1e-5;
        private @Nullable VectorWidth width;
        private @Nullable WarmStart kernels;
        private int parallelism = 1;
        private @Nullable Executor executor;
        private int leastSharedElements = Crew.LEAST_ELEMENTS;

        private Builder(int features) {
            this.features = features;
        }

        /**
         * Sets gamma, the factor of each feature. Left out, it is all ones.
         *
         * @param gamma {@code float[N]}, used where it lies and not copied, so that training may update it between
         *     calls
         * @return this builder
         * @throws NullPointerException if {@code gamma} is null
         * @throws IllegalArgumentException if it is not of length N
         */
        public Builder gamma(float[] gamma) {
            Arguments.requireLength(gamma, "gamma", features, "the features");
            this.gamma = gamma;
            return this;
        }

        /**
         * Sets beta, the summand of each feature. Left out, it is all zeros.
         *
         * @param beta {@code float[N]}, used where it lies and not copied, so that training may update it between calls
         * @return this builder
         * @throws NullPointerException if {@code beta} is null
         * @throws IllegalArgumentException if it is not of length N
         */
        public Builder beta(float[] beta) {
            Arguments.requireLength(beta, "beta", features, "the features");
            this.beta = beta;
            return this;
        }

        /**
         * Sets epsilon, which is added to the variance under the root. The default is 1e-5.
         *
         * @param epsilon finite and at least 0; with 0 a constant row gives NaN, as the formula says
         * @return this builder
         * @throws IllegalArgumentException if {@code epsilon} is negative, infinite or NaN
         */
        public Builder epsilon(double epsilon) {
            if (!(epsilon >= 0 && epsilon <= Double.MAX_VALUE)) {
                throw Arguments.wrong("epsilon", epsilon, "finite and at least 0");
            }
            this.epsilon = epsilon;
            return this;
        }

        /**
         * Sets the width of the vectors. The default is {@link VectorWidth#preferred()}.
         *
         * @param width one of {@link VectorWidth#available()}
         * @return this builder
         * @throws NullPointerException if {@code width} is null
         * @throws IllegalArgumentException if this machine or JVM cannot run it at full speed
         */
        public Builder width(VectorWidth width) {
            Arguments.requireNonNull(width, "width");
            if (!VectorWidth.available().contains(width)) {
                throw Arguments.wrong("width", width, "one of " + VectorWidth.available());
            }
            this.width = width;
            return this;
        }

        /**
         * Sets the most threads that a call may use, its caller included. The default is 1. The results are the same
         * bits at any number. Calls with less than 20 K elements stay on the caller (backward of more than 16 rows 40
         * K), and so do those with less than 220 K if they come one by one; more threads than processors are of no use.
         * A thread that has helped looks out for the next call for 50 microseconds before the executor has it back, or
         * 500 if that is a ForkJoinPool without other tasks.
         *
         * @param parallelism at least 1
         * @return this builder
         * @throws IllegalArgumentException if {@code parallelism} is less than 1
         */
        public Builder parallelism(int parallelism) {
            if (parallelism < 1) {
                throw Arguments.wrong("parallelism", parallelism, "at least 1");
            }
            this.parallelism = parallelism;
            return this;
        }

        /**
         * Sets whose threads help the caller where {@link #parallelism} is more than 1. The default is
         * {@link ForkJoinPool#commonPool()}. The caller never waits for a task to begin: an executor that is busy,
         * refuses tasks, throws, drops them or runs them in the caller costs the help, no more.
         *
         * @param executor whose threads
         * @return this builder
         * @throws NullPointerException if {@code executor} is null
         */
        public Builder executor(Executor executor) {
            Arguments.requireNonNull(executor, "executor");
            this.executor = executor;
            return this;
        }

        private Crew crew() {
            return new Crew(parallelism, executor != null ? executor : ForkJoinPool.commonPool(), leastSharedElements);
        }

        /** For tests: shares work of so few elements. */
        Builder leastSharedElements(int elements) {
            leastSharedElements = elements;
            return this;
        }

        /** For tests: takes these kernels from the first call on, whatever the width. */
        Builder kernels(Kernels kernels) {
            this.kernels = WarmStart.fixed(kernels);
            return this;
        }

        /**
         * Builds the norm.
         *
         * @return an immutable norm
         * @throws IllegalStateException if no width was set and {@link VectorWidth#preferred()} fails
         */
        public LayerNorm build() {
            return new LayerNorm(this);
        }
    }
}

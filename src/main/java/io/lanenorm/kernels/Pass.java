package io.lanenorm.kernels;

/**
 * A pass over a batch. The scalar kernels and the vector kernels of each width run their own copy of its code (see
 * {@link VectorKernelLoader}), so that each is compiled for one kind of kernels: with one for all, what had been
 * compiled for the scalar kernels was thrown away when the vector kernels came, and C2 took 0.3 to 0.5 s for the code
 * of both, five times in the first seconds.
 */
public final class Pass {
    private Pass() {}

    /** The forward pass. */
    public interface Forward {
        /**
         * Writes y, and mean and rstd of each row where they are not null.
         *
         * @param crew whose threads share the work, or null
         * @param kernels the kernels whose pass this is
         * @param mean receives the mean of each row, or null together with rstd
         * @param rstd receives the rstd of each row, or null
         */
        void run(
                @Nullable Crew crew,
                Kernels kernels,
                float[] x,
                int rows,
                int n,
                double epsilon,
                float[] gamma,
                float[] beta,
                float[] y,
                double @Nullable [] mean,
                double @Nullable [] rstd);
    }

    /** The backward pass. */
    public interface Backward {
        /**
         * Writes those of dx, dgamma and dbeta that are not null.
         *
         * @param crew whose threads share the work, or null
         * @param kernels the kernels whose pass this is
         * @param mean the means that the forward pass has written
         * @param rstd likewise
         * @param dx receives the gradient with respect to x, or null
         * @param dgamma receives the gradient with respect to gamma, or null
         * @param dbeta receives the gradient with respect to beta, or null
         */
        void run(
                @Nullable Crew crew,
                Kernels kernels,
                float[] dy,
                float[] x,
                int rows,
                int n,
                float[] gamma,
                double[] mean,
                double[] rstd,
                float @Nullable [] dx,
                float @Nullable [] dgamma,
                float @Nullable [] dbeta);
    }
}

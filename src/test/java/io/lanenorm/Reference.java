package io.lanenorm;

/**
 * Layer norm in double precision, written down as the definition reads, with nothing taken from the library: means from
 * compensated sums, the variance in a second pass. Its own error is some 1e-15 of what the float kernels are allowed.
 */
final class Reference {
    final int rows;
    final int features;
    final double[] gamma;
    final double[] beta;
    final double[] mean;
    final double[] variance;
    final double[] rstd;
    final double[] xhat;
    final double[] y;

    Reference(double[] x, int features, double epsilon, double[] gamma, double[] beta) {
        this.rows = x.length / features;
        this.features = features;
        this.gamma = gamma;
        this.beta = beta;
        mean = new double[rows];
        variance = new double[rows];
        rstd = new double[rows];
        xhat = new double[x.length];
        y = new double[x.length];
        for (int row = 0; row < rows; row++) {
            int start = row * features;
            Sum sum = new Sum();
            for (int j = 0; j < features; j++) {
                sum.add(x[start + j]);
            }
            mean[row] = sum.value() / features;
            Sum squares = new Sum();
            for (int j = 0; j < features; j++) {
                double difference = x[start + j] - mean[row];
                squares.add(difference * difference);
            }
            variance[row] = squares.value() / features;
            rstd[row] = 1 / Math.sqrt(variance[row] + epsilon);
            for (int j = 0; j < features; j++) {
                xhat[start + j] = (x[start + j] - mean[row]) * rstd[row];
                y[start + j] = gamma[j] * xhat[start + j] + beta[j];
            }
        }
    }

    /** The gradients of a loss whose gradient with respect to y is {@code dy}. */
    Gradients backward(double[] dy) {
        return new Gradients(this, dy);
    }

    static double[] doubles(float[] floats) {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    /** The backward pass, with the means of magnitudes that its bounds are made of. */
    static final class Gradients {
        final double[] w;
        final double[] dx;
        final double[] dgamma;
        final double[] dbeta;
        /** Of each row: mean of |w|, and mean of |w * xhat|. */
        final double[] meanW;

        final double[] meanProduct;
        /** Of each feature: sum over rows of |dy| * (1 + |xhat|), and of |dy|. */
        final double[] sizeOfDgamma;

        final double[] sizeOfDbeta;

        private Gradients(Reference forward, double[] dy) {
            int n = forward.features;
            double[] xhat = forward.xhat;
            w = new double[dy.length];
            dx = new double[dy.length];
            meanW = new double[forward.rows];
            meanProduct = new double[forward.rows];
            for (int row = 0; row < forward.rows; row++) {
                int start = row * n;
                Sum sum = new Sum();
                Sum products = new Sum();
                for (int j = 0; j < n; j++) {
                    int i = start + j;
                    w[i] = forward.gamma[j] * dy[i];
                    sum.add(w[i]);
                    products.add(w[i] * xhat[i]);
                    meanW[row] += Math.abs(w[i]) / n;
                    meanProduct[row] += Math.abs(w[i] * xhat[i]) / n;
                }
                for (int i = start; i < start + n; i++) {
                    dx[i] = forward.rstd[row] * (w[i] - sum.value() / n - xhat[i] * (products.value() / n));
                }
            }
            dgamma = new double[n];
            dbeta = new double[n];
            sizeOfDgamma = new double[n];
            sizeOfDbeta = new double[n];
            for (int j = 0; j < n; j++) {
                Sum ofGamma = new Sum();
                Sum ofBeta = new Sum();
                for (int i = j; i < dy.length; i += n) {
                    ofGamma.add(dy[i] * xhat[i]);
                    ofBeta.add(dy[i]);
                    sizeOfDgamma[j] += Math.abs(dy[i]) * (1 + Math.abs(xhat[i]));
                    sizeOfDbeta[j] += Math.abs(dy[i]);
                }
                dgamma[j] = ofGamma.value();
                dbeta[j] = ofBeta.value();
            }
        }
    }

    /** Neumaier's sum: what each addition loses is added up apart. */
    private static final class Sum {
        private double sum;
        private double lost;

        void add(double value) {
            double next = sum + value;
            lost += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
            sum = next;
        }

        double value() {
            return sum + lost;
        }
    }
}

package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Workspace;
import java.util.function.IntConsumer;

/** Kernels that do something before each call of theirs that reads x: delay it, count it, fail. */
record OnEachCall(Kernels kernels, IntConsumer before) implements Kernels {
    @Override
    public void moments(float[] x, int offset, int n, int from, int to, Workspace w) {
        before.accept(offset);
        kernels.moments(x, offset, n, from, to, w);
    }

    @Override
    public boolean samplesByRow() {
        return kernels.samplesByRow();
    }

    @Override
    public void firstMoments(float[] x, int offset, int n, int rows, boolean byRow, Workspace w) {
        before.accept(offset);
        kernels.firstMoments(x, offset, n, rows, byRow, w);
    }

    @Override
    public long statistics(int n, double epsilon, int from, int to, Workspace w) {
        return kernels.statistics(n, epsilon, from, to, w);
    }

    @Override
    public void normalize(
            float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] beta, float[] y) {
        kernels.normalize(x, offset, n, from, to, w, gamma, beta, y);
    }

    @Override
    public void normalizeFar(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        kernels.normalizeFar(x, offset, n, rows, w, gamma, beta, y);
    }

    @Override
    public void refine(boolean wanted) {
        kernels.refine(wanted);
    }

    @Override
    public boolean isRefined() {
        return kernels.isRefined();
    }

    @Override
    public boolean overlaps(int rows, int n) {
        return kernels.overlaps(rows, n);
    }

    @Override
    public void normalizeAndMoments(
            float[] x, int offset, int n, int rows, Workspace w, float[] gamma, float[] beta, float[] y) {
        before.accept(offset + rows * n);
        kernels.normalizeAndMoments(x, offset, n, rows, w, gamma, beta, y);
    }

    @Override
    public void gradientSums(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta) {
        before.accept(offset);
        kernels.gradientSums(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta);
    }

    @Override
    public boolean joinsGradients(int rows, int n, boolean far) {
        return kernels.joinsGradients(rows, n, far);
    }

    @Override
    public void gradients(
            float[] dy,
            float[] x,
            int offset,
            int n,
            int from,
            int to,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        before.accept(offset);
        kernels.gradients(dy, x, offset, n, from, to, w, gamma, dgamma, dbeta, dx);
    }

    @Override
    public boolean gradientsOfOnlyRow(
            float[] dy,
            float[] x,
            int n,
            int rows,
            Workspace w,
            float[] gamma,
            float[] dgamma,
            float[] dbeta,
            float[] dx) {
        before.accept(0);
        return kernels.gradientsOfOnlyRow(dy, x, n, rows, w, gamma, dgamma, dbeta, dx);
    }

    @Override
    public int gradientTile() {
        return kernels.gradientTile();
    }

    @Override
    public void inputGradient(
            float[] dy, float[] x, int offset, int n, int from, int to, Workspace w, float[] gamma, float[] dx) {
        before.accept(offset);
        kernels.inputGradient(dy, x, offset, n, from, to, w, gamma, dx);
    }
}

/* Layer norm as one writes it in C, after llm.c: two passes over a row, and the compiler makes vectors of them. */
#include <math.h>
#include <omp.h>
#include <string.h>

static inline void forward_row(const float *restrict x, const float *restrict gamma, const float *restrict beta,
                               float *restrict y, float *restrict mean, float *restrict rstd, long n, float epsilon) {
    float sum = 0;
    for (long i = 0; i < n; i++) {
        sum += x[i];
    }
    float m = sum / n;
    float squares = 0;
    for (long i = 0; i < n; i++) {
        float difference = x[i] - m;
        squares += difference * difference;
    }
    float s = 1.0f / sqrtf(squares / n + epsilon);
    for (long i = 0; i < n; i++) {
        y[i] = (x[i] - m) * s * gamma[i] + beta[i];
    }
    *mean = m;
    *rstd = s;
}

/* restrict does not outlive the outlining of a parallel region: the loops are in functions of their own. */
static inline void backward_row(const float *restrict dy, const float *restrict x, const float *restrict gamma,
                                float m, float s, float *restrict dx, float *restrict dgamma, float *restrict dbeta,
                                long n) {
    float sum = 0;
    float product = 0;
    for (long i = 0; i < n; i++) {
        float w = gamma[i] * dy[i];
        sum += w;
        product += w * ((x[i] - m) * s);
    }
    sum /= n;
    product /= n;
    for (long i = 0; i < n; i++) {
        float xhat = (x[i] - m) * s;
        dbeta[i] += dy[i];
        dgamma[i] += xhat * dy[i];
        dx[i] = (gamma[i] * dy[i] - sum - xhat * product) * s;
    }
}

static inline void add(float *restrict sum, const float *restrict a, long n) {
    for (long i = 0; i < n; i++) {
        sum[i] += a[i];
    }
}

void layer_norm_forward(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *rstd,
                        long rows, long n, float epsilon) {
#pragma omp parallel for schedule(static)
    for (long row = 0; row < rows; row++) {
        forward_row(x + row * n, gamma, beta, y + row * n, mean + row, rstd + row, n, epsilon);
    }
}

/* partial has room for 2 n floats for each thread; the first thread's are dgamma and dbeta themselves. */
void layer_norm_backward(const float *dy, const float *x, const float *gamma, const float *mean, const float *rstd,
                         float *dx, float *dgamma, float *dbeta, float *partial, long rows, long n) {
#pragma omp parallel
    {
        int thread = omp_get_thread_num();
        float *g = thread ? partial + 2 * n * thread : dgamma;
        float *b = thread ? g + n : dbeta;
        memset(g, 0, n * sizeof(float));
        memset(b, 0, n * sizeof(float));
#pragma omp for schedule(static)
        for (long row = 0; row < rows; row++) {
            backward_row(dy + row * n, x + row * n, gamma, mean[row], rstd[row], dx + row * n, g, b, n);
        }
#pragma omp single
        for (int other = 1; other < omp_get_num_threads(); other++) {
            add(dgamma, partial + 2 * n * other, n);
            add(dbeta, partial + 2 * n * other + n, n);
        }
    }
}

static inline void copy_part(float *restrict to, const float *restrict from, long n) {
    for (long i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

static inline void add_part(float *restrict to, const float *restrict a, const float *restrict b, long n) {
    for (long i = 0; i < n; i++) {
        to[i] = a[i] + b[i];
    }
}

void copy(const float *x, float *y, long rows, long n) {
#pragma omp parallel
    {
        long first = rows * n * omp_get_thread_num() / omp_get_num_threads();
        long last = rows * n * (omp_get_thread_num() + 1) / omp_get_num_threads();
        copy_part(y + first, x + first, last - first);
    }
}

void triad(const float *dy, const float *x, float *dx, long rows, long n) {
#pragma omp parallel
    {
        long first = rows * n * omp_get_thread_num() / omp_get_num_threads();
        long last = rows * n * (omp_get_thread_num() + 1) / omp_get_num_threads();
        add_part(dx + first, dy + first, x + first, last - first);
    }
}

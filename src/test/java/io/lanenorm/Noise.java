package io.lanenorm;

/**
 * SplitMix64: the same numbers on every machine and JVM, so that a seed in a failure report brings the data back, and
 * so that the digest of results is one number everywhere.
 */
public final class Noise {
    private long state;

    /** Numbers that follow from the seed. */
    public Noise(long seed) {
        state = seed;
    }

    long next() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** An integer from 0 to {@code bound - 1}. */
    public int below(int bound) {
        return Math.floorMod((int) (next() >>> 32), bound);
    }

    /** A number of at least 0 and less than 1. */
    public double uniform() {
        return (next() >>> 11) * 0x1p-53;
    }

    /** A number of mean 0 and deviation 1: eight uniform ones, near enough to normal, quick and exact everywhere. */
    public double normal() {
        int sum = 0;
        for (int half = 0; half < 2; half++) {
            long four = next();
            sum += (int) (four & 0xFFFF) + (int) (four >>> 16 & 0xFFFF) + (int) (four >>> 32 & 0xFFFF);
            sum += (int) (four >>> 48);
        }
        return (sum - 4 * 65535) * (0x1p-16 / Math.sqrt(8 / 12.0));
    }

    /** 1 or -1. */
    public int sign() {
        return next() < 0 ? -1 : 1;
    }
}

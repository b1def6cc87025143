package io.lanenorm.jmh.contender;

/** The number of threads that a layer norm is to be computed on. It holds for a JVM, since OpenMP's does. */
public final class Threads {
    /** The system property that sets it. */
    public static final String PROPERTY = "lanenorm.jmh.threads";

    private Threads() {}

    /** The number: 1 unless the property says another. */
    public static int count() {
        return Integer.getInteger(PROPERTY, 1);
    }
}

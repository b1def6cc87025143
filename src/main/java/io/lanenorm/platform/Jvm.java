package io.lanenorm.platform;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** What the running JVM says of itself. */
public final class Jvm {
    /**
     * Nanoseconds for {@link #FMAS}. An instruction takes 50 each in the interpreter; without one, it is computed with
     * objects of BigDecimal, in 70,000 each at first and 800 when compiled.
     */
    private static final int FAST_NANOS = 2000;

    private static final int FMAS = 8;
    private static final int TRIES = 4;

    /**
     * Whether {@link Math#fma} is an instruction. Where the JVM does not tell, it is taken to be one. The flag is not
     * looked up if a trial answers the question: the classes of its bean take 20 ms to load.
     */
    public static final boolean FMA = isFmaFast() || flag("UseFMA", "true").equals("true");

    private Jvm() {}

    /** The value of a HotSpot flag, or {@code otherwise} where there is no such flag or no way to read it. */
    public static String flag(String name, String otherwise) {
        try {
            return FlagReader.read(name);
        } catch (LinkageError | RuntimeException absent) {
            return otherwise;
        }
    }

    private static boolean isFmaFast() {
        for (int i = 0; i < TRIES; i++) {
            long start = System.nanoTime();
            float sum = 1;
            for (int k = 0; k < FMAS; k++) {
                sum = Math.fma(sum, 0.7f, 0.1f);
            }
            if (System.nanoTime() - start < FAST_NANOS && sum > 0) {
                return true;
            }
        }
        return false;
    }

    /** Apart, because the module jdk.management may be absent. */
    private static final class FlagReader {
        static String read(String name) {
            return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .getVMOption(name)
                    .getValue();
        }
    }
}

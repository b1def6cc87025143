package io.lanenorm.choice;

import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import io.lanenorm.kernels.VectorKernelLoader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Chooses the kernels: which widths there are, which of them is taken by default, and one set of kernels for each. */
public final class KernelChoice {
    private static final String PROPERTY = "lanenorm.width";
    private static final @Nullable String REQUESTED = System.getProperty(PROPERTY);
    private static final VectorSupport SUPPORT = VectorSupport.detect();
    private static final Map<Integer, WarmStart> LOADED = new ConcurrentHashMap<>();

    static {
        if (SUPPORT.obstacle() != null && !"scalar".equals(REQUESTED)) {
            ScalarLog.log(SUPPORT.obstacle());
        }
    }

    private KernelChoice() {}

    /** The widest vectors that this JVM runs at full speed, in bits; 0 if only the scalar kernels do. */
    public static int widestBits() {
        return SUPPORT.widestBits();
    }

    /**
     * The bits that a builder takes by default; 0 for the scalar kernels.
     *
     * @throws IllegalStateException if the property names no width, or one that this JVM does not run at full speed
     */
    public static int preferredBits() {
        if (REQUESTED == null || REQUESTED.equals("auto")) {
            return widestBits();
        }
        int bits = switch (REQUESTED) {
            case "scalar" -> 0;
            case "128" -> 128;
            case "256" -> 256;
            case "512" -> 512;
            default ->
                throw new IllegalStateException("the system property " + PROPERTY + " is " + REQUESTED
                        + "; it should be auto, scalar, 128, 256 or 512");
        };
        if (bits > widestBits()) {
            throw new IllegalStateException("the system property " + PROPERTY + " is " + REQUESTED
                    + "; it should be " + available() + ": "
                    + (SUPPORT.obstacle() != null
                            ? SUPPORT.obstacle()
                            : "the vectors of this machine have " + widestBits() + " bits"));
        }
        return bits;
    }

    private static String available() {
        StringBuilder values = new StringBuilder("auto or scalar");
        for (int bits = 128; bits <= widestBits(); bits *= 2) {
            values.append(" or ").append(bits);
        }
        return values.toString();
    }

    /**
     * The kernels of a width.
     *
     * @param bits 0 for the scalar kernels, or at most {@link #widestBits()}
     */
    public static WarmStart kernels(int bits) {
        return LOADED.computeIfAbsent(bits, KernelChoice::load);
    }

    private static WarmStart load(int bits) {
        if (bits == 0) {
            return WarmStart.fixed(ScalarKernels.INSTANCE);
        }
        return WarmStart.of(() -> VectorKernelLoader.load(bits));
    }
}

package io.lanenorm.choice;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import io.lanenorm.kernels.VectorKernelLoader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Chooses the kernels: which widths there are, which of them is taken by default, and one set of kernels for each. */
public final class KernelChoice {
    private static final String PROPERTY = "lanenorm.width";
    private static final String REQUESTED = System.getProperty(PROPERTY, "auto");
    private static final WarmStart SCALAR = WarmStart.fixed(ScalarKernels.INSTANCE);
    private static final Map<Integer, WarmStart> LOADED = new ConcurrentHashMap<>();

    private KernelChoice() {}

    /** The widest vectors that this JVM runs at full speed, in bits; 0 if only the scalar kernels do. */
    public static int widestBits() {
        return Detected.SUPPORT.widestBits();
    }

    /**
     * The bits that a builder takes by default; 0 for the scalar kernels.
     *
     * @throws IllegalStateException if the property names no width, or one that this JVM does not run at full speed
     */
    public static int preferredBits() {
        int bits = switch (REQUESTED) {
            case "auto" -> widestBits();
            case "scalar" -> 0;
            case "128" -> 128;
            case "256" -> 256;
            case "512" -> 512;
            default ->
                throw new IllegalStateException("the system property " + PROPERTY + " is " + REQUESTED
                        + "; it should be auto, scalar, 128, 256 or 512");
        };
        if (bits > 0 && bits > widestBits()) {
            throw new IllegalStateException("the system property " + PROPERTY + " is " + REQUESTED
                    + "; it should be " + available() + ": "
                    + (Detected.SUPPORT.obstacle() != null
                            ? Detected.SUPPORT.obstacle()
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
     * The kernels that a builder takes by default. Which these are is not looked up before the first calls are over,
     * unless the property asks for a width.
     *
     * @throws IllegalStateException as {@link #preferredBits()}
     */
    public static WarmStart preferredKernels() {
        return REQUESTED.equals("auto") ? Widest.KERNELS : kernels(preferredBits());
    }

    /**
     * The kernels of a width.
     *
     * @param bits 0 for the scalar kernels, or at most {@link #widestBits()}
     */
    public static WarmStart kernels(int bits) {
        if (bits == 0) {
            return SCALAR;
        }
        return bits == widestBits() ? Widest.KERNELS : LOADED.computeIfAbsent(bits, KernelChoice::load);
    }

    private static WarmStart load(int bits) {
        return WarmStart.of(() -> VectorKernelLoader.load(bits));
    }

    /** Apart, because it takes some 30 ms. */
    private static final class Detected {
        static final VectorSupport SUPPORT = VectorSupport.detect();

        static {
            if (SUPPORT.obstacle() != null && !REQUESTED.equals("scalar")) {
                ScalarLog.log(SUPPORT.obstacle());
            }
        }
    }

    /** The kernels of the widest vectors. Not a lambda, since the first one of a program takes long to link. */
    private static final class Widest implements Supplier<Kernels> {
        static final WarmStart KERNELS = WarmStart.of(new Widest());

        @Override
        public Kernels get() {
            int bits = widestBits();
            return bits == 0 ? ScalarKernels.INSTANCE : VectorKernelLoader.load(bits);
        }
    }
}

package io.lanenorm;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import io.lanenorm.kernels.VectorKernelLoader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * What the JVM that runs the tests can do, read from its own flags and not from the library: which kernels run at full
 * speed here, which run slowly (vectors as objects, some hundred times slower) and how large a batch may be.
 */
public final class TestJvm {
    /** The name that the build gives this JVM: default, max-128, max-256, scalar, no-module, c1 or no-fma. */
    public static final String NAME = System.getProperty("lanenorm.test.jvm", "default");

    /** Whether the JVM was started with {@code --add-modules jdk.incubator.vector}. */
    public static final boolean VECTOR_MODULE =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** Whether a fused multiply-add is an instruction. Without, the bits and the bounds are not promised. */
    public static final boolean FMA = Boolean.parseBoolean(flag("UseFMA", "true"));

    /** Whether C2 compiles; without, every vector is an object. */
    public static final boolean C2 = Integer.parseInt(flag("TieredStopAtLevel", "4")) == 4
            && !System.getProperty("java.vm.info", "").contains("interpreted");

    /** The widest vectors that the JVM makes instructions of; 0 where it makes none. */
    public static final int WIDEST_BITS =
            VECTOR_MODULE && FMA && C2 ? 8 * Integer.parseInt(flag("MaxVectorSize", "0")) : 0;

    /** The elements of a large batch: scalar code of C1 is some five times slower. */
    public static final int ELEMENTS = C2 ? 20_000 : 4_000;

    private TestJvm() {}

    /** The scalar kernels and those vector kernels that run at full speed. */
    public static List<Kernels> fastKernels() {
        List<Kernels> kernels = new ArrayList<>();
        kernels.add(ScalarKernels.INSTANCE);
        kernels.addAll(vectorKernels(true));
        return kernels;
    }

    /** The vector kernels that run, but slowly. None without FMA: there they take minutes, and promise no bits. */
    public static List<Kernels> slowKernels() {
        return vectorKernels(false);
    }

    private static List<Kernels> vectorKernels(boolean fast) {
        List<Kernels> kernels = new ArrayList<>();
        if (VECTOR_MODULE && FMA) {
            for (int bits : new int[] {128, 256, 512}) {
                if (bits <= WIDEST_BITS == fast) {
                    kernels.add(Loaded.kernels(bits));
                }
            }
        }
        return kernels;
    }

    private static String flag(String name, String otherwise) {
        try {
            return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .getVMOption(name)
                    .getValue();
        } catch (IllegalArgumentException noSuchFlag) {
            return otherwise;
        }
    }

    /** One set of kernels of each width for all tests, so that each is compiled once. */
    private static final class Loaded {
        private static final @Nullable Kernels[] KERNELS = new @Nullable Kernels[513];

        static synchronized Kernels kernels(int bits) {
            Kernels kernels = KERNELS[bits];
            if (kernels == null) {
                kernels = VectorKernelLoader.load(bits);
                KERNELS[bits] = kernels;
            }
            return kernels;
        }
    }
}

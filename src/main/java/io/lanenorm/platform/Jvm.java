package io.lanenorm.platform;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** What the running JVM says of itself. */
public final class Jvm {
    /** Whether {@link Math#fma} is an instruction. Where the JVM does not tell, it is taken to be one. */
    public static final boolean FMA = !"false".equals(flag("UseFMA", "true"));

    private Jvm() {}

    /** The value of a HotSpot flag, or {@code otherwise} where there is no such flag or no way to read it. */
    public static String flag(String name, String otherwise) {
        try {
            return FlagReader.read(name);
        } catch (LinkageError | RuntimeException absent) {
            return otherwise;
        }
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

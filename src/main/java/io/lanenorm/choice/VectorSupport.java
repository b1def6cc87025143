package io.lanenorm.choice;

import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.VectorKernelLoader;
import io.lanenorm.platform.Jvm;

/**
 * What the running JVM makes of the Vector API.
 *
 * @param widestBits the widest vectors that run at full speed, 0 if none do
 * @param obstacle why none do and what to pass to get them, null if some do
 */
record VectorSupport(int widestBits, @Nullable String obstacle) {
    static VectorSupport detect() {
        String obstacle = findObstacle();
        if (obstacle != null) {
            return new VectorSupport(0, obstacle);
        }
        int bits = VectorKernelLoader.widestBits();
        if (bits < 128) {
            return new VectorSupport(
                    0, "the vectors of this JVM have " + bits + " bits; raise -XX:MaxVectorSize to 16 or more");
        }
        return new VectorSupport(Math.min(bits, 512), null);
    }

    private static @Nullable String findObstacle() {
        Module module = ModuleLayer.boot().findModule("jdk.incubator.vector").orElse(null);
        if (module == null) {
            return "the module jdk.incubator.vector is not in this JVM; pass --add-modules jdk.incubator.vector";
        }
        VectorSupport.class.getModule().addReads(module);
        String vm = System.getProperty("java.vm.name", "");
        if (vm.contains("J9")) {
            return "this JVM, " + vm + ", has no C2 compiler; run on a HotSpot JVM";
        }
        if (!Jvm.flag("TieredStopAtLevel", "4").equals("4")
                || Jvm.flag("CompilationMode", "default").equals("quick-only")
                || Jvm.flag("UseCompiler", "true").equals("false")) {
            return "the C2 compiler is off; leave out -Xint, -client, -XX:TieredStopAtLevel and -XX:CompilationMode";
        }
        if (!Jvm.flag("EnableVectorSupport", "true").equals("true")) {
            return "the JVM does not compile vectors; leave out -XX:-EnableVectorSupport";
        }
        if (!Jvm.FMA) {
            return "there is no fused multiply-add; run on a CPU that has it (x86-64 since 2013) with -XX:+UseFMA";
        }
        return null;
    }
}

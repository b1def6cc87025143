package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanenorm.kernels.ScalarKernels;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Which kernels are picked, in each of the JVMs that the build starts: what must be there follows from the flags that
 * the JVM was given, which its name stands for, and from the vectors that the JVM itself prefers.
 */
class ChoiceTest {
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private static int expectedWidestBits() throws ReflectiveOperationException {
        return switch (TestJvm.NAME) {
            case "default", "scalar" -> Math.min(512, preferredBits());
            case "max-128" -> Math.min(128, preferredBits());
            case "max-256" -> Math.min(256, preferredBits());
            case "no-module", "c1", "no-fma" -> 0;
            default -> throw new AssertionError("lanenorm.test.jvm is " + TestJvm.NAME);
        };
    }

    /** By reflection, since this class must load without the module. On a CPU without FMA there is none to use. */
    private static int preferredBits() throws ReflectiveOperationException {
        Class<?> shape = Class.forName("jdk.incubator.vector.VectorShape");
        Object preferred = shape.getMethod("preferredShape").invoke(null);
        return TestJvm.FMA ? (int) shape.getMethod("vectorBitSize").invoke(preferred) : 0;
    }

    private static VectorWidth expectedPreferred() throws ReflectiveOperationException {
        VectorWidth preferred = VectorWidth.SCALAR;
        for (VectorWidth width : VectorWidth.values()) {
            if (!TestJvm.NAME.equals("scalar") && width.bits() <= expectedWidestBits()) {
                preferred = width;
            }
        }
        return preferred;
    }

    @Test
    void availableWidths() throws ReflectiveOperationException {
        Set<VectorWidth> expected = EnumSet.of(VectorWidth.SCALAR);
        for (VectorWidth width : VectorWidth.values()) {
            if (width.bits() <= expectedWidestBits()) {
                expected.add(width);
            }
        }
        assertEquals(expected, VectorWidth.available());
    }

    @Test
    void preferredWidth() throws ReflectiveOperationException {
        assertEquals(expectedPreferred(), VectorWidth.preferred());
        assertEquals(VectorWidth.preferred(), LayerNorm.builder(8).build().width());
    }

    @Test
    void widthsThatWereAskedFor() throws InterruptedException {
        for (VectorWidth width : VectorWidth.available()) {
            LayerNorm norm = LayerNorm.builder(8).width(width).build();
            assertEquals(width, norm.width());
            assertEventuallyRuns(norm, width.bits() == 0 ? "scalar" : width.bits() + " bits");
        }
    }

    @Test
    void bitsOfAWidth() {
        assertEquals(0, VectorWidth.SCALAR.bits());
        assertEquals(128, VectorWidth.BITS_128.bits());
        assertEquals(256, VectorWidth.BITS_256.bits());
        assertEquals(512, VectorWidth.BITS_512.bits());
    }

    /** The default norm starts in the scalar kernels, and changes over to the vector kernels, once, without a trace. */
    @Test
    void changeOverIsInvisible() throws ReflectiveOperationException {
        int bits = expectedPreferred().bits();
        Batch batch = new Batch(9, 301, Values.ANY, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 5);
        LayerNorm norm = batch.norm();
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        String wanted = bits == 0 ? "kernels=scalar" : "kernels=" + bits + " bits";
        long start = System.nanoTime();
        while (!norm.toString().contains(wanted) && System.nanoTime() - start < PATIENCE_NANOS) {
            Outcome.of(norm, batch.x(), batch.dy()).assertSameBits(expected, norm.toString());
        }
        for (int call = 0; call < 100; call++) {
            Outcome.of(norm, batch.x(), batch.dy()).assertSameBits(expected, norm.toString());
        }
        assertTrue(norm.toString().contains(wanted), norm + " should have " + wanted);
    }

    private static void assertEventuallyRuns(LayerNorm norm, String kernels) throws InterruptedException {
        long start = System.nanoTime();
        while (!norm.toString().contains("kernels=" + kernels) && System.nanoTime() - start < PATIENCE_NANOS) {
            Thread.sleep(10);
        }
        assertTrue(norm.toString().contains("kernels=" + kernels), norm + " should run " + kernels);
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The first calls in a fresh JVM are not slower than those of the scalar kernels. Vector code that is not compiled
 * would take a second for the calls made here; what is allowed is twice the scalar time and 100 ms, for the noise of a
 * busy machine, in the best of three trials.
 */
@Tag("once")
class FirstCallsTest {
    /** Prints the microseconds of the first calls. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            float[] x = new float[16 * 1024];
            float[] y = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = i % 7;
            }
            long start = System.nanoTime();
            LayerNorm norm = LayerNorm.builder(1024).build();
            RowStatistics statistics = new RowStatistics(16);
            for (int call = 0; call < 20; call++) {
                norm.forward(x, y, statistics);
                norm.backward(y, x, statistics, y, null, null);
            }
            System.out.println((System.nanoTime() - start) / 1000);
        }
    }

    @Test
    void areNotSlowerThanScalar() throws Exception {
        assumeTrue(TestJvm.NAME.equals("default"), "once is enough");
        String tried = "";
        for (int trial = 0; trial < 3; trial++) {
            long scalar = micros("-Dlanenorm.width=scalar");
            long vector = micros("-Dlanenorm.width=auto");
            tried += " " + vector + " us against " + scalar + " us";
            if (vector < 2 * scalar + 100_000) {
                return;
            }
        }
        assertTrue(false, "slower than the scalar kernels:" + tried);
    }

    private static long micros(String flag) throws Exception {
        return Long.parseLong(
                ChildJvm.run(List.of(flag), Program.class).output().strip());
    }
}

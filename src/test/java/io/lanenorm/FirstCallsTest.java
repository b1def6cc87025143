package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The first calls in a fresh JVM run the scalar kernels, whatever the width: vector code that is not compiled would
 * take some hundred times as long.
 */
@Tag("once")
class FirstCallsTest {
    /** Prints which kernels a new norm runs. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            System.out.println(LayerNorm.builder(1024).build());
        }
    }

    /** Calls once, and looks nothing up that only the choice of the kernels or the trials of others need. */
    static final class OneCall {
        private OneCall() {}

        public static void main(String[] args) {
            float[] x = new float[12];
            RowStatistics statistics = new RowStatistics(3);
            LayerNorm norm = LayerNorm.builder(4).build();
            norm.forward(x, x, statistics);
            norm.backward(x, x.clone(), statistics, new float[12], new float[4], new float[4]);
        }
    }

    @Test
    void loadNoClassesOfOthers() throws Exception {
        assumeTrue(TestJvm.NAME.equals("default") && TestJvm.FMA, "without FMA, the JVM is asked for its flags");
        String classes =
                ChildJvm.run(List.of("-Xlog:class+load"), OneCall.class).output();
        assertTrue(classes.contains("io.lanenorm.kernels.ScalarKernels "), classes);
        for (String slow :
                List.of("java.lang.management.", "VectorKernelLoader ", "WarmStart$Trials ", "kernels.Trial ")) {
            assertFalse(classes.contains(slow), slow + " takes milliseconds");
        }
    }

    @Test
    void areScalar() throws Exception {
        assumeTrue(TestJvm.NAME.equals("default"), "once is enough");
        String norm = ChildJvm.run(List.of(), Program.class).output();
        assertTrue(norm.contains("kernels=scalar"), norm);
        assertTrue(TestJvm.WIDEST_BITS == 0 || !norm.contains("width=SCALAR"), norm);
    }
}

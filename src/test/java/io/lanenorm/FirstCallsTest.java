package io.lanenorm;

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

    @Test
    void areScalar() throws Exception {
        assumeTrue(TestJvm.NAME.equals("default"), "once is enough");
        String norm = ChildJvm.run(List.of(), Program.class).output();
        assertTrue(norm.contains("kernels=scalar"), norm);
        assertTrue(TestJvm.WIDEST_BITS == 0 || !norm.contains("width=SCALAR"), norm);
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lanenorm.kernels.Kernels;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Data whose results are exact in every order of computation: the tolerance is zero, for statistics, y and all
 * gradients, at every width. The shapes are those of oneDNN's lnorm inputs; units from 2^-100 to 2^100 take the scaled
 * way too.
 */
class ExactDataTest {
    private static final double[] UNITS = {1, 0x1p-3, 0x1p12, 0x1p-40, 0x1p60, 0x1p-100, 0x1p100};

    @ParameterizedTest
    @CsvSource({
        "15, 3",
        "1, 2",
        "30, 300",
        "31, 301",
        "20, 8",
        "70, 10",
        "256, 768",
        "257, 768",
        "64, 1024",
        "512, 1024",
        "3, 4098"
    })
    void everyResultIsExact(int rows, int features) {
        List<Kernels> sets = TestJvm.fastKernels();
        boolean small = rows * features < 10_000;
        for (int k = 0; k < (small ? UNITS.length : 1); k++) {
            for (boolean withEpsilon : new boolean[] {false, true}) {
                ExactData data = new ExactData(rows, features, UNITS[k], withEpsilon, rows + k);
                assertReferenceAgrees(data);
                assertExact(data, data.builder().build(), "the builder's norm");
                assertExact(data, data.builder().parallelism(2).build(), "two threads");
                for (Kernels kernels : sets) {
                    assertExact(data, data.norm(kernels), kernels.toString());
                }
            }
        }
    }

    private static void assertExact(ExactData data, LayerNorm norm, String whose) {
        Outcome outcome = Outcome.of(norm, data.x, data.dy);
        assertArrayEquals(data.mean, outcome.mean, 0.0, "mean of " + whose);
        assertArrayEquals(data.rstd, outcome.rstd, "rstd of " + whose);
        assertArrayEquals(data.y, outcome.y, 0f, "y of " + whose);
        assertArrayEquals(data.dx, outcome.dx, 0f, "dx of " + whose);
        assertArrayEquals(data.dgamma, outcome.dgamma, 0f, "dgamma of " + whose);
        assertArrayEquals(data.dbeta, outcome.dbeta, 0f, "dbeta of " + whose);
    }

    /** The expectations come from how the data are built; the reference must find the same. */
    private static void assertReferenceAgrees(ExactData data) {
        Reference reference = new Reference(
                Reference.doubles(data.x),
                data.features,
                data.epsilon,
                Reference.doubles(data.gamma),
                Reference.doubles(data.beta));
        assertArrayEquals(Reference.doubles(data.y), reference.y, 0.0, "y of the reference");
        Reference.Gradients gradients = reference.backward(Reference.doubles(data.dy));
        assertArrayEquals(Reference.doubles(data.dx), gradients.dx, 0.0, "dx of the reference");
        assertArrayEquals(Reference.doubles(data.dgamma), gradients.dgamma, 0.0, "dgamma of the reference");
        assertArrayEquals(Reference.doubles(data.dbeta), gradients.dbeta, 0.0, "dbeta of the reference");
    }
}

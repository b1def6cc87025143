package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.reflect.Proxy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bits do not depend on how many rows a tile has, nor on whether y of a tile is computed beside the next. */
class TilesTest {
    private static Kernels overlapping(Kernels kernels, boolean overlaps) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) ->
                        method.getName().equals("overlaps") ? overlaps : method.invoke(kernels, arguments));
    }

    /** More than a tile of either kind, with whole tiles and without, with and without a rest of a row's pieces. */
    @ParameterizedTest
    @CsvSource({
        "200, 37",
        "200, 64",
        "200, 128",
        "300, 300",
        "67, 1001",
        "20, 2049",
        "40, 2500",
        "9, 4096",
        "19, 4100",
        "9, 8200"
    })
    void sameBits(int rows, int features) {
        // Any values need a scale somewhere in most tiles, which these then leave to the scalar kernels.
        sameBits(rows, features, Values.ANY);
        sameBits(rows, features, Values.NORMAL);
    }

    private static void sameBits(int rows, int features, Values values) {
        Batch batch = new Batch(rows, features, values, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, rows);
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        for (Kernels kernels : TestJvm.fastKernels()) {
            for (boolean overlaps : new boolean[] {true, false}) {
                Outcome outcome = batch.outcome(overlapping(kernels, overlaps));
                outcome.assertSameBits(expected, kernels + (overlaps ? " that overlap" : " that do not overlap"));
            }
        }
    }
}

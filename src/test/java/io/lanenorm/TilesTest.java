package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.reflect.Proxy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bits do not depend on how many rows a tile has, nor on whether y of a tile is computed beside the next. */
class TilesTest {
    private static Kernels overlappingFrom(Kernels kernels, int elements) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) ->
                        method.getName().equals("leastOverlapped") ? elements : method.invoke(kernels, arguments));
    }

    /** More than a tile of either kind, with whole tiles and without, with and without a rest of a row's pieces. */
    @ParameterizedTest
    @CsvSource({"200, 37", "300, 300", "67, 1001", "20, 2049", "40, 2500", "9, 4096", "19, 4100", "9, 8200"})
    void sameBits(int rows, int features) {
        Batch batch =
                new Batch(rows, features, Values.ANY, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, rows);
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        for (Kernels kernels : TestJvm.fastKernels()) {
            for (int elements : new int[] {0, Integer.MAX_VALUE}) {
                Outcome outcome = batch.outcome(overlappingFrom(kernels, elements));
                outcome.assertSameBits(expected, kernels + " that overlap from " + elements + " elements on");
            }
        }
    }
}

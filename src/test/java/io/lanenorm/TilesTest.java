package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bits do not depend on how many rows a tile has, nor on whether y of a tile is computed beside the next, the
 * gradients of a row in one, or the samples of a row taken just before its moments.
 */
class TilesTest {
    private enum Answers {
        YES,
        NO,
        /** As of kernels that are refined while a call runs. */
        AT_RANDOM
    }

    /** The argument of {@link Kernels#firstMoments} that says it. */
    private static final int BY_ROW = 4;

    private static Kernels answering(Kernels kernels, Answers answers) {
        Random random = new Random(1);
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    boolean answer = answers == Answers.YES || (answers == Answers.AT_RANDOM && random.nextBoolean());
                    if (method.getName().equals("overlaps") || method.getName().equals("joinsGradients")) {
                        return answer;
                    }
                    if (method.getName().equals("firstMoments")) {
                        arguments[BY_ROW] = answer;
                    }
                    return method.invoke(kernels, arguments);
                });
    }

    /** More than a tile of either kind, with whole tiles and without, with and without a rest of a row's pieces. */
    @ParameterizedTest
    @CsvSource({
        "200, 37",
        "200, 64",
        "200, 128",
        "300, 300",
        "40, 448",
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

    /** Rows of a large batch have other tiles than those of a small one, and long rows other moments and another y. */
    @ParameterizedTest
    @CsvSource({"19, 64", "19, 100", "19, 128", "21, 1000", "21, 4100", "21, 9000"})
    void aLargeBatchAsItsFirstRows(int powerOfElements, int features) {
        int rows = (1 << powerOfElements) / features + 1;
        int few = Math.min(1000, rows / 3);
        Batch batch =
                new Batch(rows, features, Values.NORMAL, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, 1);
        float[] x = batch.x();
        for (Kernels kernels : TestJvm.fastKernels()) {
            float[] y = forward(batch.norm(kernels), x, rows);
            float[] expected = forward(batch.norm(kernels), x, few);
            assertArrayEquals(expected, Arrays.copyOf(y, few * features), kernels.toString());
        }
    }

    private static float[] forward(LayerNorm norm, float[] x, int rows) {
        float[] y = new float[rows * norm.features()];
        norm.forward(Arrays.copyOf(x, y.length), y);
        return y;
    }

    private static void sameBits(int rows, int features, Values values) {
        Batch batch = new Batch(rows, features, values, Weights.NORMAL, Weights.NORMAL, 1e-5, Gradient.NORMAL, rows);
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        for (Kernels kernels : TestJvm.fastKernels()) {
            for (Answers answers : Answers.values()) {
                Outcome outcome = batch.outcome(answering(kernels, answers));
                outcome.assertSameBits(expected, kernels + " that overlap and join: " + answers);
            }
        }
    }
}

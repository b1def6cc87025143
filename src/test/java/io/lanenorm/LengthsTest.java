package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every length from 1 to beyond two tiles, and from there to 65536 the neighbours of multiples of 256 and 4096, where a
 * loop, a tail or a block could end one element too early or too late: within the {@link Bounds}, and the same bits at
 * every width.
 */
class LengthsTest {
    private static final int LONGEST = TestJvm.C2 ? 65536 : 4096;

    private final float[] numbers = new float[LONGEST];

    LengthsTest() {
        Noise noise = new Noise(1);
        for (int i = 0; i < LONGEST; i++) {
            numbers[i] = (float) (3 + noise.normal());
        }
    }

    private static IntStream lengths() {
        return Stream.of(IntStream.rangeClosed(1, 1100), neighbours(256, 4096), neighbours(4096, LONGEST))
                .flatMapToInt(lengths -> lengths)
                .filter(n -> n <= LONGEST);
    }

    private static IntStream neighbours(int unit, int most) {
        return IntStream.rangeClosed(1, most / unit)
                .flatMap(times -> IntStream.of(unit * times - 1, unit * times, unit * times + 1));
    }

    /** The last n numbers and the first n, so that the end of a row is not the end of another. */
    private Outcome outcome(Kernels kernels, int n) {
        float[] x = Arrays.copyOfRange(numbers, LONGEST - n, LONGEST);
        return Outcome.of(LayerNorm.builder(n).kernels(kernels).build(), x, Arrays.copyOf(numbers, n));
    }

    @Test
    void sameBitsAtEveryWidth() {
        for (int n : lengths().toArray()) {
            Outcome expected = outcome(ScalarKernels.INSTANCE, n);
            for (Kernels kernels : TestJvm.fastKernels()) {
                outcome(kernels, n).assertSameBits(expected, n + " features, " + kernels);
            }
        }
    }

    @Test
    void withinTheBounds() {
        double worst = 0;
        for (int n : lengths().toArray()) {
            double[] ones = new double[n];
            Arrays.fill(ones, 1);
            double[] x = Reference.doubles(Arrays.copyOfRange(numbers, LONGEST - n, LONGEST));
            Reference reference = new Reference(x, n, 1e-5, ones, new double[n]);
            Reference.Gradients exact = reference.backward(Reference.doubles(Arrays.copyOf(numbers, n)));
            Bounds bounds = new Bounds(reference);
            Outcome outcome = outcome(ScalarKernels.INSTANCE, n);
            for (int i = 0; i < n; i++) {
                worst = Math.max(worst, Bounds.check("y", i, outcome.y[i], reference.y[i], bounds.y(i)));
                worst = Math.max(worst, Bounds.check("dx", i, outcome.dx[i], exact.dx[i], bounds.dx(exact, i)));
            }
        }
        assertTrue(worst > 0, "nothing was compared");
    }
}

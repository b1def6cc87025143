package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/** The library computes what its specification says, to the bit: the page and the code cannot drift apart. */
@Domain(Batches.class)
class SpecificationTest {
    @Property(tries = 400)
    @AddLifecycleHook(Skip.WithoutFma.class)
    void sameBits(@ForAll Batch batch) {
        int n = batch.features();
        assertSame(
                new Specification(
                        batch.x(),
                        n,
                        batch.epsilon(),
                        orAll(1, batch.gamma(), n),
                        orAll(0, batch.beta(), n),
                        batch.dy()),
                batch.outcome(ScalarKernels.INSTANCE));
    }

    /** The scale of xhat is 1 here, but rstd is beyond the range of float. */
    @Example
    @AddLifecycleHook(Skip.WithoutFma.class)
    void constantAndLargeWithATinyEpsilon() {
        int n = 20;
        float[] x = new float[2 * n];
        Arrays.fill(x, 0x1p125f);
        float[] dy = new float[2 * n];
        for (int i = 0; i < dy.length; i++) {
            dy[i] = (i % 7 - 3) * 0x1p-80f;
        }
        double epsilon = 1e-80;
        Specification specification = new Specification(x, n, epsilon, orAll(1, null, n), orAll(0, null, n), dy);
        List<Kernels> all = new ArrayList<>(TestJvm.fastKernels());
        all.add(ScalarKernels.INSTANCE);
        for (Kernels kernels : all) {
            LayerNorm norm =
                    LayerNorm.builder(n).epsilon(epsilon).kernels(kernels).build();
            assertSame(specification, Outcome.of(norm, x, dy));
        }
    }

    private static void assertSame(Specification specification, Outcome outcome) {
        assertArrayEquals(specification.mean, outcome.mean, "mean");
        assertArrayEquals(specification.rstd, outcome.rstd, "rstd");
        assertArrayEquals(specification.y, outcome.y, "y");
        assertArrayEquals(specification.dx, outcome.dx, "dx");
        assertArrayEquals(specification.dgamma, outcome.dgamma, "dgamma");
        assertArrayEquals(specification.dbeta, outcome.dbeta, "dbeta");
    }

    private static float[] orAll(float value, float @Nullable [] weights, int n) {
        if (weights != null) {
            return weights;
        }
        float[] all = new float[n];
        Arrays.fill(all, value);
        return all;
    }
}

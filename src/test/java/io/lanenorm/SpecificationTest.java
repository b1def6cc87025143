package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lanenorm.kernels.Nullable;
import io.lanenorm.kernels.ScalarKernels;
import java.util.Arrays;
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
        Outcome outcome = batch.outcome(ScalarKernels.INSTANCE);
        Specification specification = new Specification(
                batch.x(), n, batch.epsilon(), orAll(1, batch.gamma(), n), orAll(0, batch.beta(), n), batch.dy());
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

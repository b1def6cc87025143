package io.lanenorm;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/**
 * Every result has the same bits at every width as in the scalar kernels: no tolerance. At full speed on large batches,
 * so that interpreter, C1 and C2 all take part as the JVM warms up; on small ones also where vectors are not compiled.
 */
class BitsTest {
    @Property(tries = 600)
    @Domain(Batches.class)
    @AddLifecycleHook(Skip.WithoutFastVectors.class)
    void everyWidth(@ForAll Batch batch) {
        assertSameBits(batch, TestJvm.fastKernels());
    }

    @Property(tries = 100)
    @Domain(SmallBatches.class)
    @AddLifecycleHook(Skip.WithoutSlowVectors.class)
    void everyWidthWhereVectorsAreNotCompiled(@ForAll Batch batch) {
        assertSameBits(batch, TestJvm.slowKernels());
    }

    /** The kernels that the builder picks, whichever they are by now. */
    @Property(tries = 200)
    @Domain(Batches.class)
    void thoseOfTheBuilder(@ForAll Batch batch) {
        Outcome picked = Outcome.of(batch.norm(), batch.x(), batch.dy());
        picked.assertSameBits(batch.outcome(ScalarKernels.INSTANCE), "the builder's norm");
    }

    private static void assertSameBits(Batch batch, Iterable<Kernels> sets) {
        Outcome expected = batch.outcome(ScalarKernels.INSTANCE);
        for (Kernels kernels : sets) {
            batch.outcome(kernels).assertSameBits(expected, kernels.toString());
        }
    }
}

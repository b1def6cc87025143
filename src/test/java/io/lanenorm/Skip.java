package io.lanenorm;

import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** Reasons to leave out a property in a JVM that cannot run what it is about. */
final class Skip {
    private Skip() {}

    /** Leaves out what compares vector kernels at full speed. */
    static final class WithoutFastVectors implements SkipExecutionHook {
        @Override
        public SkipResult shouldBeSkipped(LifecycleContext context) {
            return TestJvm.fastKernels().size() > 1
                    ? SkipResult.doNotSkip()
                    : SkipResult.skip("no width runs at full speed in the JVM " + TestJvm.NAME);
        }
    }

    /** Leaves out what compares bits with the definition of them. */
    static final class WithoutFma implements SkipExecutionHook {
        @Override
        public SkipResult shouldBeSkipped(LifecycleContext context) {
            return TestJvm.FMA
                    ? SkipResult.doNotSkip()
                    : SkipResult.skip("without a fused multiply-add the bits are others, as documented");
        }
    }

    /** Leaves out what runs vector kernels that are not compiled. */
    static final class WithoutSlowVectors implements SkipExecutionHook {
        @Override
        public SkipResult shouldBeSkipped(LifecycleContext context) {
            return TestJvm.slowKernels().isEmpty()
                    ? SkipResult.skip("every width runs at full speed, or none runs at all, in the JVM " + TestJvm.NAME)
                    : SkipResult.doNotSkip();
        }
    }
}

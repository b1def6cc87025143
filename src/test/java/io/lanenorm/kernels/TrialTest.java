package io.lanenorm.kernels;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** What a trial leaves to nobody but the kernels that it tries. */
class TrialTest {
    /** With a scale, left from rows of another call on this thread, scalar kernels would run in their place. */
    @Test
    void rowsHaveNoScale() {
        for (Trial.Kind kind : Trial.Kind.values()) {
            Workspace.ofThread().scaled = true;
            assertFalse(new Trial().isFast(kind, ScalarKernels.INSTANCE, 0), "nothing takes no time");
            assertFalse(Workspace.ofThread().scaled);
        }
    }

    /** It would take C2 longer than anything else. */
    @Test
    void rowsThatAreNeverOverlappedAreNotTriedOverlapped() {
        Kernels kernels = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("everOverlaps")) {
                        return false;
                    }
                    assertNotEquals("normalizeAndMoments", method.getName());
                    return method.invoke(ScalarKernels.INSTANCE, arguments);
                });
        assertTrue(new Trial().isRefinedFast(kernels, Double.MAX_VALUE));
    }
}

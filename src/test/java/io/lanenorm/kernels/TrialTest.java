package io.lanenorm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Set;
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

    /** Whose branches C2 would take for never taken, and leave out until rows take them. */
    @Test
    void rowsOfWholeBlocksAreTriedBesideOthersInEitherPass() {
        Set<String> triedBeside = new HashSet<>();
        Kernels kernels = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    int features = method.getName().equals("normalize") ? 2 : 3;
                    if (arguments.length > features
                            && arguments[features] instanceof Integer n
                            && n % Kernels.MOMENT_BLOCK != 0) {
                        triedBeside.add(method.getName());
                    }
                    return method.invoke(ScalarKernels.INSTANCE, arguments);
                });
        Trial trial = new Trial();
        for (int i = 0; i < 4; i++) {
            trial.isFast(Trial.Kind.WHOLE_FORWARD, kernels, 0);
            trial.isFast(Trial.Kind.WHOLE_BACKWARD, kernels, 0);
        }
        assertEquals(Set.of("normalize", "gradientSums", "inputGradient"), triedBeside);
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

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lanenorm.kernels.Kernels;
import io.lanenorm.kernels.ScalarKernels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The same bits in every JVM, on every machine and in every version to come: one number for a fixed set of results.
 * When the definition of the bits is changed on purpose, put what the failure shows into {@link #GOLDEN}.
 */
class DigestTest {
    private static final String GOLDEN = "887c8453bf777ce3";

    @BeforeEach
    void onlyWithFma() {
        assumeTrue(TestJvm.FMA, "without a fused multiply-add the bits are others, as documented");
    }

    @Test
    void ofTheScalarKernels() {
        String digest = Digest.of(ScalarKernels.INSTANCE);
        System.out.println("digest of the results (" + TestJvm.NAME + "): " + digest);
        assertEquals(GOLDEN, digest);
    }

    @Test
    void ofEveryWidthCompiledOrNot() {
        List<Kernels> sets = new ArrayList<>(TestJvm.fastKernels());
        sets.addAll(TestJvm.slowKernels());
        for (Kernels kernels : sets) {
            assertEquals(GOLDEN, Digest.of(kernels), kernels.toString());
        }
    }

    @Test
    void ofTheBuildersNorms() {
        assertEquals(GOLDEN, Digest.of(Batch::norm));
    }

    @Test
    void ofSeveralThreads() {
        for (int threads : new int[] {2, 3}) {
            assertEquals(
                    GOLDEN,
                    Digest.of(batch -> batch.builder()
                            .parallelism(threads)
                            .leastSharedElements(1)
                            .build()));
        }
    }

    /** Interpreted: no compiler has had its hands on the arithmetic. */
    @Test
    void ofTheInterpreter() throws Exception {
        assumeTrue(TestJvm.NAME.equals("default"), "once is enough");
        ChildJvm.Ended ended = ChildJvm.run(List.of("-Xint"), Digest.class);
        assertEquals(GOLDEN, ended.output().strip());
    }
}

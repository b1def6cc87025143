package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is decided when a JVM starts, each in a JVM of its own: the system property lanenorm.width, and the one log line
 * where the vector kernels are off, which says why and what to pass. There is no other output.
 */
@Tag("once")
class StartTest {
    @BeforeEach
    void once() {
        assumeTrue(TestJvm.NAME.equals("default"), "the JVMs that are started do not depend on this one");
    }

    /** Uses the library as a program would, several norms included, and prints the width, or how it was refused. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            try {
                for (int n = 1; n <= 20; n += 19) {
                    float[] x = new float[3 * n];
                    RowStatistics statistics = new RowStatistics(3);
                    LayerNorm norm = LayerNorm.builder(n).build();
                    norm.forward(x, x, statistics);
                    norm.backward(x.clone(), x, statistics, new float[3 * n], null, null);
                }
                LayerNorm.builder(5).width(VectorWidth.SCALAR).build().forward(new float[5], new float[5]);
                System.out.println(LayerNorm.builder(5).build().width());
            } catch (IllegalStateException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }

    /** Calls until the vector kernels have taken over, and prints how many calls that took when trials were due. */
    static final class Caller {
        private static final long DUE_NANOS = TimeUnit.MILLISECONDS.toNanos(600);
        private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

        private Caller() {}

        public static void main(String[] args) {
            LayerNorm norm = LayerNorm.builder(20).build();
            float[] x = new float[20];
            int calls = 0;
            long start = System.nanoTime();
            long now = start;
            while (norm.toString().contains("kernels=scalar") && now - start < PATIENCE_NANOS) {
                norm.forward(x, x);
                calls += now - start > DUE_NANOS ? 1 : 0;
                now = System.nanoTime();
            }
            System.out.println(norm.toString().contains("kernels=scalar") ? "never" : calls);
        }
    }

    private static void assertPrints(ChildJvm.Ended ended, String line) {
        assertAll(
                () -> assertEquals(line, ended.output().strip()),
                () -> assertEquals("", ended.errors()),
                () -> assertEquals(0, ended.status()));
    }

    private static void assertRefuses(ChildJvm.Ended ended, String... parts) {
        for (String part : parts) {
            assertTrue(ended.output().contains(part), ended.output() + "does not say " + part);
        }
        assertEquals(1, ended.output().lines().count(), ended.output());
    }

    private static void assertWarnsOnce(ChildJvm.Ended ended, String... parts) {
        assertEquals("SCALAR", ended.output().strip());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
        for (String part : parts) {
            assertTrue(ended.errors().contains(part), ended.errors() + " does not say " + part);
        }
    }

    @Test
    void silentWhereAllIsWell() throws Exception {
        assertPrints(
                ChildJvm.run(List.of(), Program.class), VectorWidth.preferred().name());
        assertPrints(
                ChildJvm.run(List.of("-Dlanenorm.width=auto"), Program.class),
                VectorWidth.preferred().name());
    }

    @Test
    void everyAvailableWidthCanBeSet() throws Exception {
        for (VectorWidth width : VectorWidth.available()) {
            String value = width == VectorWidth.SCALAR ? "scalar" : String.valueOf(width.bits());
            assertPrints(ChildJvm.run(List.of("-Dlanenorm.width=" + value), Program.class), width.name());
        }
    }

    @Test
    void withoutAPoolNoCallTries() throws Exception {
        assumeTrue(VectorWidth.preferred() != VectorWidth.SCALAR, "there is nothing to try");
        List<String> flags = List.of("-Djava.util.concurrent.ForkJoinPool.common.parallelism=0");
        int calls = Integer.parseInt(ChildJvm.run(flags, Caller.class).output().strip());
        assertTrue(calls > 10, calls + " calls");
    }

    @Test
    void nonsenseIsRefused() throws Exception {
        assertRefuses(
                ChildJvm.run(List.of("-Dlanenorm.width=nonsense"), Program.class),
                "lanenorm.width",
                "nonsense",
                "auto",
                "scalar",
                "128",
                "256",
                "512");
    }

    @Test
    void aWidthThatTheJvmCannotDoIsRefused() throws Exception {
        List<String> flags = List.of("-XX:MaxVectorSize=16", "-Dlanenorm.width=512");
        assertRefuses(ChildJvm.run(flags, Program.class), "lanenorm.width", "512", "128", "scalar");
        ChildJvm.Ended ended = ChildJvm.runWithoutVectors(List.of("-Dlanenorm.width=128"), Program.class);
        assertRefuses(ended, "lanenorm.width", "128", "scalar", "--add-modules jdk.incubator.vector");
    }

    @Test
    void narrowVectorsAreTakenInSilence() throws Exception {
        assertPrints(ChildJvm.run(List.of("-XX:MaxVectorSize=16"), Program.class), "BITS_128");
    }

    @Test
    void withoutTheModule() throws Exception {
        assertWarnsOnce(
                ChildJvm.runWithoutVectors(List.of(), Program.class),
                "jdk.incubator.vector",
                "--add-modules jdk.incubator.vector");
    }

    @Test
    void withoutC2() throws Exception {
        assertWarnsOnce(ChildJvm.run(List.of("-XX:TieredStopAtLevel=1"), Program.class), "C2", "-XX:TieredStopAtLevel");
        assertWarnsOnce(ChildJvm.run(List.of("-Xint"), Program.class), "C2", "-Xint");
    }

    @Test
    void withoutFma() throws Exception {
        assertWarnsOnce(ChildJvm.run(List.of("-XX:-UseFMA"), Program.class), "fused multiply-add", "-XX:+UseFMA");
    }

    @Test
    void scalarKernelsThatWereAskedForNeedNoWarning() throws Exception {
        assertPrints(ChildJvm.run(List.of("-XX:-UseFMA", "-Dlanenorm.width=scalar"), Program.class), "SCALAR");
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * C2 knows the class of each vector that a kernel computes with. Where it does not, it guesses by the classes seen so
 * far, and sometimes makes an object of what comes out: in some JVMs and not in others, so {@link AllocationTest} sees
 * it now and then. What C2 says of its inlining shows it in every JVM. See the comment of {@code VectorKernels}.
 *
 * <p>All kernels but {@code VectorForward.normalizeAndMoments}: with casts C1 finds it too large to compile, and
 * without C1's counters C2 does not come to it. With 128 and 256 bits on every machine, and so without the branches for
 * 512 bits and 32 registers.
 */
@Tag("once")
class KnownClassTest {
    private static final List<String> METHODS = List.of(
            "VectorRows*.*",
            "VectorLines*.*",
            "VectorBackward*.*",
            "VectorForward*.wholeBlocks",
            "VectorForward*.oneLine",
            "VectorForward*.moreLines",
            "VectorForward*.rest",
            "VectorForward*.normalizeStrip",
            "VectorForward*.normalizePairs",
            "VectorForward*.normalizeRows");

    @Test
    void noClassOfAVectorIsGuessed() throws Exception {
        // Compiled in the middle of a loop, code knows nothing of the vectors from before.
        Stream<String> flags = Stream.of(
                "-XX:MaxVectorSize=32", "-Xbatch", "-XX:-UseOnStackReplacement", "-XX:+UnlockDiagnosticVMOptions");
        Stream<String> commands =
                METHODS.stream().map(method -> "-XX:CompileCommand=PrintInlining,io/lanenorm/kernels/" + method);
        ChildJvm.Ended ended = ChildJvm.run(Stream.concat(flags, commands).toList(), AllocationTest.Program.class);
        assertEquals(0, ended.status(), ended.errors());
        assertTrue(
                VectorWidth.available().size() == 1 || ended.output().contains("VectorSupport::ternaryOp"),
                "C2 has not said what it inlines");
        List<String> guessed = ended.output()
                .lines()
                .map(String::strip)
                .filter(line -> line.contains("jdk.incubator.vector") && line.contains("TypeProfile"))
                .distinct()
                .toList();
        assertEquals(List.of(), guessed);
    }
}

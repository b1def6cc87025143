package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The Java code of the README compiles, so that it cannot rot. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    /** What a reader has around the code: fields, so that the code may declare variables of the same names. */
    private static final String SURROUNDINGS = """
            import io.lanenorm.*;
            import java.util.concurrent.*;
            class Readme {
                int rows, row;
                float[] x, y, gamma, beta, dy, dx, dgamma, dbeta;
                void code() {
            CODE
                }
            }
            """;

    @Test
    void javaBlocksCompile() throws Exception {
        assumeTrue(Files.exists(README), "there is no README.md yet");
        List<String> blocks = JAVA_BLOCK
                .matcher(Files.readString(README))
                .results()
                .map((MatchResult block) -> block.group(1))
                .filter(block -> block.contains("LayerNorm"))
                .toList();
        assertTrue(!blocks.isEmpty(), "the README has no Java code");
        for (String block : blocks) {
            assertEquals("", errors(SURROUNDINGS.replace("CODE", block)), block);
        }
    }

    private static String errors(String source) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Readme.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        Path nowhere = Files.createTempDirectory("readme");
        List<String> options = List.of(
                "-proc:none",
                "-d",
                nowhere.toString(),
                "-cp",
                ChildJvm.placeOf(LayerNorm.class).toString());
        compiler.getTask(null, null, diagnostics, options, null, List.of(file)).call();
        try (var files = Files.list(nowhere)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(nowhere);
        StringBuilder errors = new StringBuilder();
        diagnostics
                .getDiagnostics()
                .forEach(diagnostic -> errors.append(diagnostic).append('\n'));
        return errors.toString();
    }
}

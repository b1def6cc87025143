package io.lanenorm;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A JVM with flags of its own, for what is decided once when a JVM starts. */
final class ChildJvm {
    /** Makes one line of a log record. */
    private static final String ONE_LINE = "-Djava.util.logging.SimpleFormatter.format=%4$s %5$s%n";

    /** More than any program takes, also where others keep the CPUs busy. */
    private static final int PATIENCE_SECONDS = 180;

    private ChildJvm() {}

    /** What a program has printed; {@code errors} without what the JVM itself says of incubator modules. */
    record Ended(int status, String output, String errors) {}

    /** Runs a program of the tests without the module of the Vector API. */
    static Ended runWithoutVectors(List<String> flags, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(ONE_LINE);
        command.addAll(flags);
        command.add("-cp");
        command.add(classPath());
        command.add(program.getName());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("lanenorm", ".out");
        Path errors = Files.createTempFile("lanenorm", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
            builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
            Process process = builder.start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end");
            }
            String said = Files.readString(errors)
                    .lines()
                    .filter(line -> !line.equals("WARNING: Using incubator modules: jdk.incubator.vector"))
                    .collect(Collectors.joining("\n"));
            return new Ended(process.exitValue(), Files.readString(output), said);
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }

    /** Runs a program of the tests with the module of the Vector API. */
    static Ended run(List<String> flags, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(flags);
        all.add("--add-modules=jdk.incubator.vector");
        return runWithoutVectors(all, program, arguments);
    }

    /** Where the library and these tests lie, be it with or without module path; the tests' kernels need no JUnit. */
    private static String classPath() {
        return placeOf(LayerNorm.class) + File.pathSeparator + placeOf(ChildJvm.class);
    }

    static Path placeOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}

package io.lanenorm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The worst error seen of each result, as a part of its bound, and the batch it was seen in. */
final class Worst {
    private final Map<String, Double> parts = new TreeMap<>();
    private final Map<String, Batch> batches = new TreeMap<>();

    void note(String name, double part, Batch batch) {
        if (part > parts.getOrDefault(name, 0.0)) {
            parts.put(name, part);
            batches.put(name, batch);
        }
    }

    /** Prints one line, and writes {@code target/worst-errors-<jvm>.txt} with the batches. */
    void report() throws IOException {
        StringBuilder line = new StringBuilder("worst error / bound (" + TestJvm.NAME + "):");
        StringBuilder lines = new StringBuilder();
        parts.forEach((name, part) -> {
            line.append(String.format(Locale.ROOT, " %s %.3f", name, part));
            lines.append(String.format(Locale.ROOT, "%-7s %.3f  %s%n", name, part, batches.get(name)));
        });
        System.out.println(line);
        Path file = Path.of("target", "worst-errors-" + TestJvm.NAME + ".txt");
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, lines);
    }
}

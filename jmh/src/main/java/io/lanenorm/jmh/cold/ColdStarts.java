package io.lanenorm.jmh.cold;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Runs of one kind, each in a fresh JVM with the flags of this one. */
public final class ColdStarts {
    private final String width;
    private final int pauseMillis;
    private final int seconds;
    private final List<ColdRun> runs = new ArrayList<>();

    /** Takes the system property lanenorm.width, the pause between two calls, and how long a run takes. */
    public ColdStarts(String width, int pauseMillis, int seconds) {
        this.width = width;
        this.pauseMillis = pauseMillis;
        this.seconds = seconds;
    }

    /** Adds a run. */
    public void run() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-Dlanenorm.width=" + width, "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(FirstSeconds.class.getName(), String.valueOf(pauseMillis), String.valueOf(seconds)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader output = process.inputReader()) {
            // What comes before are warnings of the JVM.
            List<String> lines = output.lines().toList();
            int status = process.onExit().join().exitValue();
            if (status != 0) {
                throw new IOException(command + " ended with status " + status + ": " + String.join("\n", lines));
            }
            runs.add(ColdRun.ofLine(lines.getLast()));
        }
    }

    /** How fast the calls follow each other. */
    public String pace() {
        return pauseMillis == 0 ? "without pause" : pauseMillis + " ms pauses";
    }

    /** The system property lanenorm.width of these runs. */
    public String width() {
        return width;
    }

    /** The median of a figure over the runs. */
    public double median(ToDoubleFunction<ColdRun> figure) {
        double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
        int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}

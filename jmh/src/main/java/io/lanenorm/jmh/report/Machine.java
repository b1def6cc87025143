package io.lanenorm.jmh.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the figures were measured on. */
public final class Machine {
    private Machine() {}

    /** The machine, the JVM and its flags, a line each. */
    public static List<String> description() {
        RuntimeMXBean jvm = ManagementFactory.getRuntimeMXBean();
        return List.of(
                "Machine: " + processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                "JVM: " + jvm.getVmName() + " " + jvm.getVmVersion() + " (" + jvm.getVmVendor() + "), Java "
                        + System.getProperty("java.version"),
                "Flags: " + String.join(" ", jvm.getInputArguments()));
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("processor not named in /proc/cpuinfo");
        } catch (IOException noSuchFile) {
            return "processor unknown, since there is no /proc/cpuinfo";
        }
    }
}

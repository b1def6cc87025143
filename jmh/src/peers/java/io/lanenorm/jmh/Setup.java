package io.lanenorm.jmh;

import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.peer.Peer;
import io.lanenorm.jmh.report.Machine;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The machine and the software of a comparison. */
final class Setup {
    /** A library, without the classifier that its native code has. */
    private static final Pattern LIBRARY =
            Pattern.compile("((pytorch|dnnl|onnxruntime|nd4j-native)-[\\d.]+(-[M\\d.]+)?)\\.jar");

    private Setup() {}

    /** A line each. */
    static List<String> description(List<Contender> contenders, List<String> options) {
        List<String> lines = new ArrayList<>(Machine.description());
        lines.add("Further flags of the contenders' JVMs: " + String.join(" ", options));
        lines.add("Their environment: OMP_NUM_THREADS; OMP_PROC_BIND=true with more than one thread; for PyTorch the"
                + " settings of malloc that keep freed memory");
        lines.add("Caches: " + caches());
        lines.add("Libraries: " + libraries(contenders));
        lines.add("C compiler: " + compiler());
        return lines;
    }

    private static String libraries(List<Contender> contenders) {
        Stream<String> paths = contenders.stream()
                .flatMap(contender -> contender instanceof Peer peer ? peer.classPath().stream() : Stream.empty());
        return Stream.concat(Stream.of(System.getProperty("java.class.path")), paths)
                .flatMap(path -> Stream.of(path.split(File.pathSeparator)))
                .map(file -> LIBRARY.matcher(Path.of(file).getFileName().toString()))
                .filter(Matcher::matches)
                .map(name -> name.group(1))
                .collect(Collectors.joining(", "));
    }

    private static String caches() {
        List<String> sizes = new ArrayList<>();
        for (int index = 0; ; index++) {
            Path cache = Path.of("/sys/devices/system/cpu/cpu0/cache/index" + index);
            try {
                sizes.add("L" + read(cache, "level") + " " + read(cache, "type").toLowerCase(Locale.ROOT) + " "
                        + read(cache, "size"));
            } catch (IOException noMore) {
                return String.join(", ", sizes);
            }
        }
    }

    private static String read(Path folder, String file) throws IOException {
        return Files.readString(folder.resolve(file)).strip();
    }

    private static String compiler() {
        try (BufferedReader version =
                new ProcessBuilder("gcc", "--version").start().inputReader()) {
            return version.readLine();
        } catch (IOException none) {
            return "none";
        }
    }
}

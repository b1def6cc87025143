package io.lanenorm.jmh.match;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Threads;
import io.lanenorm.jmh.peer.Peer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A {@link Stand} as seen from outside: a process to which orders go and from which answers come. */
final class Jvm implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Writer orders;
    private final BufferedReader answers;

    /** Starts one for a contender, and for others that share it. */
    Jvm(Contender contender, int threads, List<String> flags) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command(contender, threads, flags)).redirectError(ProcessBuilder.Redirect.INHERIT);
        Map<String, String> environment = builder.environment();
        environment.put("OMP_NUM_THREADS", String.valueOf(threads));
        if (threads > 1) {
            environment.put("OMP_PROC_BIND", "true");
        }
        if (contender instanceof Peer peer) {
            environment.putAll(peer.environment());
        }
        process = builder.start();
        orders = process.outputWriter();
        answers = process.inputReader();
    }

    private static List<String> command(Contender contender, int threads, List<String> flags) {
        String classPath = System.getProperty("java.class.path");
        if (contender instanceof Peer peer && peer.classPath().isPresent()) {
            classPath = peer.classPath().get() + File.pathSeparator + classPath;
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(flags);
        command.add("-D" + Threads.PROPERTY + "=" + threads);
        command.add("-XX:ErrorFile=" + Path.of(System.getProperty("java.io.tmpdir"), "peers-crash-%p.log"));
        command.addAll(List.of("-cp", classPath, Stand.class.getName()));
        return command;
    }

    /** Has an order carried out. A JVM that ends meanwhile, which native code can make it do, refuses with that. */
    Answer answer(Order order) throws IOException {
        try {
            orders.write(JSON.writeValueAsString(order) + "\n");
            orders.flush();
            String line;
            do {
                line = answers.readLine();
            } while (line != null && !line.startsWith(Stand.MARK));
            if (line != null) {
                return JSON.readValue(line.substring(Stand.MARK.length()), Answer.class);
            }
        } catch (IOException brokenPipe) {
            // Said below.
        }
        return Answer.refusal(
                "its JVM ended with status " + process.onExit().join().exitValue());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        if (isAlive()) {
            orders.close();
        }
        process.onExit().join();
    }
}

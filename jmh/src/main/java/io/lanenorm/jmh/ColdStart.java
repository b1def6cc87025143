package io.lanenorm.jmh;

import io.lanenorm.jmh.cold.ColdStarts;
import io.lanenorm.jmh.cold.FirstSeconds;
import io.lanenorm.jmh.report.ColdReport;
import io.lanenorm.jmh.report.Machine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Shows what the first calls in a fresh JVM take, with the scalar kernels alone and with the vector kernels that take
 * over from them, and when they do:
 *
 * <pre>{@code
 * mvn -B -q -f jmh package
 * java @jmh/java.args -cp jmh/target/benchmarks.jar io.lanenorm.jmh.ColdStart
 * }</pre>
 */
@Command(
        name = "cold-start",
        description = "Times the first seconds of LaneNorm in fresh JVMs, scalar and vector kernels by turns.")
public final class ColdStart implements Callable<Integer> {
    @Option(
            names = "--runs",
            defaultValue = "7",
            description = "JVMs of each kind, of which the median is shown (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(
            names = "--seconds",
            defaultValue = "5",
            description = "How long a JVM runs, at least 2 (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--pauses",
            split = ",",
            defaultValue = "0,1",
            description = "Milliseconds between two calls, a kind of runs for each (default: ${DEFAULT-VALUE}).")
    private List<Integer> pauses = List.of();

    @Option(names = "--help", usageHelp = true, description = "Prints this.")
    private boolean help;

    private ColdStart() {}

    /** Runs the JVMs; {@code --help} tells about the arguments. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ColdStart()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        List<ColdStarts> kinds = new ArrayList<>();
        for (int pause : pauses) {
            kinds.add(new ColdStarts("scalar", pause, seconds));
            kinds.add(new ColdStarts("auto", pause, seconds));
        }
        Machine.description().forEach(System.out::println);
        System.out.println("A call is forward with statistics and backward, at " + FirstSeconds.SHAPE + "; medians of "
                + runs + " JVMs of each kind, about " + runs * kinds.size() * seconds + " s in all");
        for (int run = 0; run < runs; run++) {
            for (ColdStarts kind : kinds) {
                kind.run();
            }
        }
        System.out.println(ColdReport.forTerminal(kinds, seconds));
        return 0;
    }
}

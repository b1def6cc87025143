package io.lanenorm.jmh;

import io.lanenorm.jmh.check.Reference;
import io.lanenorm.jmh.check.WrongResult;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Contenders;
import io.lanenorm.jmh.report.Report;
import io.lanenorm.jmh.report.SpeedChart;
import io.lanenorm.jmh.timing.Heat;
import io.lanenorm.jmh.timing.Measurement;
import io.lanenorm.jmh.timing.Rounds;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Shows what LaneNorm does on this machine, at every width: checked, then timed, on the layer norms of known models.
 */
@Command(
        name = "tour",
        description = "Checks and times LaneNorm on the layer norms of known models, at every width of this machine.")
public final class Tour implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            defaultValue = "README.md",
            paramLabel = "TEXT",
            description = "The text to normalise (default: ${DEFAULT-VALUE}).")
    private Path text;

    @Option(
            names = "--seconds",
            defaultValue = "75",
            description = "About how long the tour may take (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--output",
            defaultValue = "jmh/target",
            description = "Where tour.md and the charts go (default: ${DEFAULT-VALUE}).")
    private Path output;

    @Option(names = "--help", usageHelp = true, description = "Prints this.")
    private boolean help;

    private Tour() {}

    /** Runs the tour; {@code --help} tells about the arguments. */
    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        CommandLine tour = new CommandLine(new Tour());
        tour.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof WrongResult) {
                command.getErr().println("FAILED: " + failure.getMessage());
                return 1;
            }
            throw failure;
        });
        System.exit(tour.execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        byte[] bytes = read();
        Map<Contender, String> absences = new LinkedHashMap<>();
        List<Contender> present = new ArrayList<>();
        for (Contender contender : Contenders.all()) {
            contender.absence().ifPresentOrElse(why -> absences.put(contender, why), () -> present.add(contender));
        }
        List<Heat> heats = new ArrayList<>();
        try {
            prepare(heats, bytes, present);
            int rounds = Rounds.run(heats, end);
            List<Measurement> measurements =
                    heats.stream().flatMap(heat -> heat.finish().stream()).toList();
            tell(new Report(measurements, rounds, absences, text));
        } finally {
            heats.forEach(Heat::close);
        }
        return 0;
    }

    private byte[] read() throws IOException {
        if (!Files.isReadable(text) || Files.size(text) == 0) {
            throw new ParameterException(
                    spec.commandLine(), "TEXT is " + text.toAbsolutePath() + "; it should be a file with text in it");
        }
        return Files.readAllBytes(text);
    }

    private static void prepare(List<Heat> heats, byte[] text, List<Contender> contenders) {
        for (Model model : Model.KNOWN) {
            Batch batch = Batch.ofText(text, model.shape(), model.epsilon());
            Reference reference = new Reference(batch);
            for (Direction direction : Direction.values()) {
                heats.add(new Heat(model, direction, batch, reference, contenders));
            }
        }
    }

    private void tell(Report report) throws IOException {
        System.out.println(report.forTerminal());
        Path markdown = Files.createDirectories(output).resolve("tour.md");
        Files.writeString(markdown, report.inMarkdown());
        System.out.println("Written: " + markdown);
        for (Direction direction : Direction.values()) {
            new SpeedChart(report, direction).save(output).forEach(file -> System.out.println("Written: " + file));
        }
    }
}

package io.lanenorm.jmh;

import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Contenders;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.match.Fault;
import io.lanenorm.jmh.match.Figure;
import io.lanenorm.jmh.match.Match;
import io.lanenorm.jmh.report.CellTable;
import io.lanenorm.jmh.report.PeersReport;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares LaneNorm with the layer norms of native libraries. */
@Command(name = "peers", description = "Compares LaneNorm with the layer norms of native libraries, side by side.")
public final class Peers implements Callable<Integer> {
    private static final Shape KAPPA_SHAPE = new Shape(64, 1024);

    @Option(
            names = "--shapes",
            split = ",",
            converter = ShapeConverter.class,
            defaultValue = "32x768,64x1024,16x4096,1x4096,1x64,2048x768,4096x1024,2048x4096,512x8192,8192x64,4096x128,"
                    + "1000x1001,257x768,5120x1024",
            description = "Rows and features (default: ${DEFAULT-VALUE}).")
    private List<Shape> shapes;

    @Option(
            names = "--threads",
            split = ",",
            defaultValue = "1,2",
            description = "Numbers of threads (default: ${DEFAULT-VALUE}).")
    private List<Integer> threads;

    @Option(
            names = "--directions",
            split = ",",
            defaultValue = "forward,backward",
            description = "Which halves of the layer norm (default: ${DEFAULT-VALUE}).")
    private List<Direction> directions;

    @Option(
            names = "--contenders",
            defaultValue = "",
            paramLabel = "REGEX",
            description = "Only those in whose name this is found, for example \"LaneNorm 512|oneDNN\".")
    private Pattern contenders;

    @Option(
            names = "--rounds",
            defaultValue = "30",
            description = "Windows of 20 ms for each contender in each cell (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--kappas",
            split = ",",
            defaultValue = "1,1e1,1e2,1e3,1e4,1e5,1e6,1e7",
            description = "Means of the rows, in standard deviations, to find errors at (default: ${DEFAULT-VALUE}).")
    private List<Double> kappas;

    @Option(names = "--java-options", split = " ", description = "Further options of the JVMs of the contenders.")
    private List<String> javaOptions = new ArrayList<>();

    @Option(
            names = "--output",
            defaultValue = "jmh/target/peers",
            description = "Where the report goes (default: ${DEFAULT-VALUE}).")
    private Path output;

    @Option(names = "--help", usageHelp = true, description = "Prints this.")
    private boolean help;

    private Peers() {}

    /** Runs the comparison; {@code --help} tells about the arguments. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Peers())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        List<Contender> chosen = Contenders.all().stream()
                .filter(contender -> contenders.matcher(contender.name()).find())
                .toList();
        try (Match match = new Match(chosen, threads, javaOptions)) {
            match.absences().forEach((who, why) -> System.out.println("Absent: " + who + ", since " + why));
            List<Figure> figures = new ArrayList<>();
            List<Fault> faults = new ArrayList<>();
            for (Shape shape : shapes) {
                for (Direction direction : directions) {
                    List<Figure> played = match.play(shape, direction, rounds);
                    played.stream()
                            .collect(Collectors.groupingBy(
                                    figure -> figure.cell().threads()))
                            .values()
                            .forEach(cell -> System.out.println(new CellTable(cell)));
                    figures.addAll(played);
                }
            }
            for (double kappa : kappas) {
                faults.addAll(match.faults(KAPPA_SHAPE, kappa));
            }
            PeersReport report =
                    new PeersReport(Setup.description(chosen, javaOptions), rounds, figures, faults, match.absences());
            report.summary().forEach(System.out::println);
            report.save(output);
            System.out.println("Written: " + output.resolve("peers.md"));
            return figures.stream().anyMatch(figure -> figure.role() == Role.LANENORM && figure.refusal() != null)
                    ? 1
                    : 0;
        }
    }

    private static final class ShapeConverter implements CommandLine.ITypeConverter<Shape> {
        @Override
        public Shape convert(String text) {
            return Shape.parse(text);
        }
    }
}

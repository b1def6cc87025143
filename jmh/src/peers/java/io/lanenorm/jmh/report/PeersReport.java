package io.lanenorm.jmh.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.match.Cell;
import io.lanenorm.jmh.match.Fault;
import io.lanenorm.jmh.match.Figure;
import io.lanenorm.jmh.workload.Quantity;
import io.lanenorm.jmh.workload.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * All that a comparison with the peers found out.
 *
 * @param machine what it was measured on and with, a line each
 * @param rounds the number of windows of each contender in each cell
 * @param figures how everybody did
 * @param faults how far everybody is off on rows with a large mean
 * @param absences who could not take part, and why
 */
public record PeersReport(
        List<String> machine, int rounds, List<Figure> figures, List<Fault> faults, Map<String, String> absences) {
    /** The limit by ordinary stores, which are the only ones that the Vector API has. */
    static final String VECTOR_COPY = "vector copy";

    private static final String CHARTS = "peers-charts";

    /** Writes peers.json, peers.md and the charts. */
    public void save(Path folder) throws IOException {
        Path charts = Files.createDirectories(folder.resolve(CHARTS));
        new ObjectMapper()
                .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL)
                .writeValue(folder.resolve("peers.json").toFile(), this);
        List<String> parts = new ArrayList<>();
        parts.add("# LaneNorm beside native libraries\n");
        machine.forEach(line -> parts.add("- " + line));
        parts.add("\n## How it was measured\n");
        legend().forEach(line -> parts.add("- " + line));
        parts.add("\n## In short\n");
        summary().forEach(line -> parts.add("- " + line));
        for (List<Cell> cells : tables()) {
            parts.addAll(section(cells, charts));
        }
        if (!faults.isEmpty()) {
            parts.add("\n## Error over kappa, 64x1024\n");
            parts.add("The largest error over the largest value, where the mean of each row is kappa times its standard"
                    + " deviation.\n");
            for (Quantity quantity : List.of(Quantity.Y, Quantity.DX)) {
                parts.addAll(faults(quantity, charts));
            }
        }
        Files.writeString(folder.resolve("peers.md"), String.join("\n", parts) + "\n");
    }

    /** What it comes to, a line each. */
    public List<String> summary() {
        List<String> lines = new ArrayList<>(new Summary(standings()).lines());
        absences.forEach((who, why) -> lines.add("Absent: " + who + ", since " + why));
        figures.stream()
                .filter(figure -> figure.refusal() != null)
                .forEach(figure -> lines.add(
                        "No figure: " + figure.contender() + " at " + figure.cell() + ", since " + figure.refusal()));
        return lines;
    }

    private Standings standings() {
        return new Standings(figures);
    }

    private List<String> legend() {
        String allocating = figures.stream()
                .filter(Figure::allocates)
                .map(Figure::contender)
                .distinct()
                .collect(Collectors.joining(", "));
        return List.of(
                "Figures are ns per call: the 10th percentile of laps of 1 ms, or of a call, in " + rounds
                        + " windows of 20 ms. In each round every contender has a window, with one thread and with more, each"
                        + " in a JVM of its kind while the others idle, and runs untimed for 2 ms before it; with more"
                        + " threads for 40 ms, in which Linux finds each a processor (OpenMP's are bound to theirs).",
                "x = 0.5 + 2 N(0, 1), gamma = 1 + 0.1 N, beta = 0.1 N, dy = N; epsilon 1e-5; the same for all. Forward"
                        + " keeps the statistics (ONNX Runtime and ND4J compute y alone), backward computes dx, dgamma"
                        + " and dbeta.",
                "Every result was checked against a reference in double before and after the timing.",
                "Native memory is aligned to 64 bytes, every array at another offset in its page; Java's is where the"
                        + " JVM puts it.",
                "New arrays for the results in each call: " + (allocating.isEmpty() ? "none" : allocating)
                        + ". All others write to given arrays.",
                "copy, vector copy and C copy move the bytes of a layer norm: y = x forward, dx = dy + x backward; copy"
                        + " by System.arraycopy row by row forward, the others by ordinary stores. The plain Java loop"
                        + " and copy run on one thread only.",
                "Of the columns of ratios: contenders are the libraries, the C loop and the plain Java loop. oneDNN bf16"
                        + " works on half the bytes and is none.");
    }

    /** The cells of each table: of one direction with one number of threads. */
    private List<List<Cell>> tables() {
        return List.copyOf(standings().cells().stream()
                .collect(Collectors.groupingBy(
                        cell -> new Cell(cell.threads(), null, cell.direction()),
                        LinkedHashMap::new,
                        Collectors.toList()))
                .values());
    }

    private List<String> section(List<Cell> cells, Path charts) throws IOException {
        Cell first = cells.getFirst();
        String threads = first.threads() == 1 ? "1 thread" : first.threads() + " threads";
        String title = Report.title(first.direction()) + ", " + threads;
        String name = first.direction() + "-" + first.threads();
        Standings standings = standings();
        chart(title, "GB/s, more is better", cells, this::gigabytesPerSecond).save(charts, "speed-" + name);
        chart(title, "time over the fastest copy, less is better", cells, this::timeOverCopy)
                .save(charts, "limit-" + name);
        List<Column<Cell>> columns = new ArrayList<>();
        columns.add(Column.numbers("rows x N", cell -> cell.shape().toString()));
        columns.add(Column.numbers(
                "fastest contender / LaneNorm", cell -> text(standings.lead(cell, Standings.CONTENDERS))));
        columns.add(
                Column.numbers("fastest library / LaneNorm", cell -> text(standings.lead(cell, Standings.LIBRARIES))));
        columns.add(Column.numbers(
                "LaneNorm / vector copy", cell -> text(standings.ratio(cell, Standings.LANENORM, VECTOR_COPY))));
        roles().keySet().stream()
                .filter(contender -> cells.stream()
                        .anyMatch(cell -> standings.of(cell, contender).isPresent()))
                .forEach(contender -> columns.add(Column.numbers(contender, cell -> time(standings, cell, contender))));
        return List.of(
                "\n## " + title + "\n",
                new Table<>(columns, cells).inMarkdown(),
                image("speed-" + name, "speed over shapes"),
                image("limit-" + name, "time over the copy limit"));
    }

    private static String time(Standings standings, Cell cell, String contender) {
        return standings
                .of(cell, contender)
                .map(figure -> Column.significant(figure.nanosPerCall()))
                .orElse("-");
    }

    private static String text(OptionalDouble value) {
        return value.isPresent() ? Column.significant(value.getAsDouble()) : "-";
    }

    private static String image(String name, String text) {
        return "![" + text + "](" + CHARTS + "/" + name + ".png)";
    }

    /** The contenders in the order of the tables. */
    private Map<String, Role> roles() {
        Map<String, Role> roles = new LinkedHashMap<>();
        figures.forEach(figure -> roles.put(figure.contender(), figure.role()));
        return roles;
    }

    private LineChart chart(String title, String axis, List<Cell> cells, BiFunction<Cell, String, Double> value) {
        List<Cell> ascending = cells.stream()
                .sorted((one, other) ->
                        Integer.compare(one.shape().elements(), other.shape().elements()))
                .toList();
        LineChart chart = new LineChart(
                title,
                axis,
                ascending.stream().map(Cell::shape).map(Shape::toString).toList());
        roles().forEach((contender, role) -> chart.add(
                contender,
                role,
                ascending.stream().map(cell -> value.apply(cell, contender)).collect(Collectors.toList())));
        return chart;
    }

    private Double gigabytesPerSecond(Cell cell, String contender) {
        return standings()
                .of(cell, contender)
                .map(figure -> cell.direction().bytes(cell.shape()) / figure.nanosPerCall())
                .orElse(null);
    }

    private Double timeOverCopy(Cell cell, String contender) {
        OptionalDouble ratio =
                Standings.ratio(standings().of(cell, contender), standings().fastest(cell, EnumSet.of(Role.COPY)));
        return ratio.isPresent() ? ratio.getAsDouble() : null;
    }

    private List<String> faults(Quantity quantity, Path charts) throws IOException {
        List<Double> kappas = faults.stream().map(Fault::kappa).distinct().toList();
        Map<String, Role> computing = new LinkedHashMap<>();
        faults.stream()
                .filter(fault -> fault.errors().containsKey(quantity))
                .forEach(fault -> computing.put(fault.contender(), fault.role()));
        LineChart chart = new LineChart(
                "Error of " + quantity + " over kappa",
                "largest error / largest value, less is better",
                kappas.stream().map(PeersReport::power).toList());
        List<Column<String>> columns = new ArrayList<>();
        columns.add(Column.words("error of " + quantity + ", kappa =", contender -> contender));
        for (double kappa : kappas) {
            columns.add(Column.numbers(
                    power(kappa),
                    contender -> error(contender, kappa, quantity)
                            .map(PeersReport::power)
                            .orElse("-")));
        }
        computing.forEach((contender, role) -> chart.add(
                contender,
                role,
                kappas.stream()
                        .map(kappa -> error(contender, kappa, quantity)
                                // Off the chart is as good as all wrong.
                                .map(error -> Math.min(10, error))
                                .orElse(null))
                        .collect(Collectors.toList())));
        chart.save(charts, "error-" + quantity);
        return List.of(
                new Table<>(columns, List.copyOf(computing.keySet())).inMarkdown(),
                image("error-" + quantity, "error of " + quantity + " over kappa") + "\n");
    }

    private Optional<Double> error(String contender, double kappa, Quantity quantity) {
        return faults.stream()
                .filter(fault -> fault.contender().equals(contender) && fault.kappa() == kappa)
                .findFirst()
                .map(fault -> fault.errors().get(quantity));
    }

    private static String power(double value) {
        return String.format(Locale.ROOT, "%.0e", value);
    }
}

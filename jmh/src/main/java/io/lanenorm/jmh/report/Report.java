package io.lanenorm.jmh.report;

import io.lanenorm.VectorWidth;
import io.lanenorm.jmh.check.Accuracy;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.LaneNormAtWidth;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.timing.Measurement;
import io.lanenorm.jmh.workload.Direction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All that a tour found out.
 *
 * @param measurements every contender of every heat
 * @param rounds the number of windows that each of them was timed in
 * @param absences who could not take part, and why
 * @param text the file whose text was normalised
 */
public record Report(List<Measurement> measurements, int rounds, Map<Contender, String> absences, Path text) {
    /** For the terminal. */
    public String forTerminal() {
        List<String> parts = new ArrayList<>(Machine.description());
        parts.addAll(legend());
        for (Direction direction : Direction.values()) {
            parts.add("\n" + title(direction));
            parts.add(table(direction).forTerminal());
        }
        parts.add("\nIn short, " + preferred());
        parts.add(inShort().forTerminal());
        parts.addAll(conclusions());
        return String.join("\n", parts);
    }

    /** The same in Markdown, beside the charts. */
    public String inMarkdown() {
        List<String> parts = new ArrayList<>();
        parts.add("# The tour\n");
        Machine.description().forEach(line -> parts.add("- " + line));
        parts.add("- Text: " + text.getFileName());
        parts.add("");
        legend().forEach(line -> parts.add("- " + line));
        parts.add("\n## In short, " + preferred() + "\n");
        parts.add(inShort().inMarkdown());
        conclusions().forEach(line -> parts.add("- " + line));
        for (Direction direction : Direction.values()) {
            parts.add("\n## " + title(direction) + "\n");
            parts.add(table(direction).inMarkdown());
            parts.add("![speed by model](" + direction + ".svg)");
        }
        return String.join("\n", parts) + "\n";
    }

    /** The measurements of one direction. */
    List<Measurement> of(Direction direction) {
        return measurements.stream()
                .filter(measurement -> measurement.direction() == direction)
                .toList();
    }

    static String title(Direction direction) {
        String name = direction.toString();
        return Character.toUpperCase(name.charAt(0)) + name.substring(1) + " (" + direction.traffic() + ")";
    }

    private List<String> legend() {
        return List.of(
                "ns/row: the 10th percentile of laps of 1 ms in " + rounds
                        + " windows of 20 ms, all contenders in turn, one thread",
                "GB/s: the bytes that have to be read or written at least once, over the time",
                "x plain loop: how many times faster than the loop that one would write by hand",
                "time/copy: the time over that of moving the same bytes: System.arraycopy row by row (forward),"
                        + " dx = dy + x (backward)",
                "error/bound: the worst error against a reference in double, over what the contract allows");
    }

    private Table<Measurement> table(Direction direction) {
        return new Table<>(Column.OF_MEASUREMENTS, of(direction));
    }

    private static String preferred() {
        return new LaneNormAtWidth(VectorWidth.preferred()).name();
    }

    private Table<Comparison> inShort() {
        return new Table<>(Comparison.COLUMNS, Comparison.of(preferred(), measurements));
    }

    private List<String> conclusions() {
        List<String> lines = new ArrayList<>();
        worst().ifPresent(worst -> lines.add("Worst errors of LaneNorm over their bounds: " + worst));
        lines.add("The same bits before and after the timing at: "
                + measurements.stream()
                        .map(Measurement::contender)
                        .filter(contender -> contender.role() == Role.LANENORM)
                        .map(Contender::name)
                        .distinct()
                        .collect(Collectors.joining(", ")));
        absences.forEach((contender, why) -> lines.add("Absent: " + contender.name() + ", since " + why));
        return lines;
    }

    private Optional<Accuracy> worst() {
        return measurements.stream()
                .filter(measurement -> measurement.contender().role() == Role.LANENORM)
                .flatMap(measurement -> measurement.accuracy().stream())
                .reduce(Accuracy::or);
    }
}

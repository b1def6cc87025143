package io.lanenorm.jmh.report;

import static io.lanenorm.jmh.report.Standings.CONTENDERS;
import static io.lanenorm.jmh.report.Standings.LANENORM;
import static io.lanenorm.jmh.report.Standings.LIBRARIES;

import io.lanenorm.jmh.match.Cell;
import io.lanenorm.jmh.match.Figure;
import io.lanenorm.jmh.workload.Direction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the figures come to, a line each.
 *
 * @param standings the figures
 */
record Summary(Standings standings) {
    /** From here on, the overhead of a call no longer makes the figure. */
    private static final int MANY = 32 * 768;

    /** From here on, no cache of a usual machine holds the batch. */
    private static final int BEYOND_THE_CACHES = 512 * 8192;

    private record Value(Cell cell, double value) {
        @Override
        public String toString() {
            return Column.significant(value) + " (" + cell + ")";
        }
    }

    /** All lines there are figures for. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        extremes("fastest contender / " + LANENORM, cell -> standings.lead(cell, CONTENDERS), cell -> true, lines);
        long behind = standings.cells().stream()
                .map(cell -> standings.lead(cell, CONTENDERS))
                .filter(lead -> lead.isPresent() && lead.getAsDouble() < 1)
                .count();
        lines.add("Cells behind any contender: " + behind);
        for (Direction direction : Direction.values()) {
            mean("fastest library / " + LANENORM, direction, cell -> true, "all cells", lines);
            Predicate<Cell> many = cell -> cell.shape().elements() >= MANY;
            mean("fastest library / " + LANENORM, direction, many, "from 32x768 up", lines);
        }
        beyondTheCaches(lines);
        extremes("256 bits / 512 bits", ratio("LaneNorm 256 bits", "LaneNorm 512 bits"), cell -> true, lines);
        extremes("plain Java loop / scalar", ratio("plain Java loop", "LaneNorm scalar"), cell -> true, lines);
        extremes("one thread / more, " + LANENORM, this::speedup, cell -> true, lines);
        return lines;
    }

    private Function<Cell, OptionalDouble> ratio(String one, String other) {
        return cell -> standings.ratio(cell, one, other);
    }

    private OptionalDouble speedup(Cell cell) {
        Cell onOne = new Cell(1, cell.shape(), cell.direction());
        return cell.threads() == 1
                ? OptionalDouble.empty()
                : Standings.ratio(standings.of(onOne, LANENORM), standings.of(cell, LANENORM));
    }

    private List<Value> values(Function<Cell, OptionalDouble> ratio, Predicate<Cell> filter) {
        List<Value> values = new ArrayList<>();
        standings.cells().stream()
                .filter(filter)
                .forEach(cell -> ratio.apply(cell).ifPresent(value -> values.add(new Value(cell, value))));
        return values;
    }

    private static double geometricMean(List<Value> values) {
        return Math.exp(values.stream()
                .mapToDouble(value -> Math.log(value.value()))
                .average()
                .orElseThrow());
    }

    private void extremes(
            String what, Function<Cell, OptionalDouble> ratio, Predicate<Cell> filter, List<String> lines) {
        List<Value> values = values(ratio, filter);
        if (!values.isEmpty()) {
            Comparator<Value> order = Comparator.comparingDouble(Value::value);
            lines.add("Ratio of times, " + what + ": from "
                    + values.stream().min(order).orElseThrow() + " to "
                    + values.stream().max(order).orElseThrow() + ", geometric mean "
                    + Column.significant(geometricMean(values)));
        }
    }

    private void mean(String what, Direction direction, Predicate<Cell> filter, String where, List<String> lines) {
        List<Value> values = values(
                cell -> standings.lead(cell, LIBRARIES), cell -> cell.direction() == direction && filter.test(cell));
        if (!values.isEmpty()) {
            lines.add("Geometric mean, " + what + ", " + direction + ", " + where + ": "
                    + Column.significant(geometricMean(values)));
        }
    }

    private void beyondTheCaches(List<String> lines) {
        for (Cell cell : standings.cells()) {
            OptionalDouble own = standings.ratio(cell, LANENORM, PeersReport.VECTOR_COPY);
            if (cell.shape().elements() < BEYOND_THE_CACHES || own.isEmpty()) {
                continue;
            }
            Optional<Figure> library = standings.fastest(cell, LIBRARIES);
            OptionalDouble theirs = Standings.ratio(library, standings.of(cell, PeersReport.VECTOR_COPY));
            lines.add("Time / vector copy, " + cell + ": " + Column.significant(own.getAsDouble())
                    + (theirs.isEmpty()
                            ? ""
                            : "; fastest library " + Column.significant(theirs.getAsDouble()) + " ("
                                    + library.orElseThrow().contender() + ")"));
        }
    }
}

package io.lanenorm.jmh.report;

import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.match.Figure;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/** One cell on the terminal: who was there, the fastest first. */
public record CellTable(List<Figure> figures) {
    /** The table. */
    @Override
    public String toString() {
        double laneNorm = new Standings(figures)
                .fastest(figures.getFirst().cell(), EnumSet.of(Role.LANENORM))
                .map(Figure::nanosPerCall)
                .orElse(Double.NaN);
        List<Column<Figure>> columns = List.of(
                Column.words(figures.getFirst().cell().toString(), Figure::contender),
                Column.numbers("ns/call", f -> f.refusal() == null ? Column.significant(f.nanosPerCall()) : "-"),
                Column.numbers(
                        "/ fastest LaneNorm",
                        f -> f.refusal() == null ? Column.significant(f.nanosPerCall() / laneNorm) : "-"),
                Column.numbers("error", CellTable::error),
                Column.words("kernel, or why there is no figure", f -> f.refusal() == null ? f.kernel() : f.refusal()));
        List<Figure> sorted = figures.stream()
                .sorted(Comparator.comparingDouble(Figure::nanosPerCall))
                .toList();
        return new Table<>(columns, sorted).forTerminal();
    }

    private static String error(Figure figure) {
        return figure.errors() == null
                ? "-"
                : String.format(
                        Locale.ROOT, "%.1e", Collections.max(figure.errors().values()));
    }
}

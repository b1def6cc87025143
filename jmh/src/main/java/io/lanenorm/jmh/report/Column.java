package io.lanenorm.jmh.report;

import io.lanenorm.jmh.timing.Measurement;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * A column of the tables.
 *
 * @param <T> what a line of the table is about
 * @param header what stands above it
 * @param numbers whether it holds numbers, which are set to the right
 * @param cell the text for a line
 */
record Column<T>(String header, boolean numbers, Function<T, String> cell) {
    /** The columns that show measurements of one direction. */
    static final List<Column<Measurement>> OF_MEASUREMENTS = List.of(
            words("model", m -> m.model().name()),
            numbers("rows x N", m -> m.model().shape().toString()),
            words("contender", m -> m.contender().name() + (m.contender().allocatesResults() ? " (allocates)" : "")),
            words("kernel that ran", Measurement::kernel),
            numbers("ns/row", m -> significant(m.nanosPerRow())),
            numbers("GB/s", m -> significant(m.gigabytesPerSecond())),
            numbers("x plain loop", m -> significant(m.timesPlainLoop())),
            numbers("time/copy", m -> significant(m.timeOverCopy())),
            numbers("error/bound", Column::worstError));

    static <T> Column<T> words(String header, Function<T, String> cell) {
        return new Column<>(header, false, cell);
    }

    static <T> Column<T> numbers(String header, Function<T, String> cell) {
        return new Column<>(header, true, cell);
    }

    /** The worst error over its bound, or a dash where nothing was computed. */
    static String worstError(Measurement measurement) {
        return measurement
                .accuracy()
                .map(accuracy -> String.format(Locale.ROOT, "%.2f", accuracy.worstOfAll()))
                .orElse("-");
    }

    /** Three digits, or more where there are more before the point. */
    static String significant(double value) {
        String format = value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f";
        return String.format(Locale.ROOT, format, value);
    }
}

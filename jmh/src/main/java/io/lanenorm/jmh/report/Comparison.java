package io.lanenorm.jmh.report;

import io.lanenorm.jmh.timing.Measurement;
import io.lanenorm.jmh.workload.Direction;
import java.util.List;
import java.util.function.Function;

/**
 * One model in short: a LaneNorm in both directions.
 *
 * @param forward how its forward did
 * @param backward how its backward did
 */
record Comparison(Measurement forward, Measurement backward) {
    /** The columns of the short table. */
    static final List<Column<Comparison>> COLUMNS = List.of(
            Column.words("model", c -> c.forward.model().name()),
            Column.numbers("rows x N", c -> c.forward.model().shape().toString()),
            number("forward ns/row", c -> c.forward.nanosPerRow()),
            number("x plain loop", c -> c.forward.timesPlainLoop()),
            number("time/copy", c -> c.forward.timeOverCopy()),
            Column.numbers("error/bound", c -> Column.worstError(c.forward)),
            number("backward ns/row", c -> c.backward.nanosPerRow()),
            number("x plain loop", c -> c.backward.timesPlainLoop()),
            number("time/copy", c -> c.backward.timeOverCopy()),
            Column.numbers("error/bound", c -> Column.worstError(c.backward)));

    private static Column<Comparison> number(String header, Function<Comparison, Double> value) {
        return Column.numbers(header, comparison -> Column.significant(value.apply(comparison)));
    }

    /** One for each model, of the contender with this name. */
    static List<Comparison> of(String contender, List<Measurement> measurements) {
        List<Measurement> own = measurements.stream()
                .filter(measurement -> measurement.contender().name().equals(contender))
                .toList();
        return own.stream()
                .filter(measurement -> measurement.direction() == Direction.FORWARD)
                .map(forward -> new Comparison(
                        forward,
                        own.stream()
                                .filter(other -> other.direction() == Direction.BACKWARD)
                                .filter(other -> other.model().equals(forward.model()))
                                .findFirst()
                                .orElseThrow()))
                .toList();
    }
}

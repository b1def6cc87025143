package io.lanenorm.jmh.check;

import io.lanenorm.jmh.workload.Quantity;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How far results are off.
 *
 * @param worst the largest error of each quantity, over its bound: 1 is just allowed
 * @param relative the largest error of each quantity, over its largest value
 */
public record Accuracy(Map<Quantity, Double> worst, Map<Quantity, Double> relative) {
    /** The worst of all quantities. */
    public double worstOfAll() {
        return Collections.max(worst.values());
    }

    /** The worse of two, quantity by quantity. */
    public Accuracy or(Accuracy other) {
        return new Accuracy(worse(worst, other.worst), worse(relative, other.relative));
    }

    private static Map<Quantity, Double> worse(Map<Quantity, Double> some, Map<Quantity, Double> others) {
        EnumMap<Quantity, Double> worse = new EnumMap<>(some);
        others.forEach((quantity, error) -> worse.merge(quantity, error, Math::max));
        return worse;
    }

    @Override
    public String toString() {
        return worst.entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.2f", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
    }
}

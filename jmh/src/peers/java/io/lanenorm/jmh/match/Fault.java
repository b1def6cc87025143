package io.lanenorm.jmh.match;

import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.workload.Quantity;
import java.util.Map;

/**
 * How far one contender was off on rows with a large mean.
 *
 * @param kappa |mean| over standard deviation of the rows
 * @param contender who it was
 * @param role what it is in the comparison
 * @param errors the largest error of each result, over its largest value
 */
public record Fault(double kappa, String contender, Role role, Map<Quantity, Double> errors) {}

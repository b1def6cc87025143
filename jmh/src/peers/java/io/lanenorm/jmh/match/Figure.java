package io.lanenorm.jmh.match;

import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.workload.Quantity;
import java.util.Map;

/**
 * How one contender did in one cell.
 *
 * @param cell the cell
 * @param contender who it was
 * @param role what it is in the comparison
 * @param allocates whether it makes new arrays for its results in each call
 * @param kernel the kernel that ran; null if it is not in the cell
 * @param nanosPerCall the time of a batch; 0 if it is not in the cell
 * @param errors the largest error of each result, over its largest value; null if it computes nothing
 * @param refusal why it is not in the cell; null if it is
 */
public record Figure(
        Cell cell,
        String contender,
        Role role,
        boolean allocates,
        String kernel,
        double nanosPerCall,
        Map<Quantity, Double> errors,
        String refusal) {}

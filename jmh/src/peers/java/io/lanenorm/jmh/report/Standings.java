package io.lanenorm.jmh.report;

import io.lanenorm.VectorWidth;
import io.lanenorm.jmh.contender.LaneNormAtWidth;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.match.Cell;
import io.lanenorm.jmh.match.Figure;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The figures, and how they compare.
 *
 * @param figures all of them, those included of contenders that are not in their cell
 */
record Standings(List<Figure> figures) {
    /** Who computes the same as LaneNorm. */
    static final Set<Role> CONTENDERS = EnumSet.of(Role.PEER, Role.NATIVE_LOOP, Role.PLAIN_LOOP);

    /** Whose layer norm is a library's. */
    static final Set<Role> LIBRARIES = EnumSet.of(Role.PEER);

    /** LaneNorm as it comes. */
    static final String LANENORM = new LaneNormAtWidth(VectorWidth.preferred()).name();

    /** The cells in which there are figures. */
    List<Cell> cells() {
        return figures.stream()
                .filter(figure -> figure.refusal() == null)
                .map(Figure::cell)
                .distinct()
                .toList();
    }

    /** The figure of a contender in a cell. */
    Optional<Figure> of(Cell cell, String contender) {
        return in(cell).stream()
                .filter(figure -> figure.contender().equals(contender))
                .findFirst();
    }

    /** The fastest in a cell of those who are one of these. */
    Optional<Figure> fastest(Cell cell, Set<Role> roles) {
        return in(cell).stream()
                .filter(figure -> roles.contains(figure.role()))
                .min(Comparator.comparingDouble(Figure::nanosPerCall));
    }

    private List<Figure> in(Cell cell) {
        return figures.stream()
                .filter(figure -> figure.cell().equals(cell) && figure.refusal() == null)
                .toList();
    }

    /** The time of one over that of another in a cell; empty if one of them is not in it. */
    OptionalDouble ratio(Cell cell, String one, String other) {
        return ratio(of(cell, one), of(cell, other));
    }

    /** How many times the time of LaneNorm the fastest of these takes. */
    OptionalDouble lead(Cell cell, Set<Role> roles) {
        return ratio(fastest(cell, roles), of(cell, LANENORM));
    }

    /** The time of one over that of another; empty if there is none. */
    static OptionalDouble ratio(Optional<Figure> one, Optional<Figure> other) {
        return one.isPresent() && other.isPresent()
                ? OptionalDouble.of(one.get().nanosPerCall() / other.get().nanosPerCall())
                : OptionalDouble.empty();
    }
}

package io.lanenorm;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.domains.DomainContextBase;

/**
 * Batches of every kind. The features run over all neighbours of multiples of the lanes, the rows over the blocks of 16
 * and the groups of 64 rows of the parameter gradients; a large N comes rarely and with few rows, for time.
 */
class Batches extends DomainContextBase {
    private final int elements;

    Batches() {
        this(TestJvm.ELEMENTS);
    }

    Batches(int elements) {
        this.elements = elements;
    }

    @Provide
    Arbitrary<Batch> batches() {
        return Combinators.combine(
                        shapes(),
                        Arbitraries.of(Values.class),
                        weights(),
                        weights(),
                        Arbitraries.of(0.0, 1e-12, 1e-5, 1e-5, 1e-3, 0.1, 10.0),
                        gradients(),
                        Arbitraries.longs())
                .as((shape, values, gammas, betas, epsilon, gradient, seed) ->
                        new Batch(shape.get1(), shape.get2(), values, gammas, betas, epsilon, gradient, seed))
                .filter(Batches::staysInRange)
                .withoutEdgeCases();
    }

    /** Whether gamma * dy is a float: a product beyond the range has no layer norm in float. */
    private static boolean staysInRange(Batch batch) {
        return batch.gammas() != Weights.HUGE || batch.gradient() != Gradient.HUGE;
    }

    private static Arbitrary<Weights> weights() {
        return Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.of(Weights.ABSENT)),
                Tuple.of(2, Arbitraries.of(Weights.NORMAL)),
                Tuple.of(3, Arbitraries.of(Weights.class)));
    }

    private static Arbitrary<Gradient> gradients() {
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of(Gradient.NORMAL)), Tuple.of(2, Arbitraries.of(Gradient.class)));
    }

    private Arbitrary<Tuple.Tuple2<Integer, Integer>> shapes() {
        return features().flatMap(n -> rows(n).map(rows -> Tuple.of(rows, n)));
    }

    private Arbitrary<Integer> features() {
        return Arbitraries.frequencyOf(
                        Tuple.of(30, uniform(1, 70)),
                        Tuple.of(30, neighbours(List.of(4, 8, 16, 32, 64), 600)),
                        Tuple.of(30, neighbours(List.of(64, 256, 512), 4200)),
                        Tuple.of(1, neighbours(List.of(4096), 65536)))
                .map(n -> Math.min(n, Math.max(elements, 600)));
    }

    /** A multiple of one of these, or one more or less. */
    private static Arbitrary<Integer> neighbours(List<Integer> units, int most) {
        return Arbitraries.of(units)
                .flatMap(unit -> Combinators.combine(uniform(1, most / unit), Arbitraries.of(-1, 0, 1))
                        .as((times, more) -> Math.min(unit * times + more, 65536)));
    }

    private Arbitrary<Integer> rows(int n) {
        int most = Math.clamp(elements / n, 1, 70);
        List<Integer> borders = Stream.of(0, 1, 2, 15, 16, 17, 63, 64, 65)
                .filter(rows -> rows <= most)
                .toList();
        return Arbitraries.frequencyOf(Tuple.of(1, uniform(1, most)), Tuple.of(1, Arbitraries.of(borders)));
    }

    private static Arbitrary<Integer> uniform(int least, int most) {
        return Arbitraries.integers().between(least, most).withDistribution(RandomDistribution.uniform());
    }
}

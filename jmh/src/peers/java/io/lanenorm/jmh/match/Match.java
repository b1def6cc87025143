package io.lanenorm.jmh.match;

import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.LaneNormAtWidth;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Quantity;
import io.lanenorm.jmh.workload.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Contenders in their JVMs, one for each class of them and each number of threads, all alive and idle but one. The
 * width of LaneNorm that users get has a JVM of its own, as they have: code compiled where other widths run is slower.
 * All in JVMs of their own would need more than 24 GB at 2048x4096.
 */
public final class Match implements AutoCloseable {
    private static final double MEAN = 0.5;
    private static final double SPREAD = 2;

    /** Several, because a JVM may have to compile once more for a new shape, which takes it a second or so. */
    private static final int CALIBRATIONS = 5;

    private final List<Jvm> jvms = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> absences = new LinkedHashMap<>();

    private record Entry(Contender contender, int threads, Jvm jvm) {
        Answer answer(Order.Verb verb, Shape shape, Direction direction) throws IOException {
            return answer(verb, shape, direction, MEAN, SPREAD);
        }

        Answer answer(Order.Verb verb, Shape shape, Direction direction, double mean, double spread)
                throws IOException {
            return jvm.answer(new Order(verb, contender.name(), shape, direction, mean, spread));
        }

        @Override
        public String toString() {
            return contender.name() + (threads == 1 ? "" : " on " + threads + " threads");
        }
    }

    /**
     * Starts the JVMs.
     *
     * @param contenders who is to take part
     * @param threads the numbers of threads
     * @param flags further options of the JVMs
     */
    public Match(List<Contender> contenders, List<Integer> threads, List<String> flags) throws IOException {
        for (int count : threads) {
            Map<Object, Jvm> homes = new HashMap<>();
            for (Contender contender : contenders) {
                if (count > 1 && !contender.usesThreads()) {
                    continue;
                }
                Object home = contender instanceof LaneNormAtWidth norm && norm.isPreferred()
                        ? contender.name()
                        : contender.getClass();
                Jvm jvm = homes.get(home);
                if (jvm == null) {
                    jvm = new Jvm(contender, count, flags);
                    homes.put(home, jvm);
                    jvms.add(jvm);
                }
                entries.add(new Entry(contender, count, jvm));
            }
        }
        for (Entry entry : List.copyOf(entries)) {
            String refusal = entry.answer(Order.Verb.ATTEND, null, null).refusal();
            if (refusal != null) {
                absences.put(entry.toString(), refusal);
                entries.remove(entry);
            }
        }
    }

    /** Who could not take part, or not to the end, and why. */
    public Map<String, String> absences() {
        return absences;
    }

    /** Has everybody judged and timed on a shape in a direction, in so many rounds of a window each. */
    public List<Figure> play(Shape shape, Direction direction, int rounds) throws IOException {
        List<Figure> figures = new ArrayList<>();
        List<Entry> present = new ArrayList<>(entries.stream()
                .filter(entry -> entry.contender().offers(direction))
                .toList());
        List<Order.Verb> verbs = new ArrayList<>(List.of(Order.Verb.ENTER));
        verbs.addAll(Collections.nCopies(CALIBRATIONS, Order.Verb.CALIBRATE));
        verbs.addAll(Collections.nCopies(rounds, Order.Verb.WINDOW));
        verbs.add(Order.Verb.LEAVE);
        for (Order.Verb verb : verbs) {
            for (Entry entry : List.copyOf(present)) {
                Answer answer = entry.answer(verb, shape, direction);
                if (verb == Order.Verb.LEAVE || answer.refusal() != null) {
                    present.remove(entry);
                    figures.add(figure(entry, shape, direction, answer));
                }
            }
        }
        bury();
        return figures;
    }

    /** Finds out how far everybody is off on rows whose mean is so many times their standard deviation. */
    public List<Fault> faults(Shape shape, double kappa) throws IOException {
        List<Fault> faults = new ArrayList<>();
        int threads = entries.stream().mapToInt(Entry::threads).min().orElse(1);
        for (Entry entry : entries) {
            if (entry.threads() > threads) {
                continue;
            }
            Map<Quantity, Double> errors = new EnumMap<>(Quantity.class);
            for (Direction direction : Direction.values()) {
                if (entry.contender().offers(direction)) {
                    Answer answer = entry.answer(Order.Verb.ERR, shape, direction, kappa, 1);
                    if (answer.accuracy() != null) {
                        errors.putAll(answer.accuracy().relative());
                    }
                }
            }
            if (!errors.isEmpty()) {
                faults.add(new Fault(
                        kappa, entry.contender().name(), entry.contender().role(), errors));
            }
        }
        return faults;
    }

    private static Figure figure(Entry entry, Shape shape, Direction direction, Answer answer) {
        Contender contender = entry.contender();
        return new Figure(
                new Cell(entry.threads(), shape, direction),
                contender.name(),
                contender.role(),
                contender.allocatesResults(),
                answer.kernel(),
                answer.nanosPerCall(),
                answer.accuracy() == null ? null : answer.accuracy().relative(),
                answer.refusal());
    }

    /** Has those whose JVM has crashed take no further part. */
    private void bury() {
        for (Entry entry : List.copyOf(entries)) {
            if (!entry.jvm().isAlive()) {
                absences.put(entry.toString(), "its JVM crashed");
                entries.remove(entry);
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (Jvm jvm : jvms) {
            jvm.close();
        }
    }
}

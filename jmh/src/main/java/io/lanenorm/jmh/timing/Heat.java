package io.lanenorm.jmh.timing;

import io.lanenorm.jmh.check.Referee;
import io.lanenorm.jmh.check.Reference;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All contenders on the batch of one model in one direction. */
public final class Heat implements AutoCloseable {
    private final Model model;
    private final Direction direction;
    private final Batch batch;
    private final Referee referee;
    private final List<Contender> contenders;
    private final List<Entrant> entrants = new ArrayList<>();

    /** For contenders of which none is absent. */
    public Heat(Model model, Direction direction, Batch batch, Reference reference, List<Contender> contenders) {
        this.model = model;
        this.direction = direction;
        this.batch = batch;
        referee = new Referee(batch, reference);
        this.contenders = contenders.stream()
                .filter(contender -> contender.offers(direction))
                .toList();
    }

    /** The number of steps that {@link #qualify} and {@link #round} report. */
    public int size() {
        return contenders.size();
    }

    /** Prepares everybody, warms up and judges the results. */
    public void qualify(Runnable step) {
        // Each is warm before the next is made: tried side by side, a width may be compiled to slow code for good.
        for (Contender contender : contenders) {
            entrants.add(new Entrant(contender, contender.prepare(batch, direction), referee));
            step.run();
        }
    }

    /** To be called once between qualification and the first round. */
    public void calibrate() {
        entrants.forEach(Entrant::calibrate);
    }

    /** One window for each, in turn. */
    public void round(Runnable step) {
        for (Entrant entrant : entrants) {
            entrant.window();
            step.run();
        }
    }

    /** Judges the results once more and says what was measured. */
    public List<Measurement> finish() {
        Map<Contender, Entrant.Outcome> outcomes = new LinkedHashMap<>();
        entrants.forEach(entrant -> outcomes.put(entrant.contender(), entrant.finish(referee)));
        double plainLoop = nanosPerCall(Role.PLAIN_LOOP, outcomes);
        double copy = nanosPerCall(Role.COPY, outcomes);
        return outcomes.entrySet().stream()
                .map(entry -> new Measurement(
                        model,
                        direction,
                        entry.getKey(),
                        entry.getValue().kernel(),
                        entry.getValue().nanosPerCall(),
                        plainLoop,
                        copy,
                        entry.getValue().accuracy()))
                .toList();
    }

    private static double nanosPerCall(Role role, Map<Contender, Entrant.Outcome> outcomes) {
        return outcomes.entrySet().stream()
                .filter(entry -> entry.getKey().role() == role)
                .mapToDouble(entry -> entry.getValue().nanosPerCall())
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        entrants.forEach(Entrant::close);
    }
}

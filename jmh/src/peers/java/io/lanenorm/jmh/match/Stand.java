package io.lanenorm.jmh.match;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanenorm.jmh.check.Accuracy;
import io.lanenorm.jmh.check.Referee;
import io.lanenorm.jmh.check.Reference;
import io.lanenorm.jmh.check.WrongResult;
import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Contenders;
import io.lanenorm.jmh.timing.Entrant;
import io.lanenorm.jmh.workload.Batch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A JVM that some contenders live in: reads orders line by line, carries them out and answers. */
public final class Stand {
    static final double EPSILON = 1e-5;

    /** What an answer begins with, since libraries may print as well. */
    static final String MARK = "@lanenorm ";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Contender> contenders = new HashMap<>();
    private final Map<String, Entrant> entrants = new HashMap<>();
    private Batch batch;
    private Reference reference;
    private Referee referee;

    private Stand() {
        Contenders.all().forEach(contender -> contenders.put(contender.name(), contender));
    }

    /** Answers orders until there are no more. */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Stand stand = new Stand();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            Answer answer = stand.answer(JSON.readValue(line, Order.class));
            answers.println(MARK + JSON.writeValueAsString(answer));
            answers.flush();
        }
        // At once: the threads of some libraries would keep the JVM alive.
        Runtime.getRuntime().halt(0);
    }

    private Answer answer(Order order) {
        try {
            Contender contender = contenders.get(order.contender());
            return switch (order.verb()) {
                case ATTEND -> contender.absence().map(Answer::refusal).orElse(Answer.DONE);
                case ENTER -> enter(order, contender);
                case CALIBRATE -> {
                    entrants.get(order.contender()).calibrate();
                    yield Answer.DONE;
                }
                case WINDOW -> {
                    entrants.get(order.contender()).window();
                    yield Answer.DONE;
                }
                case LEAVE -> leave(order);
                case ERR -> err(order, contender);
            };
        } catch (WrongResult wrong) {
            return Answer.refusal(wrong.getMessage());
        } catch (RuntimeException | Error failure) {
            failure.printStackTrace();
            return Answer.refusal(failure.toString());
        }
    }

    private Answer enter(Order order, Contender contender) {
        if (batch == null || !batch.shape.equals(order.shape())) {
            // Before there are others, so that the memory is needed once.
            batch = null;
            reference = null;
            referee = null;
            System.gc();
            batch = Batch.ofNoise(order.shape(), EPSILON, order.mean(), order.spread());
            reference = new Reference(batch);
        }
        if (entrants.isEmpty()) {
            referee = new Referee(batch, reference);
        }
        Call call = contender.prepare(batch, order.direction());
        entrants.put(order.contender(), new Entrant(contender, call, referee));
        return Answer.DONE;
    }

    private Answer leave(Order order) {
        try (Entrant entrant = entrants.remove(order.contender())) {
            Entrant.Outcome outcome = entrant.finish(referee);
            return new Answer(
                    null,
                    outcome.kernel(),
                    outcome.nanosPerCall(),
                    outcome.accuracy().orElse(null));
        }
    }

    private static Answer err(Order order, Contender contender) {
        Batch batch = Batch.ofNoise(order.shape(), EPSILON, order.mean(), order.spread());
        try (Call call = contender.prepare(batch, order.direction())) {
            call.run();
            Accuracy accuracy =
                    call.results().map(new Reference(batch)::accuracy).orElse(null);
            return new Answer(null, call.kernel(), 0, accuracy);
        }
    }
}

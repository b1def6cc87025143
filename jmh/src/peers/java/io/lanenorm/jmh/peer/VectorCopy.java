package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.contender.Threads;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.util.Optional;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Moves the bytes by the Vector API, whose stores are ordinary ones: what a kernel of LaneNorm cannot go below. */
public final class VectorCopy implements Contender {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    private static final int ENOUGH = 1 << 17;

    @Override
    public String name() {
        return "vector copy";
    }

    @Override
    public Role role() {
        return Role.COPY;
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        // To wake a thread takes longer than to copy what fits the caches of one.
        int threads = batch.x.length < ENOUGH ? 1 : Threads.count();
        return new InParts(batch, direction, threads, (batch.x.length + threads - 1) / threads);
    }

    private record InParts(Batch batch, Direction direction, int threads, int part) implements Call {
        @Override
        public void run() {
            if (threads == 1) {
                move(0);
            } else {
                IntStream.range(0, threads).parallel().forEach(this::move);
            }
        }

        private void move(int index) {
            int start = index * part;
            int end = Math.min(batch.x.length, start + part);
            switch (direction) {
                case FORWARD -> copy(batch.x, batch.y, start, end);
                case BACKWARD -> triad(batch.dy, batch.x, batch.dx, start, end);
            }
        }

        @Override
        public String kernel() {
            return direction == Direction.FORWARD ? "y = x" : "dx = dy + x";
        }

        @Override
        public Optional<Results> results() {
            return Optional.empty();
        }
    }

    private static void copy(float[] from, float[] to, int start, int end) {
        int i = start;
        for (; i <= end - SPECIES.length(); i += SPECIES.length()) {
            FloatVector.fromArray(SPECIES, from, i).intoArray(to, i);
        }
        for (; i < end; i++) {
            to[i] = from[i];
        }
    }

    private static void triad(float[] a, float[] b, float[] to, int start, int end) {
        int i = start;
        for (; i <= end - SPECIES.length(); i += SPECIES.length()) {
            FloatVector.fromArray(SPECIES, a, i)
                    .add(FloatVector.fromArray(SPECIES, b, i))
                    .intoArray(to, i);
        }
        for (; i < end; i++) {
            to[i] = a[i] + b[i];
        }
    }
}

package io.lanenorm.jmh.contender;

import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.util.Optional;

/** Moves the bytes that a layer norm has to move, and computes nothing: the limit that the memory sets. */
public final class Copy implements Contender {
    @Override
    public String name() {
        return "copy";
    }

    @Override
    public Role role() {
        return Role.COPY;
    }

    @Override
    public boolean usesThreads() {
        return false;
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        return switch (direction) {
            case FORWARD -> new OneToOne(batch);
            case BACKWARD -> new TwoToOne(batch);
        };
    }

    private record OneToOne(Batch batch) implements Call {
        @Override
        public void run() {
            int n = batch.shape.features();
            // Row by row, because copies of some megabytes go past the caches, which is slower where they would do.
            for (int start = 0; start < batch.x.length; start += n) {
                System.arraycopy(batch.x, start, batch.y, start, n);
            }
        }

        @Override
        public String kernel() {
            return "arraycopy";
        }

        @Override
        public Optional<Results> results() {
            return Optional.empty();
        }
    }

    private record TwoToOne(Batch batch) implements Call {
        @Override
        public void run() {
            add(batch.dy, batch.x, batch.dx);
        }

        private static void add(float[] a, float[] b, float[] sum) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] = a[i] + b[i];
            }
        }

        @Override
        public String kernel() {
            return "dx = dy + x";
        }

        @Override
        public Optional<Results> results() {
            return Optional.empty();
        }
    }
}

package io.lanenorm.jmh.contender;

import io.lanenorm.LayerNorm;
import io.lanenorm.RowStatistics;
import io.lanenorm.VectorWidth;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** LaneNorm at one width. */
public final class LaneNormAtWidth implements Contender {
    private static final Pattern KERNELS = Pattern.compile("kernels=([^,\\]]+)");

    private final VectorWidth width;

    /** LaneNorm at this width, which need not be available. */
    public LaneNormAtWidth(VectorWidth width) {
        this.width = width;
    }

    /** Whether this is the width that users get. */
    public boolean isPreferred() {
        return width == VectorWidth.preferred();
    }

    @Override
    public String name() {
        return "LaneNorm " + kernels(width);
    }

    @Override
    public Role role() {
        return Role.LANENORM;
    }

    @Override
    public Optional<String> absence() {
        return VectorWidth.available().contains(width)
                ? Optional.empty()
                : Optional.of(width + " is not among the widths available here, " + VectorWidth.available());
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        return switch (direction) {
            case FORWARD -> new Forward(norm(batch), batch);
            case BACKWARD -> new Backward(norm(batch), batch);
        };
    }

    private LayerNorm norm(Batch batch) {
        return LayerNorm.builder(batch.shape.features())
                .gamma(batch.gamma)
                .beta(batch.beta)
                .epsilon(batch.epsilon)
                .width(width)
                .parallelism(Threads.count())
                .build();
    }

    /** The kernels that a norm of this width should run, in the words of {@link LayerNorm#toString}. */
    public static String kernels(VectorWidth width) {
        return width == VectorWidth.SCALAR ? "scalar" : width.bits() + " bits";
    }

    /** The kernels that a norm runs at the moment, as it says itself. */
    public static String kernels(LayerNorm norm) {
        Matcher matcher = KERNELS.matcher(norm.toString());
        if (!matcher.find()) {
            throw new IllegalStateException("a LayerNorm should name its kernels, but says " + norm);
        }
        return matcher.group(1);
    }

    private record Forward(LayerNorm norm, Batch batch, RowStatistics statistics) implements Call {
        Forward(LayerNorm norm, Batch batch) {
            this(norm, batch, new RowStatistics(batch.shape.rows()));
        }

        @Override
        public void run() {
            norm.forward(batch.x, batch.y, statistics);
        }

        @Override
        public String kernel() {
            return kernels(norm);
        }

        @Override
        public String wantedKernel() {
            return kernels(norm.width());
        }

        @Override
        public Optional<Results> results() {
            int rows = statistics.rows();
            double[] mean = new double[rows];
            double[] rstd = new double[rows];
            for (int row = 0; row < rows; row++) {
                mean[row] = statistics.mean(row);
                rstd[row] = statistics.rstd(row);
            }
            return Optional.of(Results.forward(batch.y, mean, rstd));
        }
    }

    private record Backward(LayerNorm norm, Batch batch, RowStatistics statistics) implements Call {
        Backward(LayerNorm norm, Batch batch) {
            this(norm, batch, new RowStatistics(batch.shape.rows()));
            norm.forward(batch.x, batch.y, statistics);
        }

        @Override
        public void run() {
            norm.backward(batch.dy, batch.x, statistics, batch.dx, batch.dgamma, batch.dbeta);
        }

        @Override
        public String kernel() {
            return kernels(norm);
        }

        @Override
        public String wantedKernel() {
            return kernels(norm.width());
        }

        @Override
        public Optional<Results> results() {
            return Optional.of(Results.backward(batch.dx, batch.dgamma, batch.dbeta));
        }
    }
}

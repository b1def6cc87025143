package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** oneDNN by its C interface, on memory of ours. */
abstract class OneDnn implements Peer {
    @Override
    public void load() {
        Loader.load(dnnl.class);
    }

    /** The type of x, dy, y and dx. The statistics and what belongs to a feature are float always. */
    abstract memory.data_type type();

    /** An array of the batch as this type, in memory that is filled with it. */
    abstract MemorySegment typed(NativeBatch batch, MemorySegment floats);

    /** The numbers in an array of this type. */
    abstract float[] floats(MemorySegment typed);

    @Override
    public Call prepare(Batch batch, Direction direction) {
        return new Primitives(new NativeBatch(batch), direction);
    }

    private final class Primitives implements Call {
        private final engine cpu = new engine(engine.kind.cpu, 0);
        private final stream queue = new stream(cpu);
        private final NativeBatch batch;
        private final Direction direction;
        private final MemorySegment y;
        private final MemorySegment dx;
        private final MemorySegment variance;
        private final Map<Integer, memory> forwardArguments = new LinkedHashMap<>();
        private final Map<Integer, memory> backwardArguments = new LinkedHashMap<>();
        private final Execution execution;
        private final String kernel;

        Primitives(NativeBatch batch, Direction direction) {
            this.batch = batch;
            this.direction = direction;
            y = typed(batch, batch.y);
            dx = typed(batch, batch.dx);
            // oneDNN keeps the variance where the others keep its reciprocal root.
            variance = batch.rstd;
            memory.desc rows = description(type(), memory.format_tag.ab, batch.rows, batch.features);
            memory.desc statistics = description(memory.data_type.f32, memory.format_tag.a, batch.rows);
            memory.desc features = description(memory.data_type.f32, memory.format_tag.a, batch.features);
            memory x = memory(rows, typed(batch, batch.x));
            memory means = memory(statistics, batch.mean);
            memory variances = memory(statistics, variance);
            memory gamma = memory(features, batch.gamma);
            forwardArguments.put(dnnl.DNNL_ARG_SRC, x);
            forwardArguments.put(dnnl.DNNL_ARG_DST, memory(rows, y));
            forwardArguments.put(dnnl.DNNL_ARG_MEAN, means);
            forwardArguments.put(dnnl.DNNL_ARG_VARIANCE, variances);
            forwardArguments.put(dnnl.DNNL_ARG_SCALE, gamma);
            forwardArguments.put(dnnl.DNNL_ARG_SHIFT, memory(features, batch.beta));
            int flags = normalization_flags.use_scale.value | normalization_flags.use_shift.value;
            float epsilon = (float) batch.batch.epsilon;
            var forward = new layer_normalization_forward.primitive_desc(
                    cpu, prop_kind.forward_training.value, rows, rows, statistics, epsilon, flags);
            Execution forwards = new Execution(new layer_normalization_forward(forward), queue, forwardArguments);
            if (direction == Direction.FORWARD) {
                execution = forwards;
                kernel = forward.impl_info_str().getString();
                return;
            }
            forwards.run();
            backwardArguments.put(dnnl.DNNL_ARG_SRC, x);
            backwardArguments.put(dnnl.DNNL_ARG_DIFF_DST, memory(rows, typed(batch, batch.dy)));
            backwardArguments.put(dnnl.DNNL_ARG_MEAN, means);
            backwardArguments.put(dnnl.DNNL_ARG_VARIANCE, variances);
            backwardArguments.put(dnnl.DNNL_ARG_SCALE, gamma);
            backwardArguments.put(dnnl.DNNL_ARG_DIFF_SRC, memory(rows, dx));
            backwardArguments.put(dnnl.DNNL_ARG_DIFF_SCALE, memory(features, batch.dgamma));
            backwardArguments.put(dnnl.DNNL_ARG_DIFF_SHIFT, memory(features, batch.dbeta));
            var backward = new layer_normalization_backward.primitive_desc(
                    cpu, prop_kind.backward.value, rows, rows, rows, statistics, epsilon, flags, forward);
            execution = new Execution(new layer_normalization_backward(backward), queue, backwardArguments);
            kernel = backward.impl_info_str().getString();
        }

        private static memory.desc description(memory.data_type type, memory.format_tag layout, long... shape) {
            return new memory.desc(shape, type, layout);
        }

        private memory memory(memory.desc description, MemorySegment segment) {
            return new memory(description, cpu, new Pointer(segment.asByteBuffer()));
        }

        @Override
        public void run() {
            execution.run();
        }

        @Override
        public String kernel() {
            return kernel;
        }

        @Override
        public Optional<Results> results() {
            if (direction == Direction.BACKWARD) {
                return Optional.of(
                        Results.backward(floats(dx), NativeBatch.array(batch.dgamma), NativeBatch.array(batch.dbeta)));
            }
            double[] rstd = Results.widened(NativeBatch.array(variance));
            for (int row = 0; row < rstd.length; row++) {
                rstd[row] = 1 / Math.sqrt(rstd[row] + batch.batch.epsilon);
            }
            return Optional.of(Results.forward(floats(y), Results.widened(NativeBatch.array(batch.mean)), rstd));
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    /** A primitive with its arguments, in the form that the C interface takes. */
    private static final class Execution {
        /** Kept although not used: once it is collected, what {@code primitive} points to is freed. */
        private final primitive owner;

        private final dnnl_primitive primitive;
        private final dnnl_stream queue;
        private final Map<Integer, memory> memories;
        private final dnnl_exec_arg_t arguments;

        Execution(primitive primitive, stream queue, Map<Integer, memory> memories) {
            owner = primitive;
            this.primitive = primitive.get();
            this.queue = queue.get();
            this.memories = memories;
            arguments = new dnnl_exec_arg_t(memories.size());
            int index = 0;
            for (Map.Entry<Integer, memory> entry : memories.entrySet()) {
                arguments
                        .position(index++)
                        .arg(entry.getKey())
                        .memory(entry.getValue().get());
            }
            arguments.position(0);
        }

        void run() {
            int status = dnnl.dnnl_primitive_execute(primitive, queue, memories.size(), arguments);
            if (status != dnnl.dnnl_success) {
                throw new IllegalStateException("oneDNN returns the status " + status);
            }
        }
    }
}

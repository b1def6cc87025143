package io.lanenorm.jmh.peer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Threads;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Quantity;
import io.lanenorm.jmh.workload.Results;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** ONNX Runtime on a graph of one node, output pinned. It computes y alone, and there is no build with gradients. */
public final class OnnxRuntime implements Peer {
    @Override
    public String name() {
        return "ONNX Runtime";
    }

    @Override
    public boolean offers(Direction direction) {
        return direction == Direction.FORWARD;
    }

    @Override
    public void load() {
        OrtEnvironment.getEnvironment();
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        try {
            return new Session(new NativeBatch(batch));
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static final class Session implements Call {
        private final NativeBatch batch;
        private final OrtSession session;
        private final OrtSession.RunOptions options = new OrtSession.RunOptions();
        private final Map<String, OnnxTensor> inputs;
        private final Map<String, OnnxTensor> outputs;

        Session(NativeBatch batch) throws OrtException {
            this.batch = batch;
            OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
            settings.setIntraOpNumThreads(Threads.count());
            settings.setInterOpNumThreads(1);
            session = OrtEnvironment.getEnvironment().createSession(new OnnxModel(batch.batch).bytes(), settings);
            inputs = Map.of(OnnxModel.X, tensor(batch.x));
            outputs = Map.of(OnnxModel.Y, tensor(batch.y));
        }

        private OnnxTensor tensor(MemorySegment floats) throws OrtException {
            return OnnxTensor.createTensor(
                    OrtEnvironment.getEnvironment(),
                    floats.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer(),
                    new long[] {batch.rows, batch.features});
        }

        @Override
        public void run() {
            try {
                session.run(inputs, Set.of(), outputs, options).close();
            } catch (OrtException failure) {
                throw new IllegalStateException(failure);
            }
        }

        @Override
        public String kernel() {
            return "LayerNormalization, y alone";
        }

        @Override
        public Optional<Results> results() {
            return Optional.of(new Results(Map.of(Quantity.Y, Results.widened(NativeBatch.array(batch.y)))));
        }

        @Override
        public void close() {
            try {
                session.close();
            } catch (OrtException failure) {
                throw new IllegalStateException(failure);
            }
            options.close();
            inputs.values().forEach(OnnxTensor::close);
            outputs.values().forEach(OnnxTensor::close);
            batch.close();
        }
    }
}

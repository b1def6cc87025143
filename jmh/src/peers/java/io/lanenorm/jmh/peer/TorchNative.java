package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Results;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** PyTorch by the functions that its own layer norm calls. */
public final class TorchNative implements Peer {
    @Override
    public String name() {
        return "PyTorch";
    }

    @Override
    public boolean allocatesResults() {
        return true;
    }

    /** So that malloc keeps the memory of the results, and not every call takes page faults for it. */
    @Override
    public Map<String, String> environment() {
        return Map.of(
                "MALLOC_ARENA_MAX", "1",
                "MALLOC_MMAP_MAX_", "0",
                "MALLOC_TRIM_THRESHOLD_", "17179869184",
                "MALLOC_TOP_PAD_", "268435456");
    }

    @Override
    public void load() {
        Loader.load(torch.class);
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        return new Calls(batch, direction);
    }

    private static final class Calls implements Call {
        private final InferenceMode mode = new InferenceMode(true);
        private final NativeBatch batch;
        private final TorchTensors tensors;
        private final TensorOptional gamma;
        private final TensorOptional beta;
        // LongArrayRef does not own it.
        private final LongPointer features;
        private final LongArrayRef shape;
        private final BoolPointer allGradients;
        private final T_TensorTensorTensor_T statistics;
        private final Direction direction;
        private T_TensorTensorTensor_T results;

        Calls(Batch heap, Direction direction) {
            this.direction = direction;
            batch = new NativeBatch(heap);
            tensors = new TorchTensors(batch);
            gamma = new TensorOptional(tensors.gamma);
            beta = new TensorOptional(tensors.beta);
            features = new LongPointer(new long[] {batch.features});
            shape = new LongArrayRef(features, 1);
            allGradients = new BoolPointer(3).put(0, true).put(1, true).put(2, true);
            statistics = forward();
            results = forward();
        }

        private T_TensorTensorTensor_T forward() {
            return torch.native_layer_norm(tensors.x, shape, gamma, beta, batch.batch.epsilon);
        }

        private T_TensorTensorTensor_T backward() {
            return torch.native_layer_norm_backward(
                    tensors.dy, tensors.x, shape, statistics.get1(), statistics.get2(), gamma, beta, allGradients);
        }

        @Override
        public void run() {
            results.close();
            results = direction == Direction.FORWARD ? forward() : backward();
        }

        @Override
        public String kernel() {
            return direction == Direction.FORWARD ? "native_layer_norm" : "native_layer_norm_backward";
        }

        @Override
        public Optional<Results> results() {
            float[] first = array(results.get0());
            float[] second = array(results.get1());
            float[] third = array(results.get2());
            return Optional.of(
                    direction == Direction.FORWARD
                            ? Results.forward(first, Results.widened(second), Results.widened(third))
                            : Results.backward(first, second, third));
        }

        private static float[] array(Tensor tensor) {
            float[] values = new float[Math.toIntExact(tensor.numel())];
            new FloatPointer(tensor.data_ptr()).get(values);
            return values;
        }

        @Override
        public void close() {
            results.close();
            statistics.close();
            batch.close();
            mode.close();
        }
    }
}

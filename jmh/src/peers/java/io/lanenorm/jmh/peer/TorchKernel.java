package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import org.bytedeco.pytorch.Tensor;

/** PyTorch's kernels, called without PyTorch's dispatcher and on preallocated tensors. */
public final class TorchKernel implements Peer {
    private static final String KERNEL = "AVX2 from the dispatch stub";

    @Override
    public String name() {
        return "PyTorch kernel";
    }

    @Override
    public void load() throws IllegalAccessException {
        MethodHandles.lookup().ensureInitialized(TorchFunctions.class);
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        NativeBatch b = new NativeBatch(batch);
        TorchTensors tensors = new TorchTensors(b);
        NativeCall forward = new NativeCall(b, direction, KERNEL, forward(b, tensors));
        if (direction == Direction.FORWARD) {
            return forward;
        }
        forward.run();
        return new NativeCall(b, direction, KERNEL, backward(b, tensors));
    }

    private static NativeCall.Function forward(NativeBatch b, TorchTensors tensors) {
        long rows = b.rows;
        long features = b.features;
        double epsilon = b.batch.epsilon;
        MemorySegment x = address(tensors.x);
        MemorySegment gamma = address(tensors.gamma);
        MemorySegment beta = address(tensors.beta);
        MemorySegment y = address(tensors.y);
        MemorySegment mean = address(tensors.mean);
        MemorySegment rstd = address(tensors.rstd);
        return tensors.kept(() -> {
            TorchFunctions.FORWARD.invokeExact(x, gamma, beta, rows, features, epsilon, y, mean, rstd);
        });
    }

    private static NativeCall.Function backward(NativeBatch b, TorchTensors tensors) {
        long rows = b.rows;
        long features = b.features;
        MemorySegment dy = address(tensors.dy);
        MemorySegment x = address(tensors.x);
        MemorySegment mean = address(tensors.mean);
        MemorySegment rstd = address(tensors.rstd);
        MemorySegment gamma = address(tensors.gamma);
        MemorySegment dx = address(tensors.dx);
        MemorySegment dgamma = address(tensors.dgamma);
        MemorySegment dbeta = address(tensors.dbeta);
        return tensors.kept(() -> {
            TorchFunctions.BACKWARD.invokeExact(dy, x, mean, rstd, gamma, rows, features, dx, dgamma, dbeta);
        });
    }

    private static MemorySegment address(Tensor tensor) {
        return MemorySegment.ofAddress(tensor.address());
    }
}

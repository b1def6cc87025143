package io.lanenorm.jmh.peer;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** PyTorch's view of a batch: tensors of its memory. */
final class TorchTensors {
    final Tensor x;
    final Tensor dy;
    final Tensor gamma;
    final Tensor beta;
    final Tensor y;
    final Tensor dx;
    final Tensor dgamma;
    final Tensor dbeta;
    final Tensor mean;
    final Tensor rstd;

    TorchTensors(NativeBatch b) {
        x = tensor(b.x, b.rows, b.features);
        dy = tensor(b.dy, b.rows, b.features);
        gamma = tensor(b.gamma, b.features);
        beta = tensor(b.beta, b.features);
        y = tensor(b.y, b.rows, b.features);
        dx = tensor(b.dx, b.rows, b.features);
        dgamma = tensor(b.dgamma, b.features);
        dbeta = tensor(b.dbeta, b.features);
        mean = tensor(b.mean, b.rows, 1);
        rstd = tensor(b.rstd, b.rows, 1);
    }

    /** The same function, which keeps these tensors alive though it only knows their addresses. */
    NativeCall.Function kept(NativeCall.Function function) {
        return () -> {
            function.call();
            Reference.reachabilityFence(this);
        };
    }

    private static Tensor tensor(MemorySegment floats, long... shape) {
        return torch.from_blob(new Pointer(floats.asByteBuffer()), shape);
    }
}

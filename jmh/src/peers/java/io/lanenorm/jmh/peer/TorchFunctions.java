package io.lanenorm.jmh.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * The CPU kernels behind PyTorch's layer norm, which write to tensors that are there already. No function of PyTorch's
 * interface does: they allocate their results. The pointers to the kernels are in the dispatch stubs, which are
 * exported; those for AVX2 are the ones that PyTorch itself takes on a CPU with AVX-512, for which it has none.
 */
@SuppressWarnings("restricted")
final class TorchFunctions {
    private static final SymbolLookup LIBRARY = SymbolLookup.libraryLookup(
            Path.of(Loader.load(torch.class)).resolveSibling("libtorch_cpu.so"), Arena.global());

    /** x, gamma, beta, rows, features, epsilon, y, mean, rstd. */
    static final MethodHandle FORWARD = kernel(
            "FvRKNS_6TensorES4_S4_lldPS2_S5_S5_ENS0_37LayerNormKernel_DECLARE_DISPATCH_typeE",
            FunctionDescriptor.ofVoid(
                    ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_DOUBLE, ADDRESS, ADDRESS, ADDRESS));

    /** dy, x, mean, rstd, gamma, rows, features, dx, dgamma, dbeta. */
    static final MethodHandle BACKWARD = kernel(
            "FvRKNS_6TensorES4_S4_S4_S4_llPS2_S5_S5_ENS0_45LayerNormBackwardKernel_DECLARE_DISPATCH_typeE",
            FunctionDescriptor.ofVoid(
                    ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS));

    private TorchFunctions() {}

    private static MethodHandle kernel(String stub, FunctionDescriptor type) {
        MemorySegment slot = LIBRARY.findOrThrow("_ZN2at6native12DispatchStubIP" + stub + "E4AVX2E");
        MemorySegment kernel = slot.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
        return Linker.nativeLinker().downcallHandle(kernel, type);
    }
}

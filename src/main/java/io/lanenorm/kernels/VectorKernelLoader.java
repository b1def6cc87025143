package io.lanenorm.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Defines {@link VectorKernels} once for each width. To be touched only where the Vector API is present. */
public final class VectorKernelLoader {
    private VectorKernelLoader() {}

    /** The widest vectors of this machine, in bits. */
    public static int widestBits() {
        return VectorShape.preferredShape().vectorBitSize();
    }

    /**
     * Defines the kernels for a width anew.
     *
     * @param bits 128, 256 or 512; also more than {@link #widestBits()}, at which the kernels run slowly
     */
    public static Kernels load(int bits) {
        VectorSpecies<Float> species = VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
        try (InputStream in = VectorKernelLoader.class.getResourceAsStream("VectorKernels.class")) {
            if (in == null) {
                throw new LinkageError("VectorKernels.class is not beside VectorKernelLoader.class");
            }
            MethodHandles.Lookup kernels =
                    MethodHandles.lookup().defineHiddenClassWithClassData(in.readAllBytes(), species, true);
            return (Kernels) kernels.findConstructor(kernels.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (IOException | ReflectiveOperationException e) {
            throw new LinkageError("cannot define the vector kernels of " + bits + " bits", e);
        } catch (Throwable e) {
            throw new AssertionError("a constructor without a body cannot throw", e);
        }
    }
}

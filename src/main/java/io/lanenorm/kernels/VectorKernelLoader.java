package io.lanenorm.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Defines the parts of {@link VectorKernels} and the passes once for each width, and once more, as a variant, where C2
 * makes better code of a constant: for rows of 64 and of 128 and for an only row what is done row by row, and moments
 * that take the samples of a row themselves. To be touched only where the Vector API is present.
 */
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
        return new VectorKernels(
                bits,
                (Pass.Forward) define("ForwardPass", species),
                (Pass.Backward) define("BackwardPass", species),
                (VectorKernels.Rows) define("VectorRows", species),
                (VectorKernels.Lines) define("VectorLines", species),
                (VectorKernels.Lines) define("VectorLines", species, Kernels.MOMENT_LANES),
                (VectorKernels.Lines) define("VectorLines", species, 2 * Kernels.MOMENT_LANES),
                (VectorKernels.Lines) define("VectorLines", species, VectorLines.ONLY_ROW),
                (VectorKernels.Forward) define("VectorForward", species),
                (VectorKernels.Forward) define("VectorForward", species, VectorForward.FAR_ROWS),
                (VectorKernels.Backward) define("VectorBackward", species));
    }

    private static Object define(String name, VectorSpecies<Float> species) {
        return define(name, species, 0);
    }

    /** An instance of a class, under no name, of which {@link #species} and {@link #variant} are those given. */
    private static Object define(String name, VectorSpecies<Float> species, int variant) {
        String file = name + ".class";
        try (InputStream in = VectorKernelLoader.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new LinkageError(file + " is not beside VectorKernelLoader.class");
            }
            MethodHandles.Lookup defined = MethodHandles.lookup()
                    .defineHiddenClassWithClassData(in.readAllBytes(), List.of(species, variant), true);
            return defined.findConstructor(defined.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (IOException | ReflectiveOperationException e) {
            throw new LinkageError("cannot define " + name + " with " + species, e);
        } catch (Throwable e) {
            throw new AssertionError("a constructor without a body cannot throw", e);
        }
    }

    /** The species that the class was defined with. */
    @SuppressWarnings("unchecked")
    static VectorSpecies<Float> species(MethodHandles.Lookup definedClass) {
        try {
            return MethodHandles.classDataAt(definedClass, "_", VectorSpecies.class, 0);
        } catch (IllegalAccessException e) {
            throw new LinkageError("no species in the class data", e);
        }
    }

    /** What this definition of a class has of its own beside others of the same species; 0 for the usual one. */
    static int variant(MethodHandles.Lookup definedClass) {
        try {
            return MethodHandles.classDataAt(definedClass, "_", int.class, 1);
        } catch (IllegalAccessException e) {
            throw new LinkageError("no variant in the class data", e);
        }
    }
}

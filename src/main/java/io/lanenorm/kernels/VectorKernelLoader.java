package io.lanenorm.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Defines the parts of {@link VectorKernels} and the passes once for each width, and what is done row by row once more
 * for rows of 64 and of 128, to which C2 then unrolls the loops. To be touched only where the Vector API is present.
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
                (VectorKernels.Forward) define("VectorForward", species),
                (VectorKernels.Backward) define("VectorBackward", species));
    }

    private static Object define(String name, VectorSpecies<Float> species) {
        return define(name, species, 0);
    }

    /** An instance of a class, under no name, of which {@link #species} and {@link #features} are those given. */
    private static Object define(String name, VectorSpecies<Float> species, int features) {
        String file = name + ".class";
        try (InputStream in = VectorKernelLoader.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new LinkageError(file + " is not beside VectorKernelLoader.class");
            }
            MethodHandles.Lookup defined = MethodHandles.lookup()
                    .defineHiddenClassWithClassData(in.readAllBytes(), List.of(species, features), true);
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

    /** The features of all rows that the class was defined for, or 0 if they are of any length. */
    static int features(MethodHandles.Lookup definedClass) {
        try {
            return MethodHandles.classDataAt(definedClass, "_", int.class, 1);
        } catch (IllegalAccessException e) {
            throw new LinkageError("no number of features in the class data", e);
        }
    }
}

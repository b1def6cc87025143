package io.lanenorm;

import io.lanenorm.choice.KernelChoice;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** The width of the vectors that the kernels compute with. It decides speed only: every width gives the same bits. */
public enum VectorWidth {
    /** No vectors: plain Java loops, with the arithmetic of the vector kernels in the same order. */
    SCALAR(0),
    /** 4 floats to a vector: SSE and AVX on x86-64, NEON on AArch64. */
    BITS_128(128),
    /** 8 floats to a vector: AVX2 on x86-64, SVE on AArch64. */
    BITS_256(256),
    /** 16 floats to a vector: AVX-512 on x86-64, SVE on AArch64. */
    BITS_512(512);

    private final int bits;

    VectorWidth(int bits) {
        this.bits = bits;
    }

    /**
     * The number of bits of a vector.
     *
     * @return 128, 256 or 512, and 0 for {@link #SCALAR}
     */
    public int bits() {
        return bits;
    }

    /**
     * The widths that this machine and this JVM run at full speed.
     *
     * @return an unmodifiable set in ascending order; {@link #SCALAR} is always in it, and alone in it where the JVM
     *     was started without {@code --add-modules jdk.incubator.vector}, has no C2 compiler or no fused multiply-add
     */
    public static Set<VectorWidth> available() {
        EnumSet<VectorWidth> widths = EnumSet.of(SCALAR);
        for (VectorWidth width : values()) {
            if (width.bits > 0 && width.bits <= KernelChoice.widestBits()) {
                widths.add(width);
            }
        }
        return Collections.unmodifiableSet(widths);
    }

    /**
     * What a builder takes by default: the width that the system property {@code lanenorm.width} names ({@code auto},
     * {@code scalar}, {@code 128}, {@code 256} or {@code 512}; read once, when first asked for), and with {@code auto}
     * or without the property the widest available.
     *
     * @return the width
     * @throws IllegalStateException if the property names no width, or one that is not {@linkplain #available()
     *     available}
     */
    public static VectorWidth preferred() {
        int bits = KernelChoice.preferredBits();
        for (VectorWidth width : values()) {
            if (width.bits == bits) {
                return width;
            }
        }
        throw new AssertionError(bits);
    }
}

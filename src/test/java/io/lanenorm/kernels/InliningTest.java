package io.lanenorm.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** C2 inlines a method that is called often if it has at most 325 bytes of code. */
@Tag("once")
class InliningTest {
    private static final int MOST_BYTES = 325;

    /** As parts of their callers, they and all that they call would be compiled once for each. */
    @ParameterizedTest
    @CsvSource({
        "ForwardPass, rows",
        "BackwardPass, rows",
        "BackwardPass, runAlone",
        "ScalarKernels, blockMoments",
        "ScalarKernels, gradientSums",
        "ScalarKernels, sumsOfTwo"
    })
    void compiledByItself(String owner, String method) throws IOException {
        assertTrue(bytes(owner, method) > MOST_BYTES, owner + "." + method + " has " + bytes(owner, method) + " bytes");
    }

    private static int bytes(String owner, String method) throws IOException {
        try (InputStream in = Kernels.class.getResourceAsStream(owner + ".class")) {
            return ClassFile.of().parse(Objects.requireNonNull(in).readAllBytes()).methods().stream()
                    .filter(m -> m.methodName().equalsString(method))
                    .flatMap(m -> m.findAttribute(Attributes.code()).stream())
                    .mapToInt(CodeAttribute::codeLength)
                    .max()
                    .orElseThrow();
        }
    }
}

package io.lanenorm.jmh.peer;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The functions of layernorm.c, which gcc compiles for this machine when this class is loaded. */
@SuppressWarnings("restricted")
final class CFunctions {
    /** How it is compiled: like any numeric code. */
    static final String COMPILER = "gcc -O3 -march=native -ffast-math -fopenmp";

    private static final SymbolLookup LIBRARY = compile();

    // Constants, since only those are called without a detour.
    static final MethodHandle FORWARD = function(
            "layer_norm_forward",
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT);
    static final MethodHandle BACKWARD = function(
            "layer_norm_backward",
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG);
    static final MethodHandle COPY = function("copy", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    static final MethodHandle TRIAD = function("triad", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);

    private CFunctions() {}

    private static MethodHandle function(String name, MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(LIBRARY.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
    }

    private static SymbolLookup compile() {
        try (InputStream text = Objects.requireNonNull(CFunctions.class.getResourceAsStream("layernorm.c"))) {
            Path folder = Files.createTempDirectory("lanenorm-c");
            Path source = folder.resolve("layernorm.c");
            Path object = folder.resolve("layernorm.o");
            Path library = folder.resolve("layernorm.so");
            Files.copy(text, source);
            // With the option, or the loop that copies becomes a call of memcpy, which has other stores for large
            // sizes.
            run(COMPILER + " -fno-tree-loop-distribute-patterns -fPIC -c " + source + " -o " + object);
            // Without -ffast-math, which would link code that makes this process flush denormals to zero.
            run("gcc -shared -fopenmp " + object + " -o " + library + " -lm");
            SymbolLookup loaded = SymbolLookup.libraryLookup(library, Arena.global());
            for (Path file : List.of(source, object, library, folder)) {
                Files.delete(file);
            }
            return loaded;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void run(String command) throws IOException {
        Process compiler = new ProcessBuilder(List.of(command.split(" ")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (compiler.onExit().join().exitValue() != 0) {
            throw new IOException("failed: " + command);
        }
    }
}

package io.lanenorm.jmh.peer;

import io.lanenorm.VectorWidth;
import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Quantity;
import io.lanenorm.jmh.workload.Results;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LayerNorm;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LayerNormBp;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J, which composes its layer norm of general operations and has no epsilon. */
public final class Nd4jLayerNorm implements Peer {
    /** The system property that names the file with its class path. */
    private static final String CLASS_PATH = "lanenorm.jmh.nd4j";

    @Override
    public String name() {
        return "ND4J";
    }

    /** Begins with an older JavaCPP, which ND4J needs and the other peers do not bear. */
    @Override
    public Optional<String> classPath() {
        Path file = Path.of(System.getProperty(CLASS_PATH, "jmh/target/peers/nd4j.classpath"));
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Names the library for this CPU. JavaCPP would load the first one there is, and AVX-512 ends the JVM elsewhere.
     */
    @Override
    public void load() {
        boolean avx512 = VectorWidth.available().contains(VectorWidth.BITS_512);
        System.setProperty("org.bytedeco.javacpp.platform.extension", avx512 ? "-avx512" : "-avx2");
        Nd4j.getExecutioner();
    }

    @Override
    public Call prepare(Batch batch, Direction direction) {
        return new Operation(batch, direction);
    }

    private static final class Operation implements Call {
        private final Direction direction;
        private final INDArray y;
        private final INDArray dx;
        private final INDArray dgamma;
        private final INDArray dbeta;
        private final DynamicCustomOp operation;

        Operation(Batch batch, Direction direction) {
            this.direction = direction;
            long[] shape = {batch.shape.rows(), batch.shape.features()};
            INDArray x = Nd4j.createFromArray(batch.x).reshape(shape);
            INDArray gamma = Nd4j.createFromArray(batch.gamma);
            INDArray beta = Nd4j.createFromArray(batch.beta);
            y = Nd4j.createFromArray(batch.y).reshape(shape);
            dx = Nd4j.createFromArray(batch.dx).reshape(shape);
            dgamma = Nd4j.createFromArray(batch.dgamma);
            dbeta = Nd4j.createFromArray(batch.dbeta);
            operation = switch (direction) {
                case FORWARD -> new LayerNorm(x, gamma, beta, y, false, 1);
                case BACKWARD -> {
                    INDArray dy = Nd4j.createFromArray(batch.dy).reshape(shape);
                    yield new LayerNormBp(x, gamma, beta, dy, dx, dgamma, dbeta, false, 1);
                }
            };
        }

        @Override
        public void run() {
            Nd4j.exec(operation);
        }

        @Override
        public String kernel() {
            return operation.opName();
        }

        @Override
        public Optional<Results> results() {
            return Optional.of(
                    switch (direction) {
                        case FORWARD -> new Results(Map.of(Quantity.Y, Results.widened(array(y))));
                        case BACKWARD -> Results.backward(array(dx), array(dgamma), array(dbeta));
                    });
        }

        private static float[] array(INDArray array) {
            return array.data().asFloat();
        }

        @Override
        public void close() {
            for (INDArray array : operation.inputArguments()) {
                array.close();
            }
            for (INDArray array : new INDArray[] {y, dx, dgamma, dbeta}) {
                array.close();
            }
        }
    }
}

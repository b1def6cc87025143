package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.workload.Batch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * An ONNX file of one LayerNormalization whose gamma and beta are constants. Written by hand: the numbers are those of
 * the fields in onnx.proto, and there is no small library for it.
 *
 * @param batch whose layer norm it is
 */
record OnnxModel(Batch batch) {
    /** The names of the input and of the output. */
    static final String X = "x";

    static final String Y = "y";

    private static final int FLOAT = 1;

    /** The file. */
    byte[] bytes() {
        return new Message()
                .number(1, 8)
                .message(7, this::graph)
                .message(8, opset -> opset.text(1, "").number(2, 17))
                .bytes();
    }

    private void graph(Message graph) {
        graph.message(1, this::node)
                .text(2, "layer norm")
                .message(5, tensor -> floats(tensor, "gamma", batch.gamma))
                .message(5, tensor -> floats(tensor, "beta", batch.beta))
                .message(11, value -> value(value, X))
                .message(12, value -> value(value, Y));
    }

    private void node(Message node) {
        node.text(1, X)
                .text(1, "gamma")
                .text(1, "beta")
                .text(2, Y)
                .text(4, "LayerNormalization")
                .message(
                        5,
                        attribute -> attribute
                                .text(1, "epsilon")
                                .real(2, (float) batch.epsilon)
                                .number(20, FLOAT));
    }

    private static void floats(Message tensor, String name, float[] values) {
        ByteBuffer data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        tensor.number(1, values.length).number(2, FLOAT).text(8, name).bytes(9, data.array());
    }

    private void value(Message value, String name) {
        value.text(1, name)
                .message(
                        2,
                        type -> type.message(
                                1,
                                tensor -> tensor.number(1, FLOAT)
                                        .message(
                                                2,
                                                shape -> shape.message(1, rows -> rows.number(1, batch.shape.rows()))
                                                        .message(
                                                                1,
                                                                features ->
                                                                        features.number(1, batch.shape.features())))));
    }

    /** A message of protocol buffers. */
    private static final class Message {
        private static final int VARINT = 0;
        private static final int DELIMITED = 2;
        private static final int FOUR_BYTES = 5;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint(field << 3 | VARINT);
            varint(value);
            return this;
        }

        Message real(int field, float value) {
            varint(field << 3 | FOUR_BYTES);
            out.writeBytes(ByteBuffer.allocate(Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(value)
                    .array());
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Consumer<Message> content) {
            Message message = new Message();
            content.accept(message);
            return bytes(field, message.bytes());
        }

        Message bytes(int field, byte[] value) {
            varint(field << 3 | DELIMITED);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private void varint(long value) {
            long rest = value;
            for (; rest > 0x7f; rest >>>= 7) {
                out.write((int) (rest & 0x7f | 0x80));
            }
            out.write((int) rest);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}

package io.lanenorm.jmh.peer;

import io.lanenorm.jmh.contender.Call;
import io.lanenorm.jmh.contender.Role;
import io.lanenorm.jmh.workload.Batch;
import io.lanenorm.jmh.workload.Direction;
import io.lanenorm.jmh.workload.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.dnnl.memory;

/** oneDNN in bfloat16, the upper half of a float: half the bytes, and 8 bits of precision. */
public final class OneDnnBfloat16 extends OneDnn {
    @Override
    public String name() {
        return "oneDNN bf16";
    }

    @Override
    public Role role() {
        return Role.OTHER_TYPE;
    }

    /** Also tries the smallest of batches, since not every CPU has this type. */
    @Override
    public void load() {
        super.load();
        Batch smallest = Batch.ofNoise(new Shape(1, 1), 1e-5, 0, 1);
        try (Call tried = prepare(smallest, Direction.FORWARD)) {
            tried.run();
        }
    }

    @Override
    memory.data_type type() {
        return memory.data_type.bf16;
    }

    @Override
    MemorySegment typed(NativeBatch batch, MemorySegment floats) {
        long length = floats.byteSize() / Float.BYTES;
        MemorySegment halves = batch.bytes(length * Short.BYTES);
        for (long i = 0; i < length; i++) {
            int bits = floats.getAtIndex(ValueLayout.JAVA_INT, i);
            int roundedToEven = bits + 0x7fff + (bits >>> 16 & 1);
            halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (roundedToEven >>> 16));
        }
        return halves;
    }

    @Override
    float[] floats(MemorySegment typed) {
        float[] floats = new float[Math.toIntExact(typed.byteSize() / Short.BYTES)];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.intBitsToFloat(typed.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
        }
        return floats;
    }
}

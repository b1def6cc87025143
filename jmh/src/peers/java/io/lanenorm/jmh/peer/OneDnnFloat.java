package io.lanenorm.jmh.peer;

import java.lang.foreign.MemorySegment;
import org.bytedeco.dnnl.memory;

/** oneDNN in float. */
public final class OneDnnFloat extends OneDnn {
    @Override
    public String name() {
        return "oneDNN";
    }

    @Override
    memory.data_type type() {
        return memory.data_type.f32;
    }

    @Override
    MemorySegment typed(NativeBatch batch, MemorySegment floats) {
        return floats;
    }

    @Override
    float[] floats(MemorySegment typed) {
        return NativeBatch.array(typed);
    }
}

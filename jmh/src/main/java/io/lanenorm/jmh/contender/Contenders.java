package io.lanenorm.jmh.contender;

import io.lanenorm.VectorWidth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;

/** Everybody there is. */
public final class Contenders {
    private Contenders() {}

    /** All contenders, absent ones included, in the order of tables and charts. */
    public static List<Contender> all() {
        List<Contender> all = new ArrayList<>();
        all.add(new PlainLoop());
        Arrays.stream(VectorWidth.values()).map(LaneNormAtWidth::new).forEach(all::add);
        ServiceLoader.load(Contender.class).forEach(all::add);
        all.add(new Copy());
        return all;
    }
}

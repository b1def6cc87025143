package io.lanenorm.jmh.report;

import io.lanenorm.jmh.contender.Role;
import java.awt.Color;
import java.util.EnumMap;
import java.util.Map;

/** The colours of a chart, which tell what a contender is: shades of blue for LaneNorm, grey for copies. */
final class Palette {
    private static final Map<Role, int[]> COLOURS = Map.of(
            Role.PLAIN_LOOP, new int[] {0xd62728},
            Role.COPY, new int[] {0xb0b0b0, 0x7f7f7f, 0xd0d0d0},
            Role.LANENORM, new int[] {0xc6dbef, 0x6baed6, 0x2171b5, 0x08306b},
            Role.PEER, new int[] {0xff7f0e, 0x2ca02c, 0x9467bd, 0x8c564b, 0xe377c2},
            Role.NATIVE_LOOP, new int[] {0xbcbd22},
            Role.OTHER_TYPE, new int[] {0xc49c94});

    private final Map<Role, Integer> used = new EnumMap<>(Role.class);

    /** The colour of the next contender of this role. */
    Color next(Role role) {
        int[] colours = COLOURS.get(role);
        int index = used.merge(role, 1, Integer::sum) - 1;
        return new Color(colours[index % colours.length]);
    }
}

package io.lanenorm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * dgamma and dbeta are added up by groups of 64 rows: the order that several threads can keep. Sums in double hide the
 * order from nearly all data, so here one group is so large that the next counts only as a whole: the doubles beside
 * 2^60 are 256 apart.
 */
class GroupsOfRowsTest {
    /** Two threads take blocks of these rows, three take groups. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aGroupIsAddedAsAWhole(int threads) {
        float[] dy = new float[3 * 64];
        dy[0] = 0x1p60f;
        for (int block = 64; block < 128; block += 16) {
            dy[block] = 100;
        }
        dy[128] = -0x1p60f;
        float[] x = new float[dy.length];
        LayerNorm norm =
                LayerNorm.builder(1).parallelism(threads).leastSharedElements(1).build();
        RowStatistics statistics = new RowStatistics(x.length);
        norm.forward(x, new float[x.length], statistics);
        float[] dbeta = new float[1];
        norm.backward(dy, x, statistics, null, null, dbeta);
        assertEquals(512, dbeta[0], "2^60 + 400 rounds to 2^60 + 512, and 2^60 + 100 to 2^60");
    }
}

package io.lanenorm.kernels;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * dgamma and dbeta of a batch whose parts are summed by several threads and end in any order. They are added up in the
 * order of the rows: whoever ends a part adds up all that are next, so that the room for a few parts is enough.
 */
final class ParameterSums {
    private static final int SLOTS_OF_A_THREAD = 4;

    private final int n;
    private final int parts;
    private final int partsOfAGroup;
    private final int slots;
    private final double[] ofParts;
    private final double[] ofGroup;
    private final double[] ofBatch;

    /** For each slot, one more than the last part that has ended in it. */
    private final AtomicIntegerArray ends;

    /** Whether somebody is adding up. */
    private final AtomicBoolean adding = new AtomicBoolean();

    private volatile int added;

    /** Sums in the workspace of the caller, 0 so far. */
    ParameterSums(Workspace w, int n, int parts, int partsOfAGroup, int threads) {
        this.n = n;
        this.parts = parts;
        this.partsOfAGroup = partsOfAGroup;
        slots = Math.min(parts, SLOTS_OF_A_THREAD * threads);
        w.makeRoomForSums(n, slots);
        ofParts = w.partSums;
        ofGroup = w.groupSums;
        ofBatch = w.totalSums;
        ends = new AtomicIntegerArray(slots);
    }

    /** How many parts there is room for: part {@code p} may begin when part {@code p - slots()} is added up. */
    int slots() {
        return slots;
    }

    /** Where the parts put their sums, dgamma and then dbeta, each from its {@link #start} on. */
    double[] ofParts() {
        return ofParts;
    }

    int start(int part) {
        return part % slots * 2 * n;
    }

    /** dgamma and then dbeta of the batch, when all parts have ended. */
    double[] ofBatch() {
        return ofBatch;
    }

    /** Adds up what has its turn now that this part has ended, and lets as many more begin. */
    void end(int part, Job job) {
        ends.set(part % slots, part + 1);
        while (isNext(added) && adding.compareAndSet(false, true)) {
            int next = added;
            while (isNext(next)) {
                add(next);
                next++;
            }
            added = next;
            job.open(next + slots);
            adding.set(false);
        }
    }

    private boolean isNext(int part) {
        return ends.get(part % slots) == part + 1;
    }

    private void add(int part) {
        int inGroup = part % partsOfAGroup;
        double[] group = ofParts;
        int start = start(part);
        if (partsOfAGroup > 1) {
            add(ofParts, start, ofGroup, inGroup == 0, 2 * n);
            group = ofGroup;
            start = 0;
        }
        if (inGroup == partsOfAGroup - 1 || part == parts - 1) {
            add(group, start, ofBatch, part < partsOfAGroup, 2 * n);
        }
    }

    /** Adds sums to others, or to 0. No sum is -0, so that adding 0 changes nothing. */
    static void add(double[] sums, int start, double[] to, boolean first, int length) {
        if (first) {
            System.arraycopy(sums, start, to, 0, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            to[i] += sums[start + i];
        }
    }

    static void round(double[] sums, int start, float @Nullable [] gradient) {
        if (gradient != null) {
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (float) sums[start + i];
            }
        }
    }
}

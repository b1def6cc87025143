package io.lanenorm.jmh.match;

import io.lanenorm.jmh.check.Accuracy;

/**
 * What a {@link Stand} says to an {@link Order}.
 *
 * @param refusal why it could not be done; null if it was done
 * @param kernel the kernel that ran; null but for {@link Order.Verb#LEAVE}
 * @param nanosPerCall the time of a call, likewise
 * @param accuracy how far the results are off; null if none were judged
 */
record Answer(String refusal, String kernel, double nanosPerCall, Accuracy accuracy) {
    static final Answer DONE = new Answer(null, null, 0, null);

    static Answer refusal(String reason) {
        return new Answer(reason, null, 0, null);
    }
}

package io.lanenorm.jmh.contender;

/** What a contender is in the comparison. */
public enum Role {
    /** Ours: promised to meet the bounds, and to give the same bits as every other of this role. */
    LANENORM,
    /** The loop that one would write by hand; the others are so many times faster. */
    PLAIN_LOOP,
    /** The time that the memory alone takes; computes nothing. */
    COPY,
    /** The library of somebody else. */
    PEER,
    /** A loop in another language, compiled on the spot: no library, but to be beaten too. */
    NATIVE_LOOP,
    /** A library on a narrower type: told, but no contender of what computes in float. */
    OTHER_TYPE
}

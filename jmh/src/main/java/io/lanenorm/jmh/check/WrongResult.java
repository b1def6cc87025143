package io.lanenorm.jmh.check;

/** Says that somebody did not keep a promise: a result out of bounds, other bits, or another kernel than was wanted. */
public final class WrongResult extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was found and what should have been. */
    public WrongResult(String message) {
        super(message);
    }
}

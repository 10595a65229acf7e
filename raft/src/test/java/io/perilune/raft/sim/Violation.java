package io.perilune.raft.sim;

/** A promise of Raft was broken. */
public final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(String text) {
        super(text);
    }

    Violation(String text, Throwable cause) {
        super(text, cause);
    }
}

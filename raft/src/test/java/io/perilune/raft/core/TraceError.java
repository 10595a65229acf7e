package io.perilune.raft.core;

/** An error that a transcript expects as output. */
final class TraceError extends RuntimeException {
    private static final long serialVersionUID = 1;

    TraceError(String text) {
        super(text);
    }
}

package io.perilune.raft.core;

/** Checked in production: going on after our own mistake would spread it to other nodes. */
final class Invariant {
    private Invariant() {}

    static IllegalStateException broken(String message) {
        return new IllegalStateException(message);
    }
}

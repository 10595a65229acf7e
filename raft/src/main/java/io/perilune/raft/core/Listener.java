package io.perilune.raft.core;

/** Hears of the core's transitions as they happen. Called on the core's thread in the middle of a step: it must return soon, and must not call the node. */
@FunctionalInterface
public interface Listener {
    Listener NONE = event -> {};

    void on(RaftEvent event);
}

package io.perilune.raft.node;

/** Whether this node's state may be read. */
public sealed interface ReadOutcome {
    /** State up to {@code index} is applied here and fresh enough for what was asked. */
    record Passed(long index) implements ReadOutcome {}

    record Refused(RefusalReason reason, String detail) implements ReadOutcome {}
}

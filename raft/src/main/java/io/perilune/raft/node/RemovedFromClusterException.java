package io.perilune.raft.node;

/** This node is no member of the cluster any more, and never will be under its id. */
public final class RemovedFromClusterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RemovedFromClusterException(String detail) {
        super(detail);
    }
}

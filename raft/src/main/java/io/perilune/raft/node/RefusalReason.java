package io.perilune.raft.node;

/** Why the server certainly did not do what it was asked. */
public enum RefusalReason {
    /** No leader was found in time, or leadership moved under the proposal. */
    NO_LEADER,
    /** A bound was reached: inbox, waiting proposals, uncommitted bytes, disk space. */
    OVERLOADED,
    /** The node is closing, has failed or was removed from the cluster. */
    SHUTTING_DOWN,
    /** The command is larger than {@link RaftOptions.Limits#commandBytesMax()}. */
    TOO_LARGE,
    /** A change of members that cannot be made, or not now; never the answer to a command. */
    INVALID
}

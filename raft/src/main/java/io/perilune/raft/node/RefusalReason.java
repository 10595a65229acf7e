package io.perilune.raft.node;

/** Why the server certainly did not do what it was asked. The order is that of numbers on the wire: append only. */
public enum RefusalReason {
    /** No leader was found in time, or leadership moved under the proposal. */
    NO_LEADER,
    /** A bound was reached: inbox, waiting proposals, uncommitted bytes, disk space. */
    OVERLOADED,
    /** The node is closing, has failed or was removed from the cluster. */
    SHUTTING_DOWN,
    /** The command is larger than {@link RaftOptions.Limits#commandBytesMax()}. */
    TOO_LARGE,
    /** A change of members that is a mistake; never the answer to a command. */
    INVALID,
    /** Another change of members is not applied yet; never the answer to a command. */
    CHANGE_IN_PROGRESS,
    /** The member to remove is none; never the answer to a command. */
    NO_SUCH_MEMBER
}

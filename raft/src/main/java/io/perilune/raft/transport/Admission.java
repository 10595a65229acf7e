package io.perilune.raft.transport;

/** Whether a node is who it says it is, to another that it wants a link with. */
public enum Admission {
    WELCOME,
    /** It was a member once and is none now. */
    REMOVED,
    /** Its id was here before with another data directory: what that one promised, this one does not know. */
    OTHER_DATA,
    /** Whoever was asked cannot say at present, since it could not keep in mind whom it has met. Nothing about the node. */
    NOT_NOW
}

package io.perilune.raft.transport;

/** Whether a node is who it says it is, to another that it wants a link with. */
public enum Admission {
    WELCOME,
    /** It was a member once and is none now. */
    REMOVED,
    /** Its id was here before with another data directory: what that one promised, this one does not know. */
    OTHER_DATA
}

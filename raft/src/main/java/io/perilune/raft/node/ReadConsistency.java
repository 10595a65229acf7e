package io.perilune.raft.node;

/** How fresh a read has to be. */
public enum ReadConsistency {
    /** A majority confirmed during the call that the leader still leads (ReadIndex, thesis §6.4). */
    LINEARIZABLE,
    /** The leader may rely on a confirmation that is younger than half an election timeout. Trusts clocks' rates. */
    LEASE,
    /** Whatever this node has applied. */
    LOCAL
}

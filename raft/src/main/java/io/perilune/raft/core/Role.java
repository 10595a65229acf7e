package io.perilune.raft.core;

/** What a node is in its term. A learner is a follower that is no voter. */
public enum Role {
    FOLLOWER,
    /** Asks whether an election would succeed, before it disturbs anybody with a new term (§9.6). */
    PRE_CANDIDATE,
    CANDIDATE,
    LEADER
}

package io.perilune.raft.core;

/** Something happened in the core. */
public sealed interface RaftEvent {
    record RoleChanged(Role from, Role to, long term) implements RaftEvent {}

    /** @param from id, or 0 for none */
    record LeaderChanged(long from, long to, long term) implements RaftEvent {}

    record TermChanged(long from, long to) implements RaftEvent {}

    /** Everything up to {@code to} is committed; it was {@code from} before. */
    record Committed(long from, long to) implements RaftEvent {}

    /** Also when a member changes between voter and learner. */
    record MemberAdded(long id, boolean learner) implements RaftEvent {}

    record MemberRemoved(long id) implements RaftEvent {}

    /** A follower heard its leader, {@code ticksSinceLast} after the time before. */
    record Heartbeat(long leader, long term, int ticksSinceLast) implements RaftEvent {}
}

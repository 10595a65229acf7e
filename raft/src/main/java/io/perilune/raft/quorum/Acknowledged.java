package io.perilune.raft.quorum;

/** How far each voter has acknowledged; 0 where it said nothing. */
@FunctionalInterface
public interface Acknowledged {
    long by(long id);
}

package io.perilune.raft.core;

/**
 * What need not be persisted.
 *
 * @param leader id, or 0 for none known
 */
public record SoftState(long leader, Role role) {}

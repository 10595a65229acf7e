package io.perilune.engine;

import io.perilune.engine.replication.Replication.Consistency;

/**
 * How fresh a read has to be.
 *
 * @param minIndex the state has applied at least this index; 0 for any
 * @param timeoutMillis how long to wait for that
 */
public record ReadOptions(Consistency consistency, long minIndex, long timeoutMillis) {}

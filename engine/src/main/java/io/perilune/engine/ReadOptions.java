package io.perilune.engine;

import io.perilune.engine.replication.Replication.Consistency;

/**
 * How fresh a read has to be.
 *
 * @param minIndex the state has applied at least this index; 0 for any
 * @param atIndex the state as it was when this index had been applied, whatever the consistency; 0 for the newest
 * @param timeoutMillis how long to wait for the indexes
 */
public record ReadOptions(Consistency consistency, long minIndex, long atIndex, long timeoutMillis) {
    /** Of the newest state. */
    public ReadOptions(Consistency consistency, long minIndex, long timeoutMillis) {
        this(consistency, minIndex, 0, timeoutMillis);
    }
}

/**
 * What a node remembers: the log, the hard state and snapshots, on a disk that may tear, lose and refuse writes.
 *
 * <p>In come {@link io.perilune.raft.storage.Batch batches} on the one thread that writes the log, snapshot bytes on the
 * threads that produce them, and reads of entries on the thread that owns the core. Out come {@link
 * io.perilune.raft.storage.Appended} values, the {@link io.perilune.raft.core.LogStorage} view, and {@link
 * io.perilune.raft.storage.StorageRefusedException} for bytes that cannot be trusted. What is here must not know roles,
 * peers, timers or what a command means, and it has no clock; every touch of the disk goes through {@link
 * io.perilune.raft.storage.Files}.
 *
 * <p>Start reading at {@link io.perilune.raft.storage.DataDirectory}, then {@link io.perilune.raft.storage.Wal}.
 */
@NullMarked
package io.perilune.raft.storage;

import org.jspecify.annotations.NullMarked;

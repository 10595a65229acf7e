/**
 * Messages between the replicas of one group. {@link io.perilune.raft.proto.Message}s enter from the event loop and
 * leave on other nodes through a {@link io.perilune.raft.transport.Receiver}; snapshot bodies travel beside them, from
 * store to store. A transport has threads of its own, never makes a caller wait, and drops rather than queues without
 * bound: Raft sends again. It must not know what a message means beyond the queue it belongs to. Start at {@link
 * io.perilune.raft.transport.Transport}; {@link io.perilune.raft.transport.HttpTransport} is the one between
 * processes, {@link io.perilune.raft.transport.MemoryNetwork} the one within.
 */
@NullMarked
package io.perilune.raft.transport;

import org.jspecify.annotations.NullMarked;

/**
 * Consensus as a pure function: messages and ticks in, {@link io.perilune.raft.core.Ready} out. Run by one thread, which
 * whoever calls {@link io.perilune.raft.core.Node} chooses. It must not know clocks, threads, sockets, files, loggers or
 * a source of chance: time arrives as ticks, chance from the generator in {@link io.perilune.raft.core.Config}, and what
 * is to be told leaves through {@link io.perilune.raft.core.Listener}. Start at {@code Node}.
 *
 * <p>Written from "Consensus: Bridging Theory and Practice" (Ongaro, 2014); § means a section of it.
 */
@NullMarked
package io.perilune.raft.core;

import org.jspecify.annotations.NullMarked;

/**
 * Consensus as a pure function: messages and ticks in, {@code Ready} out. One thread; no clock,
 * randomness, I/O or logger of its own. Start at {@code Node}.
 */
@NullMarked
package io.perilune.raft.core;

import org.jspecify.annotations.NullMarked;

/**
 * What a leader believes about each peer: how far it matches, what was sent, whether to send more. Acknowledgements and
 * sends enter, pauses and the next index leave. Owned by the thread that owns the core. Must not know messages,
 * storage or elections. Start at {@link io.perilune.raft.tracker.Progress}.
 */
@NullMarked
package io.perilune.raft.tracker;

import org.jspecify.annotations.NullMarked;

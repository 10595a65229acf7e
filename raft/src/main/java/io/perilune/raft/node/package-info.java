/**
 * A replica as it runs: threads, disk and peers around the pure core. Commands and reads enter from any thread, and
 * leave as futures; messages enter and leave through {@code raft.transport}; the log goes to {@code raft.storage};
 * committed commands go to a {@link io.perilune.raft.node.StateMachine}. Three threads run it: the event loop, which
 * alone touches the core, the log writer and the applier. It knows bytes, never what a command means. Start at {@link
 * io.perilune.raft.node.RaftServer}.
 */
@NullMarked
package io.perilune.raft.node;

import org.jspecify.annotations.NullMarked;

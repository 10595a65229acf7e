package io.perilune.raft.node;

import io.perilune.raft.proto.Message;
import io.perilune.raft.transport.Admission;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the event loop is told. */
sealed interface Event {
    record Propose(Pending pending) implements Event {}

    record Read(Reads.Request request) implements Event {}

    record Transfer(long member, long deadlineNanos, CompletableFuture<Boolean> done) implements Event {}

    /** The server closes: hand leadership over, then complete. */
    record Drain(long deadlineNanos, CompletableFuture<Void> done) implements Event {}

    record Received(Message message) implements Event {}

    record Unreachable(long peer) implements Event {}

    /** No process listens where the peer was. */
    record Gone(long peer) implements Event {}

    record SnapshotSent(long peer, boolean complete) implements Event {}

    record TurnedAway(long byPeer, Admission why) implements Event {}

    /** The log writer has finished a batch; to be stepped in order. */
    record Stored(List<Message> responses) implements Event {}

    /** The applier has finished a batch. */
    record Applied(List<Message> responses) implements Event {}

    /** The applier has restored a snapshot, which told it the members. */
    record Restored(long index, Roster roster) implements Event {}

    /** A snapshot taken here is complete, and the log says so. */
    record SnapshotTaken(long index) implements Event {}
}

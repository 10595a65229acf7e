package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import java.util.List;

/**
 * One member of a Raft group: a state machine that is told of ticks, messages and proposals, and answers through {@link
 * #ready()} with what is to be done. It does nothing by itself.
 *
 * <p>One thread owns a node, the first that calls it; calls from another, or from within a {@link Listener}, throw. What
 * may go wrong in a correct system is a {@link StepResult}; an {@link IllegalStateException} means that this node or its
 * storage broke a rule of Raft, and it must not be used any more.
 *
 * <pre>{@code
 * node.tick(); node.step(message); node.propose(command);   // whatever happened
 * while (node.hasReady()) {
 *   Ready ready = node.ready();
 *   persist(ready); send(ready.messages()); apply(ready);     // applyConfChange for each conf change entry
 *   node.advance();
 * }
 * }</pre>
 */
public final class Node {
    /** Receiver of the messages that are storage writes, and sender of their responses. */
    public static final long APPEND_THREAD = -1;

    /** Receiver of the messages that are applying entries, and sender of their responses. */
    public static final long APPLY_THREAD = -2;

    private final Turn turn = new Turn();

    /**
     * @throws IllegalStateException if the storage contradicts itself, such as a commit index past the last entry
     */
    public Node(Config config) {}

    /** A unit of time passed. */
    public void tick() {}

    /** Starts an election now, as if the election timeout had passed. For tests and for starting up; breaks leases. */
    public void campaign() {}

    /** Proposes one command. {@link StepResult.Appended}, {@link StepResult.Forwarded} or {@link StepResult.Dropped}. */
    public StepResult propose(ByteString data) {
        throw new UnsupportedOperationException();
    }

    /**
     * Proposes entries that are to follow each other in the log; all are taken, or none. Term and index are set by the
     * leader, everything else is carried untouched.
     *
     * @param entries at least one
     */
    public StepResult propose(List<Entry> entries) {
        throw new UnsupportedOperationException();
    }

    /** Proposes adding, removing or updating one member. It takes effect when applied, see {@link #applyConfChange}. */
    public StepResult proposeConfChange(ConfChange change) {
        throw new UnsupportedOperationException();
    }

    /** Proposes any number of membership changes at once; an empty one asks to leave the joint configuration. */
    public StepResult proposeConfChange(ConfChangeV2 change) {
        throw new UnsupportedOperationException();
    }

    /** Takes a message from another node, or a response of a storage thread. Its senders are trusted to be who they say. */
    public StepResult step(Message message) {
        throw new UnsupportedOperationException();
    }

    /**
     * Asks for an index at which a read is linearizable; the answer is a {@link ReadState} with this context. It may never
     * come (messages get lost, leaders change): ask again after a while.
     */
    public StepResult readIndex(ByteString context) {
        throw new UnsupportedOperationException();
    }

    /** Whether {@link #ready()} would hold anything. */
    public boolean hasReady() {
        throw new UnsupportedOperationException();
    }

    /** Takes what is to be done; nothing in it will be told again. */
    public Ready ready() {
        throw new UnsupportedOperationException();
    }

    /** The last {@link #ready()} is done. Only without {@link Config#asyncStorageWrites()}. */
    public void advance() {}

    /**
     * Puts a committed conf change into effect; to be called for each conf change entry when it is applied, before it is
     * reported as applied. The answer belongs into snapshots from this index on.
     */
    public ConfState applyConfChange(ConfChangeV2 change) {
        throw new UnsupportedOperationException();
    }

    public ConfState applyConfChange(ConfChange change) {
        throw new UnsupportedOperationException();
    }

    /** The last message to this peer could not be sent. */
    public void reportUnreachable(long peer) {}

    /** Must be called for each {@code MSG_SNAP} in a Ready: nothing else is sent to the peer until then. */
    public void reportSnapshot(long peer, SnapshotStatus status) {}

    /** Asks that {@code peer} lead, from the leader or a follower. Given up after an election timeout. */
    public StepResult transferLeadership(long peer) {
        throw new UnsupportedOperationException();
    }

    /** A follower stops to believe in its leader, and so may vote for another within its lease. */
    public void forgetLeader() {}

    public Status status() {
        throw new UnsupportedOperationException();
    }
}

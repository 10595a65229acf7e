package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;

/**
 * What a transport tells its node. Called by the transport's own threads, those that read sockets among them: every
 * method only notes what it is told and returns.
 */
public interface Receiver {
    /**
     * A message has arrived; of a snapshot, after its body is safe in the store.
     *
     * @return false where the node has no room for it and it is lost
     */
    boolean receive(Message message);

    /** Messages that were already on their way to {@code peer} are lost. */
    void unreachable(long peer);

    /** A link with {@code peer} stands, and this is where it says its HTTP API is; empty if it has none. */
    void connected(long peer, String httpAddress);

    /**
     * The peer's host says that no process listens where the peer was: it has ended. Stronger than a broken link, which
     * a live peer may have too.
     */
    void gone(long peer);

    /** How a snapshot that was sent ended. */
    void snapshotSent(long peer, boolean complete);

    /** What peers know this node's data directory by: the same as long as it has that directory. */
    String mark();

    /** Whether there may be a link with {@code node}, which says that its data directory has this mark. */
    Admission admit(long node, String mark);

    /** A peer does not speak to this node; {@code why} says what is wrong with this one. */
    void turnedAway(long byPeer, Admission why);
}

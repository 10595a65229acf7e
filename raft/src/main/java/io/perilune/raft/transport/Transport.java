package io.perilune.raft.transport;

import io.perilune.raft.proto.Message;
import java.io.IOException;

/**
 * Carries messages to peers: each at most once, in order within a kind, or not at all. Safe for use by any thread, and
 * no method waits, except {@link #start} and {@link #close}.
 */
public interface Transport extends AutoCloseable {
    /** Begins to deliver to {@code receiver}. Called once. */
    void start(Receiver receiver) throws IOException;

    /** Where peers reach this node, as {@code host:port}. */
    String address();

    /**
     * Sends to {@code message.getTo()}.
     *
     * @return false where the message certainly goes nowhere: the peer is unknown or not connected, or its queue is
     *     full. True promises nothing.
     */
    boolean send(Message message);

    /**
     * Sends a MSG_SNAP and the body that belongs to it. Always ends in {@link Receiver#snapshotSent}, on another thread.
     */
    void sendSnapshot(Message message);

    /** Adds a peer, or changes where it is; this node itself is none. */
    void putPeer(long id, String address);

    /** Ends the links to and from a peer. */
    void removePeer(long id);

    TransportStatus status();

    /** Ends all links and threads. Idempotent. */
    @Override
    void close();
}

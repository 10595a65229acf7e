package io.perilune.raft.node;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One replica of one Raft group. Safe for use by any thread; no method waits, except {@link #start} and {@link #close}.
 * Futures complete on the server's own threads: whoever hangs work on them moves it elsewhere.
 */
public final class RaftServer implements AutoCloseable {
    private RaftServer() {}

    /**
     * Opens the directory, restores the newest snapshot, reads the log, listens for peers and joins in. Returns as soon
     * as it listens; {@link ServerStatus#ready()} tells when it serves.
     *
     * @param onFailure called once if the node has to stop by itself, with what it could not go on from; by then every
     *     open future has ended as unknown. The process is expected to exit.
     * @throws IOException where the directory is in use, belongs to another node or is damaged: the message says which
     */
    public static RaftServer start(RaftOptions options, StateMachine machine, Consumer<Throwable> onFailure)
            throws IOException {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Proposes a command from this node, passing it on to the leader where that is another. The future always
     * completes, at the latest when {@code timeoutMillis} have passed.
     *
     * @param command taken over: not to be changed afterwards
     */
    public CompletableFuture<ProposalOutcome> propose(byte[] command, long timeoutMillis) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Completes once this node's state may be read at {@code consistency}. */
    public CompletableFuture<ReadOutcome> readBarrier(ReadConsistency consistency, long timeoutMillis) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** As of now; cheap. */
    public ServerStatus status() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Asks that leadership go to {@code member}; true once it leads. */
    public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Hands leadership over where this node leads, ends what is open, stops. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not built yet");
    }
}

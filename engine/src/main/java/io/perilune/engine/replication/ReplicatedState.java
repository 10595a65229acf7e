package io.perilune.engine.replication;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The state that commands change. One thread calls it, in log order; each index once, none skipped. That thread has a
 * stack of several tens of MiB: scripts nest calls, and where they stop is for their limits to say.
 */
public interface ReplicatedState {
    /** @param command see {@link #apply} */
    record Upcoming(long index, long term, long time, ByteBuffer command) {}

    /** What is about to be applied, in its order, but for what may lie between; see {@link #apply}. */
    default void ahead(List<Upcoming> commands) {}

    /**
     * @param time the leader's stamp in milliseconds; may go backwards, which this state has to even out
     * @param command read-only, valid for ever
     * @return the reply for whoever proposed the command on this node
     */
    Object apply(long index, long term, long time, ByteBuffer command);

    /** An index that carries no command. */
    void skip(long index, long term);

    /** Everything up to the last applied index, taken in no time; written by another thread while applying goes on. */
    Capture capture();

    /** Replaces everything by what a {@link Capture} wrote. */
    void restore(long index, long term, InputStream captured) throws IOException;

    /** The state is not fit to be kept. */
    final class CaptureRefused extends IOException {
        private static final long serialVersionUID = 1;

        public CaptureRefused(String message) {
            super(message);
        }
    }

    /** A consistent copy of the state. */
    interface Capture {
        /** @throws CaptureRefused if this state must not outlive the process: no failure of the disk's */
        void writeTo(OutputStream out) throws IOException;
    }
}

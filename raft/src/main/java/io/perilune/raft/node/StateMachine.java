package io.perilune.raft.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the log is applied to. The applier thread alone calls it, in log order, each index once and none skipped; only
 * {@link Capture#writeTo} runs elsewhere. Anything it throws stops the node: a replica that cannot apply what was
 * agreed must not go on answering.
 */
public interface StateMachine {
    /** @param command see {@link #apply} */
    record Command(long index, long term, long time, ByteBuffer command) {}

    /**
     * Tells which commands come next, in their order, before the first of them is applied: for a state machine that can
     * do some of the work at once. They are applied all the same, unless the server stops before.
     */
    default void ahead(List<Command> commands) {}

    /**
     * Applies one committed command.
     *
     * @param time the leader's clock in milliseconds when it took the command; may go backwards along the log
     * @param command read-only, and valid for ever
     * @return the answer for whoever proposed the command on this node; never null
     */
    Object apply(long index, long term, long time, ByteBuffer command);

    /** An index that carries no command: a new leader's first entry, or a change of members. */
    void skip(long index, long term);

    /** Everything up to the last applied index. Must take no time; another thread writes it while applying goes on. */
    Capture capture();

    /** Replaces everything by what a {@link Capture} wrote. The stream has been verified against its checksums. */
    void restore(long index, long term, InputStream captured) throws IOException;

    /** A consistent copy of the state, written once by a thread of the server's. */
    interface Capture {
        void writeTo(OutputStream out) throws IOException;
    }

    /** The state must not outlive the process; the server goes on without a snapshot of it. */
    final class CaptureRefusedException extends IOException {
        private static final long serialVersionUID = 1;

        public CaptureRefusedException(@Nullable String message, Throwable cause) {
            super(message, cause);
        }
    }
}

package io.perilune.raft.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Has the next segment ready, filled with zeros, while the present one fills. Zeros and not a hole: a force then changes no
 * file system metadata, which made its p99 0.13 ms here against 3 to 4.6 ms; and what a crash loses reads as zeros.
 *
 * <p>The thread that writes the log owns this; the filling itself runs on the executor, or on the owner's thread when it
 * is needed before the executor came to it.
 */
final class SegmentSupply {
    static final String PREPARED_NAME = "next.prepared";

    /** Sizes are multiples of a page, so that the seal lies in one sector. */
    static final int GRAIN_BYTES = 4096;

    private static final int FILL_BYTES = 1024 * 1024;

    private final Files files;
    private final Path directory;
    private final WalOptions options;
    private final Executor background;
    private @Nullable FutureTask<Outcome> task;
    private volatile boolean closed;
    private volatile boolean spaceShort;
    private volatile long readyBytes;

    SegmentSupply(Files files, Path directory, WalOptions options, Executor background) {
        this.files = files;
        this.directory = directory;
        this.options = options;
        this.background = background;
    }

    sealed interface Outcome {
        /** A forced file of {@code bytes} zeros under the name {@link #PREPARED_NAME}. */
        record Ready(Files.OpenFile file, long bytes) implements Outcome {}

        record NoSpace(Appended.NoSpace how) implements Outcome {}
    }

    static long roundUp(long bytes) {
        return (bytes + GRAIN_BYTES - 1) / GRAIN_BYTES * GRAIN_BYTES;
    }

    Path preparedPath() {
        return directory.resolve(PREPARED_NAME);
    }

    /** The reserve forbade the last segment that was wanted. Any thread. */
    boolean spaceShort() {
        return spaceShort;
    }

    /** Size of the prepared segment; 0 while there is none. Any thread. */
    long readyBytes() {
        return readyBytes;
    }

    /** Begins to prepare a segment of the usual size. */
    void prepareNext() {
        FutureTask<Outcome> next = new FutureTask<>(() -> prepare(roundUp(options.segmentBytes())));
        task = next;
        try {
            background.execute(next);
        } catch (RejectedExecutionException busy) {
            // Then take() fills it when the time comes.
            return;
        }
    }

    /** Asks again for what the reserve forbade. The thread that appends. */
    void retry() {
        FutureTask<Outcome> last = task;
        if (spaceShort && (last == null || last.isDone())) {
            prepareNext();
        }
    }

    /** The prepared segment, of at least {@code bytes}. */
    Outcome take(long bytes) throws IOException {
        Outcome prepared = finishTask();
        if (!(prepared instanceof Outcome.Ready)) {
            // Not asked for, or refused for space that may be there by now.
            prepared = prepare(Math.max(roundUp(bytes), roundUp(options.segmentBytes())));
        }
        if (prepared instanceof Outcome.Ready ready && ready.bytes() < bytes) {
            prepared = enlarge(ready, roundUp(bytes));
        }
        if (prepared instanceof Outcome.Ready) {
            readyBytes = 0;
        }
        return prepared;
    }

    private @Nullable Outcome finishTask() throws IOException {
        FutureTask<Outcome> running = task;
        if (running == null) {
            return null;
        }
        task = null;
        // Does nothing if the executor has begun or ended it.
        running.run();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return running.get();
                } catch (InterruptedException again) {
                    interrupted = true;
                } catch (ExecutionException failure) {
                    throw asIoException(failure.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException asIoException(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException ours) {
            throw ours;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException failure ? failure : new IOException(cause);
    }

    private Outcome prepare(long bytes) throws IOException {
        readyBytes = 0;
        files.delete(preparedPath());
        Appended.NoSpace refusal = refuse(bytes);
        if (refusal != null) {
            return new Outcome.NoSpace(refusal);
        }
        Files.OpenFile file = files.create(preparedPath());
        return fill(file, 0, bytes);
    }

    private Outcome enlarge(Outcome.Ready ready, long bytes) throws IOException {
        Appended.NoSpace refusal = refuse(bytes - ready.bytes());
        if (refusal != null) {
            ready.file().close();
            files.delete(preparedPath());
            return new Outcome.NoSpace(refusal);
        }
        return fill(ready.file(), ready.bytes(), bytes);
    }

    private Appended.@Nullable NoSpace refuse(long bytes) throws IOException {
        long free = files.freeBytes(directory);
        spaceShort = free - bytes < options.reserveBytes();
        return spaceShort ? new Appended.NoSpace(directory, bytes, free, options.reserveBytes()) : null;
    }

    private Outcome fill(Files.OpenFile file, long from, long to) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(FILL_BYTES, to - from));
        try {
            for (long at = from; at < to && !closed; at += zeros.capacity()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
                file.write(zeros, at);
                // Piece by piece: one force of it all would stall the log's own forces behind it.
                file.force();
            }
            readyBytes = to;
            return new Outcome.Ready(file, to);
        } catch (Files.DiskFullException full) {
            // Someone else took the space between the question and the writing.
            file.close();
            files.delete(preparedPath());
            spaceShort = true;
            return new Outcome.NoSpace(
                    new Appended.NoSpace(directory, to - from, files.freeBytes(directory), options.reserveBytes()));
        }
    }

    /** Stops preparing and removes what was prepared. */
    void close() throws IOException {
        closed = true;
        Outcome prepared = finishTask();
        if (prepared instanceof Outcome.Ready ready) {
            ready.file().close();
            files.delete(preparedPath());
        }
    }
}

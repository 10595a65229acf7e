package io.perilune.raft.node;

import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.Files.DiskFullException;
import io.perilune.raft.storage.Pace;
import io.perilune.raft.storage.SnapshotStore;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one snapshot at a time while commands go on, and says when it is complete on disk. */
final class Snapshotter implements Workers.Step {
    private static final Logger log = LoggerFactory.getLogger(Snapshotter.class);
    private static final int BUFFER_BYTES = 256 << 10;
    /** Written by one node, so that commands hardly notice. */
    private static final long BYTES_PER_SECOND_MAX = 64L << 20;

    /**
     * A snapshot to write, and whom to tell.
     *
     * @param pauseNanos for which nothing was applied while it was captured
     */
    record Job(
            SnapshotMetadata metadata,
            Roster roster,
            StateMachine.Capture capture,
            long pauseNanos,
            CompletableFuture<Long> done) {}

    private final SnapshotStore store;
    private final Consumer<Job> written;
    private final Metering metering;
    private final AtomicReference<@Nullable Job> job = new AtomicReference<>();
    private volatile Runnable wake = () -> {};
    private volatile boolean closing;

    /** @param written takes a job whose file is complete; calls {@link #finished} at the end */
    Snapshotter(SnapshotStore store, Consumer<Job> written, Metering metering) {
        this.store = store;
        this.written = written;
        this.metering = metering;
    }

    void wakeWith(Runnable wake) {
        this.wake = wake;
    }

    boolean isBusy() {
        return job.get() != null;
    }

    /** @return false where one is being written */
    boolean begin(Job wanted) {
        if (!job.compareAndSet(null, wanted)) {
            return false;
        }
        wake.run();
        return true;
    }

    @Override
    public long run() throws IOException {
        Job current = job.get();
        if (current != null && !current.done().isDone()) {
            write(current);
        }
        return WHEN_WOKEN;
    }

    private void write(Job current) throws IOException {
        SnapshotMetadata metadata = current.metadata();
        try (SnapshotStore.Writer file = store.write(metadata)) {
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new Paced(file), BUFFER_BYTES));
            current.roster().writeTo(out);
            current.capture().writeTo(out);
            out.flush();
            file.commit();
        } catch (ClosingException e) {
            finished(current);
            current.done().completeExceptionally(new IllegalStateException(e.getMessage()));
            return;
        } catch (StateMachine.CaptureRefusedException e) {
            log.warn("no snapshot at index {}: {}", metadata.getIndex(), e.getMessage());
            metering.snapshotsFailed.increment();
            finished(current);
            current.done().completeExceptionally(e);
            return;
        } catch (DiskFullException e) {
            // The log still holds everything; the next threshold tries again.
            log.warn("no room for a snapshot at index {}: {}", metadata.getIndex(), e.getMessage());
            metering.snapshotsFailed.increment();
            finished(current);
            current.done().completeExceptionally(e);
            return;
        }
        written.accept(current);
    }

    /** A snapshot that is being written is given up. */
    void close() {
        closing = true;
    }

    private static final class ClosingException extends IOException {
        private static final long serialVersionUID = 1;

        ClosingException() {
            super("the server closed before the snapshot was complete");
        }
    }

    private final class Paced extends OutputStream {
        private final OutputStream out;
        private final Pace pace = new Pace(BYTES_PER_SECOND_MAX);

        Paced(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (closing) {
                throw new ClosingException();
            }
            out.write(bytes, offset, length);
            pace.spend(length);
        }
    }

    /** The next may begin. */
    void finished(Job ended) {
        job.compareAndSet(ended, null);
    }
}

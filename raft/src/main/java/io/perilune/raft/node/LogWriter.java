package io.perilune.raft.node;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.Appended;
import io.perilune.raft.storage.Batch;
import io.perilune.raft.storage.SnapshotMarker;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.Wal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the log: takes all that has come, appends it with one force, and only then delivers the answers that promise
 * it. The only worker that writes to the {@link Wal}. What is queued here is bounded by the core's limits on uncommitted
 * and inflight bytes.
 */
final class LogWriter implements Workers.Step {
    private static final Logger log = LoggerFactory.getLogger(LogWriter.class);
    private static final long NO_SPACE_RETRY_NANOS = 200_000_000;
    /**
     * Entries in one append; one piece of work always fits, and the core bounds that. Well below what the log takes at a
     * time, and little enough to be on disk within an election timeout.
     */
    private static final long APPEND_BYTES_MAX = 64L << 20;

    sealed interface Work {
        /** @param responses to deliver once the batch is on disk */
        record Append(Batch batch, List<Message> responses) implements Work {}

        /** A snapshot taken here is complete in the store. */
        record Marker(Snapshotter.Job job) implements Work {}

        /** Entries up to the index may go. */
        record Compact(long index) implements Work {}
    }

    /** Where the answers go. */
    interface Deliveries {
        void stored(List<Message> responses);

        void send(Message message);

        void installed(SnapshotMetadata metadata);

        void marked(Snapshotter.Job job);
    }

    private static final Appended NOTHING = new Appended.Done(0, 0, 0);

    private final Wal wal;
    private final SnapshotStore store;
    private final Deliveries deliveries;
    private final Workers workers;
    private final Metering metering;
    private final long self;
    private final Mailbox<Work> queue = new Mailbox<>(Integer.MAX_VALUE);
    /** Not yet written, in order; all that had come, when the disk is full. */
    private final ArrayDeque<Work> held = new ArrayDeque<>();

    private volatile @Nullable String fullDisk;

    LogWriter(Wal wal, SnapshotStore store, long self, Deliveries deliveries, Workers workers, Metering metering) {
        this.wal = wal;
        this.store = store;
        this.self = self;
        this.deliveries = deliveries;
        this.workers = workers;
        this.metering = metering;
    }

    /** To be followed by waking the worker. */
    void put(Work work) {
        queue.put(work);
    }

    /** Why no proposals should be taken, or null where there is room. */
    @Nullable
    String fullDisk() {
        return fullDisk;
    }

    @Override
    public long run() throws IOException {
        held.addAll(queue.drain());
        while (!held.isEmpty()) {
            if (!write(portion())) {
                return workers.nanoTime() + NO_SPACE_RETRY_NANOS;
            }
        }
        return fullDisk == null ? WHEN_WOKEN : lookForSpace();
    }

    /** What to write next; stays with the rest until it is written. */
    private List<Work> portion() {
        List<Work> portion = new ArrayList<>();
        long bytes = 0;
        for (Work work : held) {
            bytes += bytes(work);
            if (bytes > APPEND_BYTES_MAX && !portion.isEmpty()) {
                break;
            }
            portion.add(work);
        }
        return portion;
    }

    private static long bytes(Work work) {
        return work instanceof Work.Append append
                ? append.batch().entries().stream()
                        .mapToLong(Entry::getSerializedSize)
                        .sum()
                : 0;
    }

    /** @return false where there is no room for it now */
    private boolean write(List<Work> portion) throws IOException {
        List<Batch> batches = batches(portion);
        Appended appended = batches.isEmpty() ? NOTHING : wal.append(batches);
        if (appended instanceof Appended.NoSpace full) {
            noteSpace(full.toString());
            return false;
        } else if (appended instanceof Appended.Failed failed) {
            throw new IOException("the log cannot be written: " + failed.reason(), failed.cause());
        } else if (appended instanceof Appended.Done done) {
            finish(done, portion);
        }
        return true;
    }

    /** While proposals are refused nothing may be appended, so the answer to whether there is room has to be sought. */
    private long lookForSpace() {
        wal.retrySpace();
        noteSpace(shortage());
        return fullDisk == null ? WHEN_WOKEN : workers.nanoTime() + NO_SPACE_RETRY_NANOS;
    }

    private @Nullable String shortage() {
        return wal.status().spaceShort() ? "disk nearly full: no room for another log segment" : null;
    }

    /** Said once when it begins and once when it is over. */
    private void noteSpace(@Nullable String shortage) {
        if (shortage != null && fullDisk == null) {
            log.error("node {}: {}; it takes no commands until there is room", self, shortage);
        } else if (shortage == null && fullDisk != null) {
            log.warn("node {}: there is room for the log again; it takes commands", self);
        }
        fullDisk = shortage;
    }

    private static List<Batch> batches(List<Work> portion) {
        List<Batch> batches = new ArrayList<>(portion.size());
        for (Work work : portion) {
            if (work instanceof Work.Append append) {
                batches.add(append.batch());
            } else if (work instanceof Work.Marker marker) {
                batches.add(Batch.of(SnapshotMarker.taken(marker.job().metadata())));
            }
        }
        return batches;
    }

    private void finish(Appended.Done done, List<Work> portion) throws IOException {
        if (done.forceNanos() > 0) {
            metering.forced(done.forceNanos());
        }
        noteSpace(shortage());
        for (Work work : portion) {
            held.remove();
            if (work instanceof Work.Append append) {
                deliver(append);
            } else if (work instanceof Work.Marker marker) {
                deliveries.marked(marker.job());
                store.prune(wal.markers());
            } else if (work instanceof Work.Compact compact) {
                wal.compact(compact.index());
                store.prune(wal.markers());
            }
        }
    }

    private void deliver(Work.Append append) throws IOException {
        metering.entriesStored.add(append.batch().entries().size());
        SnapshotMarker snapshot = append.batch().snapshot();
        if (snapshot != null) {
            deliveries.installed(snapshot.metadata());
            store.prune(wal.markers());
        }
        List<Message> own = new ArrayList<>(append.responses().size());
        for (Message response : append.responses()) {
            if (response.getTo() == self) {
                own.add(response);
            } else {
                deliveries.send(response);
            }
        }
        deliveries.stored(own);
    }
}

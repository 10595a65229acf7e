package io.perilune.raft.node;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.LogStorage;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.Appended;
import io.perilune.raft.storage.Batch;
import io.perilune.raft.storage.DataDirectory;
import io.perilune.raft.storage.Recovery;
import io.perilune.raft.storage.SnapshotStore;
import io.perilune.raft.storage.StorageIdentity;
import io.perilune.raft.storage.StorageRefusedException;
import io.perilune.raft.storage.Wal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server's directory, opened: the lock, the snapshots, the log, and what they said at the start. */
final class Storage implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Storage.class);
    /** The term of the entries that every initial member writes for itself; the first election makes a greater one. */
    private static final long BOOTSTRAP_TERM = 1;

    private final DataDirectory directory;
    private final SnapshotStore snapshots;
    private final Wal wal;
    private final Acquaintances acquaintances;
    private final @Nullable ExecutorService segmentMaker;
    private final long commitAtStart;
    private volatile @Nullable SnapshotMetadata newestSnapshot;

    private Storage(
            DataDirectory directory,
            SnapshotStore snapshots,
            Wal wal,
            Acquaintances acquaintances,
            @Nullable ExecutorService segmentMaker,
            long commitAtStart,
            @Nullable SnapshotMetadata newestSnapshot) {
        this.directory = directory;
        this.snapshots = snapshots;
        this.wal = wal;
        this.acquaintances = acquaintances;
        this.segmentMaker = segmentMaker;
        this.commitAtStart = commitAtStart;
        this.newestSnapshot = newestSnapshot;
    }

    /** @throws IOException with a message for the operator where the directory cannot be used */
    static Storage open(RaftOptions options, Environment environment) throws IOException {
        try {
            DataDirectory directory = DataDirectory.open(environment.files(), options.directory());
            try {
                return open(options, environment, directory);
            } catch (IOException | StorageRefusedException | RuntimeException | Error e) {
                directory.close();
                throw e;
            }
        } catch (StorageRefusedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Storage open(RaftOptions options, Environment environment, DataDirectory directory)
            throws IOException, StorageRefusedException {
        StorageIdentity identity = new StorageIdentity(number(options.clusterId()), options.nodeId());
        directory.claim(identity);
        Acquaintances acquaintances =
                Acquaintances.open(environment.files(), directory.path(), environment.workers()::randomSeed);
        SnapshotStore snapshots = SnapshotStore.open(environment.files(), directory.snapshots(), identity);
        List<SnapshotMetadata> usable = snapshots.verifyAll();
        snapshots.damaged().forEach(damage -> log.warn("a damaged snapshot is set aside: {}", damage));
        ExecutorService segmentMaker = environment.inlineSegments() ? null : segmentMaker(options.nodeId());
        Wal.Opened opened = Wal.open(
                environment.files(),
                directory.wal(),
                identity,
                environment.wal(),
                usable,
                segmentMaker == null ? Runnable::run : segmentMaker,
                new ProgressLog());
        snapshots.keepOnly(opened.wal().markers());
        Recovery found = opened.recovery();
        report(options, found);
        long commit = found.hardState().getCommit();
        if (found.isNew() && options.initialMembers().isEmpty()) {
            DataDirectory.beginJoining(environment.files(), directory.path());
        } else if (found.isNew() && directory.isJoining()) {
            log.warn(
                    "node {} was started to join a cluster and begins none: it waits to be contacted",
                    options.nodeId());
        } else if (found.isNew()) {
            commit = bootstrap(options, opened.wal());
        }
        return new Storage(
                directory,
                snapshots,
                opened.wal(),
                acquaintances,
                segmentMaker,
                commit,
                found.snapshot().orElse(null));
    }

    private static ExecutorService segmentMaker(long nodeId) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "raft-" + nodeId + "-segments");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static void report(RaftOptions options, Recovery found) {
        found.cut().ifPresent(cut -> log.warn("{}; nothing in it had been acknowledged", cut));
        if (!found.isNew()) {
            log.info(
                    "node {} found {} log segments with entries {} to {}, committed at least to {}",
                    options.nodeId(),
                    found.segments(),
                    found.firstIndex(),
                    found.lastIndex(),
                    found.hardState().getCommit());
        }
    }

    /**
     * Every initial member begins with the same committed entries, one adding each of them, so that who belongs and where
     * they are is in the log from its start.
     *
     * @return the commit index
     */
    private static long bootstrap(RaftOptions options, Wal wal) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<Long, String> member : options.initialMembers().entrySet()) {
            ConfChange change = ConfChange.newBuilder()
                    .setType(ConfChangeType.ADD_NODE)
                    .setNodeId(member.getKey())
                    .setContext(ByteString.copyFromUtf8(
                            Roster.format(member.getKey(), new Roster.Place(member.getValue(), ""))))
                    .build();
            entries.add(Entry.newBuilder()
                    .setTerm(BOOTSTRAP_TERM)
                    .setIndex(entries.size() + 1)
                    .setType(EntryType.CONF_CHANGE)
                    .setData(change.toByteString())
                    .build());
        }
        HardState hardState = HardState.newBuilder()
                .setTerm(BOOTSTRAP_TERM)
                .setCommit(entries.size())
                .build();
        Appended appended = wal.append(List.of(Batch.of(entries, hardState)));
        if (!(appended instanceof Appended.Done)) {
            throw new IOException("the log cannot be begun: " + appended);
        }
        return entries.size();
    }

    /** The cluster's name as the number that files carry. */
    private static long number(String clusterId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(clusterId.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    SnapshotStore snapshots() {
        return snapshots;
    }

    Acquaintances acquaintances() {
        return acquaintances;
    }

    Wal wal() {
        return wal;
    }

    LogStorage log() {
        return wal.storage(this::newest);
    }

    long commitAtStart() {
        return commitAtStart;
    }

    private Optional<Snapshot> newest() {
        return Optional.ofNullable(newestSnapshot)
                .map(metadata -> Snapshot.newBuilder().setMetadata(metadata).build());
    }

    /** The newest snapshot that the log knows of, or null. */
    @Nullable
    SnapshotMetadata newestSnapshot() {
        return newestSnapshot;
    }

    /** A marker was appended; one that an installed snapshot has overtaken leaves no trace. The log writer. */
    void marked() {
        newestSnapshot = wal.newestMarker().orElse(null);
    }

    @Override
    public void close() {
        if (segmentMaker != null) {
            segmentMaker.shutdown();
        }
        wal.close();
        directory.close();
    }

    /** Says how far a long start-up is. */
    private static final class ProgressLog implements Recovery.Progress {
        private static final long INTERVAL_NANOS = 2_000_000_000L;
        private long saidNanos = System.nanoTime();

        @Override
        public void read(long bytesRead, long bytesTotal, long lastIndex) {
            long now = System.nanoTime();
            if (now - saidNanos > INTERVAL_NANOS) {
                saidNanos = now;
                log.info("reading the log: {} of {} MiB, up to entry {}", bytesRead >> 20, bytesTotal >> 20, lastIndex);
            }
        }
    }
}

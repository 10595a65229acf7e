package io.perilune.raft.storage;

import static io.perilune.raft.storage.WalHarness.hard;
import static io.perilune.raft.storage.WalHarness.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.sim.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Log and snapshots together, on a disk that crashes at any operation: whatever was acknowledged is there afterwards, and
 * nothing else than what was asked for. More seeds with {@code -Dstorage.seeds=N}, one with {@code -Dstorage.seed=N}.
 */
class StorageCrashTest {
    private static final int SEEDS = Integer.getInteger("storage.seeds", 300);
    private static final long ONLY_SEED = Long.getLong("storage.seed", -1);

    @Test
    void acknowledged_writes_survive_any_crash() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            if (ONLY_SEED < 0 || ONLY_SEED == seed) {
                run(seed, disk -> {});
            }
        }
    }

    @Test
    void a_program_that_does_not_force_files_is_found() {
        assertThat(firstFailure(disk -> disk.forgetForces(path -> true))).isBetween(1L, 20L);
    }

    @Test
    void a_program_that_does_not_force_directories_is_found() {
        assertThat(firstFailure(SimulatedDisk::forgetDirectoryForces)).isBetween(1L, 20L);
    }

    private static long firstFailure(Consumer<SimulatedDisk> mistake) {
        for (long seed = 1; seed <= 50; seed++) {
            try {
                run(seed, mistake);
            } catch (AssertionError found) {
                return seed;
            }
        }
        return -1;
    }

    private static void run(long seed, Consumer<SimulatedDisk> mistake) {
        try {
            new Life(seed, mistake).live();
        } catch (StorageRefusedException | IOException | RuntimeException | AssertionError failure) {
            throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
        }
    }

    /** What a log should hold. */
    private record State(NavigableMap<Long, Entry> entries, HardState hardState, SnapshotMetadata snapshot) {
        static final State NEW =
                new State(new TreeMap<>(), HardState.getDefaultInstance(), SnapshotMetadata.getDefaultInstance());

        long lastIndex() {
            return entries.isEmpty() ? snapshot.getIndex() : entries.lastKey();
        }

        State after(Batch batch) {
            TreeMap<Long, Entry> next = new TreeMap<>(entries);
            SnapshotMarker marker = batch.snapshot();
            if (marker != null && marker.origin() == SnapshotMarker.Origin.INSTALLED) {
                next.clear();
            }
            for (Entry each : batch.entries()) {
                next.tailMap(each.getIndex(), true).clear();
                next.put(each.getIndex(), each);
            }
            HardState hard = batch.hardState();
            return new State(next, hard == null ? hardState : hard, marker == null ? snapshot : marker.metadata());
        }
    }

    /** One node's storage over several crashes. */
    private static final class Life {
        private static final Path DATA = Path.of("/data");
        private static final StorageIdentity IDENTITY = new StorageIdentity(3, 4);

        private final SplittableRandom random;
        private final SimulatedDisk disk;
        private final WalOptions options;

        /** What may be found after a crash, the latest last: since the last force, each state is possible. */
        private final List<State> possible = new ArrayList<>(List.of(State.NEW));

        private SnapshotStore snapshots;
        private Wal wal;

        Life(long seed, Consumer<SimulatedDisk> mistake) {
            random = new SplittableRandom(seed);
            disk = new SimulatedDisk(random.split());
            options = new WalOptions(
                    4096 + 4096 * random.nextInt(3), 0, random.nextInt(4000), 1024 + random.nextInt(2000));
            mistake.accept(disk);
        }

        void live() throws StorageRefusedException, IOException {
            for (int crash = 0; crash < 8; crash++) {
                disk.crashIn(
                        1 + random.nextInt(random.nextBoolean() ? 30 : 250),
                        random.nextInt(4) == 0 ? SimulatedDisk.Crash.KILL : SimulatedDisk.Crash.POWER_CUT);
                try {
                    start();
                    work();
                } catch (SimulatedDisk.Crashed crashed) {
                    disk.crash();
                }
            }
            disk.cancelCrash();
            start();
        }

        private void start() throws StorageRefusedException, IOException {
            try (DataDirectory data = DataDirectory.open(disk, DATA)) {
                data.claim(IDENTITY);
                snapshots = SnapshotStore.open(disk, data.snapshots(), IDENTITY);
                List<SnapshotMetadata> usable = snapshots.verifyAll();
                assertThat(snapshots.damaged()).isEmpty();
                Wal.Opened opened = Wal.open(
                        disk, data.wal(), IDENTITY, options, usable, Runnable::run, Recovery.Progress.SILENT, () -> 99);
                wal = opened.wal();
                snapshots.keepOnly(wal.markers());
                check(opened.recovery());
            }
        }

        private void check(Recovery found) throws IOException {
            State state = possible.stream()
                    .filter(each -> matches(each, found))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("found " + found + "\nwhich is none of\n" + describe()));
            possible.clear();
            possible.add(new State(state.entries(), found.hardState(), state.snapshot()));
            checkSnapshot(state.snapshot());
        }

        private boolean matches(State state, Recovery found) {
            long commit =
                    Math.max(state.hardState().getCommit(), state.snapshot().getIndex());
            return found.hardState()
                            .equals(state.hardState().toBuilder()
                                    .setCommit(commit)
                                    .build())
                    && found.snapshot()
                            .orElse(SnapshotMetadata.getDefaultInstance())
                            .equals(state.snapshot())
                    && found.lastIndex() == state.lastIndex()
                    && found.firstIndex() <= state.snapshot().getIndex() + 1
                    && WalHarness.all(wal)
                            .equals(List.copyOf(state.entries()
                                    .tailMap(found.firstIndex(), true)
                                    .values()));
        }

        private String describe() {
            StringBuilder text = new StringBuilder();
            for (State each : possible) {
                text.append("last ")
                        .append(each.lastIndex())
                        .append(' ')
                        .append(each.hardState().toString().replace('\n', ' '));
                text.append("snapshot ").append(each.snapshot().getIndex()).append('\n');
            }
            return text.toString();
        }

        private void checkSnapshot(SnapshotMetadata snapshot) throws IOException {
            if (snapshot.getIndex() > 0) {
                try (var reader =
                        snapshots.read(snapshot.getTerm(), snapshot.getIndex()).orElseThrow()) {
                    assertThat(reader.state().readAllBytes()).isEqualTo(content(snapshot));
                }
            }
        }

        private State now() {
            return possible.get(possible.size() - 1);
        }

        private void work() throws IOException {
            int steps = random.nextInt(80);
            for (int i = 0; i < steps; i++) {
                switch (random.nextInt(12)) {
                    case 0 -> takeSnapshot();
                    case 1 -> installSnapshot();
                    case 2 -> compact();
                    case 3 -> {
                        if (random.nextInt(4) == 0) {
                            disk.failForceAfter(random.nextInt(3));
                        }
                    }
                    case 4 -> append(List.of(commitOnly(now())));
                    default -> append(batches());
                }
                if (wal.status().failure().isPresent()) {
                    break;
                }
            }
            disk.failForceAfter(-1);
            if (random.nextBoolean()) {
                wal.close();
            }
            disk.crash();
        }

        private List<Batch> batches() {
            List<Batch> batches = new ArrayList<>();
            State state = now();
            for (int i = random.nextInt(3); i >= 0; i--) {
                Batch batch = batch(state);
                batches.add(batch);
                state = state.after(batch);
            }
            return batches;
        }

        private Batch batch(State state) {
            long term = state.hardState().getTerm() + (random.nextInt(4) == 0 ? 1 : 0);
            term = Math.max(term, 1);
            long committed =
                    Math.max(state.hardState().getCommit(), state.snapshot().getIndex());
            long first = state.lastIndex() + 1;
            if (random.nextInt(5) == 0 && state.lastIndex() > committed) {
                first -= random.nextLong(state.lastIndex() - committed + 1);
            }
            long last = first + random.nextInt(5) - 1;
            List<Entry> entries =
                    WalHarness.entries(first, last, term, 1 + random.nextInt(random.nextInt(20) == 0 ? 6000 : 300));
            long end = entries.isEmpty() ? state.lastIndex() : last;
            long commit = committed + random.nextLong(end - committed + 1);
            return Batch.of(entries, hard(term, random.nextInt(3), commit));
        }

        private Batch commitOnly(State state) {
            HardState hard = state.hardState();
            long commit = hard.getCommit() + random.nextLong(Math.max(1, state.lastIndex() - hard.getCommit() + 1));
            return Batch.of(List.of(), hard.toBuilder().setCommit(commit).build());
        }

        private Appended append(List<Batch> batches) {
            State before = now();
            State after = before;
            boolean forced = false;
            for (Batch each : batches) {
                HardState hard = each.hardState();
                forced |= !each.entries().isEmpty() || each.snapshot() != null;
                forced |= hard != null
                        && (hard.getTerm() != after.hardState().getTerm()
                                || hard.getVote() != after.hardState().getVote());
                after = after.after(each);
            }
            // From the first byte on it may be there.
            possible.add(after);
            Appended result = wal.append(batches);
            if (result instanceof Appended.Done done) {
                assertThat(done.lastIndex()).isEqualTo(after.lastIndex());
                if (forced) {
                    possible.clear();
                    possible.add(after);
                }
            } else {
                assertThat(result).isInstanceOf(Appended.Failed.class);
            }
            return result;
        }

        private void takeSnapshot() throws IOException {
            State state = now();
            long committed = state.hardState().getCommit();
            if (committed > state.snapshot().getIndex()) {
                long at = state.snapshot().getIndex()
                        + 1
                        + random.nextLong(committed - state.snapshot().getIndex());
                SnapshotMetadata metadata =
                        WalHarness.snapshot(at, state.entries().get(at).getTerm());
                if (write(metadata)) {
                    append(List.of(Batch.of(SnapshotMarker.taken(metadata))));
                    snapshots.prune(wal.markers());
                }
            }
        }

        private void installSnapshot() throws IOException {
            if (random.nextInt(3) != 0) {
                return;
            }
            State state = now();
            long term = Math.max(1, state.hardState().getTerm());
            long at = state.hardState().getCommit() + 1 + random.nextInt(30);
            SnapshotMetadata metadata =
                    WalHarness.snapshot(Math.max(at, state.snapshot().getIndex() + 1), term);
            if (write(metadata)) {
                append(List.of(
                        new Batch(List.of(), hard(term, 0, metadata.getIndex()), SnapshotMarker.installed(metadata))));
                snapshots.prune(wal.markers());
            }
        }

        private boolean write(SnapshotMetadata metadata) {
            try (SnapshotStore.Writer writer = snapshots.write(metadata)) {
                writer.write(content(metadata));
                writer.commit();
                return true;
            } catch (IOException forceFailed) {
                // Then there is no snapshot, and the node goes on without.
                return false;
            }
        }

        private static byte[] content(SnapshotMetadata metadata) {
            byte[] content = new byte[(int) (metadata.getIndex() % 7 * 400)];
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.remaining() >= 16) {
                buffer.putLong(metadata.getIndex()).putLong(metadata.getTerm());
            }
            return content;
        }

        private void compact() {
            long upTo = wal.newestMarker().map(SnapshotMetadata::getIndex).orElse(0L);
            if (upTo > 0) {
                wal.compact(upTo - random.nextLong(Math.min(upTo, 20)));
                assertThat(view(wal).lastIndex()).isEqualTo(now().lastIndex());
            }
        }
    }
}

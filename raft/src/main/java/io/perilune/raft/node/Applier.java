package io.perilune.raft.node;

import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.SnapshotStore;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the state machine: the only worker that touches it. Takes committed entries in order, answers those who wait for
 * them, and says when it is time for a snapshot. What is queued here is bounded by the core, which hands out only so
 * many bytes before it hears that they are applied.
 */
final class Applier implements Workers.Step {
    sealed interface Work {
        /** @param changes the membership after each conf change among the entries, by index */
        record Entries(List<Entry> entries, Map<Long, Membership> changes, List<Message> responses) implements Work {}

        /** A snapshot in the store replaces the state. */
        record Install(SnapshotMetadata metadata) implements Work {}

        /** Somebody wants a snapshot of now; takes its index. */
        record Snapshot(CompletableFuture<Long> done) implements Work {}
    }

    /** Commands that the machine is told of ahead, give or take those that came together: their replies wait for all. */
    private static final int ANNOUNCED_MAX = 256;

    private static final int RESTORE_BUFFER_BYTES = 256 << 10;

    private final StateMachine machine;
    private final SnapshotStore store;
    private final Proposals proposals;
    private final RaftOptions.SnapshotPolicy policy;
    private final Snapshotter snapshotter;
    private final Consumer<Event> loop;
    private final Metering metering;
    private final ReplayLog replay;
    private final LongSupplier nanoTime;
    private final Mailbox<Work> queue = new Mailbox<>(Integer.MAX_VALUE);

    private Membership membership = Membership.NONE;
    private long entriesSinceSnapshot;
    private long bytesSinceSnapshot;
    private long appliedTerm;
    /** Entries up to here are in the snapshot that the state was last restored from. */
    private long restored;
    /** A snapshot of this index is going to replace the state. */
    private volatile long installing;

    private volatile long applied;

    Applier(
            StateMachine machine,
            SnapshotStore store,
            Proposals proposals,
            RaftOptions.SnapshotPolicy policy,
            Snapshotter snapshotter,
            Consumer<Event> loop,
            Metering metering,
            ReplayLog replay,
            LongSupplier nanoTime) {
        this.machine = machine;
        this.store = store;
        this.proposals = proposals;
        this.policy = policy;
        this.snapshotter = snapshotter;
        this.loop = loop;
        this.metering = metering;
        this.replay = replay;
        this.nanoTime = nanoTime;
    }

    /** To be followed by waking the worker. */
    void put(Work work) {
        queue.put(work);
    }

    /** The event loop: what is applied until this snapshot arrives here is not worth one of its own. */
    void expectInstall(long index) {
        installing = index;
    }

    /** Highest index that the state machine has seen. */
    long applied() {
        return applied;
    }

    @Override
    public long run() throws IOException {
        List<Work> works = queue.drain();
        int announced = 0;
        for (int i = 0; i < works.size(); i++) {
            Work work = works.get(i);
            if (work instanceof Work.Entries entries) {
                if (i >= announced) {
                    announced = announce(works, i);
                }
                apply(entries);
            } else if (work instanceof Work.Install install) {
                install(install.metadata());
            } else if (work instanceof Work.Snapshot wanted) {
                snapshot(wanted.done());
            }
        }
        snapshotIfDue();
        return WHEN_WOKEN;
    }

    private void apply(Work.Entries work) {
        for (Entry entry : work.entries()) {
            if (entry.getIndex() <= restored) {
                // Handed out before the snapshot, which came first.
                proposals.overtaken(entry);
                continue;
            }
            if (entry.getIndex() != applied + 1) {
                throw new IllegalStateException("entry " + entry.getIndex() + " to apply after " + applied);
            }
            apply(entry, work.changes());
        }
        metering.entriesApplied.add(work.entries().size());
        replay.at(applied);
        loop.accept(new Event.Applied(work.responses()));
    }

    /** Tells the machine what comes next; returns the place up to which it has been told. */
    private int announce(List<Work> works, int from) {
        List<StateMachine.Command> commands = new ArrayList<>();
        int end = from;
        while (end < works.size()
                && commands.size() < ANNOUNCED_MAX
                && works.get(end) instanceof Work.Entries entries) {
            for (Entry entry : entries.entries()) {
                if (entry.getIndex() > restored && isCommand(entry)) {
                    commands.add(new StateMachine.Command(
                            entry.getIndex(), entry.getTerm(), entry.getTime(), Tag.command(entry.getData())));
                }
            }
            end++;
        }
        if (commands.size() > 1) {
            machine.ahead(commands);
        }
        return end;
    }

    private static boolean isCommand(Entry entry) {
        return entry.getType() == EntryType.NORMAL && Tag.of(entry.getData()) != null;
    }

    private void apply(Entry entry, Map<Long, Membership> changes) {
        Object reply = "";
        if (isCommand(entry)) {
            reply = machine.apply(entry.getIndex(), entry.getTerm(), entry.getTime(), Tag.command(entry.getData()));
        } else {
            machine.skip(entry.getIndex(), entry.getTerm());
        }
        Membership changed = changes.get(entry.getIndex());
        if (changed != null) {
            membership = changed;
        }
        appliedTerm = entry.getTerm();
        entriesSinceSnapshot++;
        bytesSinceSnapshot += entry.getData().size();
        applied = entry.getIndex();
        proposals.applied(entry, reply);
    }

    private void install(SnapshotMetadata metadata) throws IOException {
        Optional<SnapshotStore.Reader> reader = store.read(metadata.getTerm(), metadata.getIndex());
        if (metadata.getIndex() < installing) {
            // A newer one follows, and the store may have dropped this one for it.
            if (reader.isPresent()) {
                reader.get().close();
            }
            return;
        }
        Membership changed = restore(metadata, reader);
        metering.snapshotsInstalled.increment();
        loop.accept(new Event.Restored(metadata.getIndex(), changed.roster()));
    }

    /** Makes the state what the snapshot says, before the worker starts. */
    Membership restore(SnapshotMetadata metadata) throws IOException {
        return restore(metadata, store.read(metadata.getTerm(), metadata.getIndex()));
    }

    private Membership restore(SnapshotMetadata metadata, Optional<SnapshotStore.Reader> found) throws IOException {
        try (SnapshotStore.Reader reader = found.orElseThrow(
                        () -> new IOException("the snapshot at index " + metadata.getIndex() + " is gone"));
                DataInputStream in = new DataInputStream(
                        new BufferedInputStream(replay.watch(reader.state()), RESTORE_BUFFER_BYTES))) {
            Roster roster = Roster.readFrom(in);
            machine.restore(metadata.getIndex(), metadata.getTerm(), in);
            membership = new Membership(metadata.getConfState(), roster);
        }
        appliedTerm = metadata.getTerm();
        entriesSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
        restored = metadata.getIndex();
        applied = metadata.getIndex();
        return membership;
    }

    private void snapshotIfDue() {
        boolean due = entriesSinceSnapshot >= policy.everyEntries() || bytesSinceSnapshot >= policy.everyBytes();
        if (due && !snapshotter.isBusy() && installing <= applied) {
            snapshot(new CompletableFuture<>());
        }
    }

    private void snapshot(CompletableFuture<Long> done) {
        if (installing > applied) {
            done.completeExceptionally(new IllegalStateException("a snapshot of the leader's is being installed"));
            return;
        }
        ConfState state = membership.state();
        SnapshotMetadata metadata = SnapshotMetadata.newBuilder()
                .setIndex(applied)
                .setTerm(appliedTerm)
                .setConfState(state)
                .build();
        long began = nanoTime.getAsLong();
        StateMachine.Capture capture = machine.capture();
        long pauseNanos = nanoTime.getAsLong() - began;
        if (applied == 0
                || !snapshotter.begin(new Snapshotter.Job(metadata, membership.roster(), capture, pauseNanos, done))) {
            done.completeExceptionally(new IllegalStateException("a snapshot is being written already"));
            return;
        }
        entriesSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
    }

    /** Ends what waits for a snapshot. */
    void close() {
        List<Work> left = new ArrayList<>(queue.close());
        for (@Nullable Work work : left) {
            if (work instanceof Work.Snapshot wanted) {
                wanted.done().completeExceptionally(new IllegalStateException("the server closed"));
            }
        }
    }
}

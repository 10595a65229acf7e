package io.perilune.raft.sim;

import com.google.protobuf.ByteString;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.core.Config;
import io.perilune.raft.core.LogStorage;
import io.perilune.raft.core.MemoryStorage;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.RaftEvent;
import io.perilune.raft.core.ReadState;
import io.perilune.raft.core.Ready;
import io.perilune.raft.core.Role;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A core with a disk that keeps what was written, and a state machine that a crash empties. */
public final class SimulatedReplica {
    private final long id;
    private final boolean async;
    private final UnaryOperator<Config.Builder> options;
    private final Consumer<Message> network;
    private final Judge judge;
    private final History history;
    private final Random chance;
    private final MemoryStorage disk = new MemoryStorage();
    private final Deque<Message> appendWork = new ArrayDeque<>();
    private final Deque<Message> applyWork = new ArrayDeque<>();
    private final Map<ByteString, Asked> reads = new HashMap<>();
    private final List<Confirmed> confirmedReads = new ArrayList<>();
    private final Map<ByteString, Long> writes = new HashMap<>();
    private Node node;
    private long applied;
    private long hash;
    private ConfState members = ConfState.getDefaultInstance();
    private long ledTerm;
    private boolean elected;
    private boolean superseded;

    /** A read that was begun here: what was committed, and what clients knew, when it was. */
    private record Asked(long committed, long told) {}

    /** A read that may be answered once {@code index} is applied. */
    private record Confirmed(long index, long told) {}

    SimulatedReplica(
            long id,
            Snapshot initial,
            boolean async,
            UnaryOperator<Config.Builder> options,
            Consumer<Message> network,
            Judge judge,
            History history,
            Random chance) {
        this.id = id;
        this.async = async;
        this.options = options;
        this.network = network;
        this.judge = judge;
        this.history = history;
        this.chance = chance;
        if (initial.getMetadata().getIndex() > 0) {
            disk.applySnapshot(initial);
        }
        start();
    }

    void start() {
        Snapshot snapshot = disk.snapshot().orElseThrow();
        install(snapshot);
        node = new Node(options.apply(Config.builder(id, disk, chance)
                        .applied(applied)
                        .asyncStorageWrites(async)
                        .listener(this::heard))
                .build());
    }

    /** Loses everything that was not written. */
    void crash() {
        node = null;
        appendWork.clear();
        applyWork.clear();
        reads.clear();
        confirmedReads.clear();
        writes.clear();
    }

    private void heard(RaftEvent event) {
        if (event instanceof RaftEvent.RoleChanged changed && changed.to() == Role.LEADER) {
            elected = true;
            ledTerm = changed.term();
        } else if (event instanceof RaftEvent.Committed committed) {
            judge.committed(committed.to());
        }
    }

    /** The listener must not call the node, so that what it heard is judged after the step. */
    void checkElection() {
        if (elected) {
            elected = false;
            judge.elected(id, ledTerm, node);
        }
    }

    void checkElectionIfUp() {
        if (isUp()) {
            checkElection();
        }
    }

    boolean isUp() {
        return node != null;
    }

    long id() {
        return id;
    }

    public Node node() {
        return node;
    }

    public long applied() {
        return applied;
    }

    public long stateHash() {
        return hash;
    }

    void deliver(Message message) {
        node.step(message);
        checkElection();
    }

    void read(ByteString context) {
        reads.put(context, new Asked(judge.committedMax(), history.begin()));
        node.readIndex(context);
    }

    /** Answered when it is applied here, if it is. */
    void write(ByteString command) {
        writes.put(command, history.begin());
        node.propose(command);
    }

    private void answerReads() {
        if (!superseded) {
            confirmedReads.removeIf(read -> {
                boolean ready = read.index() <= applied;
                if (ready) {
                    history.readAnswered(id, read.told(), applied);
                }
                return ready;
            });
        }
    }

    boolean hasWork() {
        return node.hasReady() || !appendWork.isEmpty() || !applyWork.isEmpty();
    }

    /** @param dies whether power fails somewhere in between */
    void handleReady(boolean dies) {
        if (!node.hasReady()) {
            return;
        }
        Ready ready = node.ready();
        for (ReadState state : ready.readStates()) {
            Asked asked = reads.remove(state.context());
            if (asked != null) {
                judge.read(id, state.index(), asked.committed());
                confirmedReads.add(new Confirmed(state.index(), asked.told()));
            }
        }
        answerReads();
        if (async) {
            for (Message message : ready.messages()) {
                route(message);
            }
        } else {
            handleInOrder(ready, dies);
        }
        if (dies) {
            crash();
        }
    }

    private void handleInOrder(Ready ready, boolean dies) {
        if (dies && chance.nextBoolean()) {
            return;
        }
        store(ready.hardState(), ready.snapshot(), ready.entries());
        if (dies && chance.nextBoolean()) {
            return;
        }
        ready.messages().forEach(network);
        ready.committedEntries().forEach(this::apply);
        node.advance();
        checkElection();
    }

    private void route(Message message) {
        if (message.getTo() == Node.APPEND_THREAD) {
            appendWork.add(message);
        } else if (message.getTo() == Node.APPLY_THREAD) {
            applyWork.add(message);
        } else {
            network.accept(message);
        }
    }

    void appendOne() {
        Message work = appendWork.poll();
        if (work == null) {
            return;
        }
        boolean state = work.getTerm() != 0 || work.getVote() != 0 || work.getCommit() != 0;
        HardState hardState = HardState.newBuilder()
                .setTerm(work.getTerm())
                .setVote(work.getVote())
                .setCommit(work.getCommit())
                .build();
        store(state ? hardState : null, work.hasSnapshot() ? work.getSnapshot() : null, work.getEntriesList());
        respond(work);
    }

    void applyOne() {
        Message work = applyWork.poll();
        if (work != null) {
            work.getEntriesList().forEach(this::apply);
            respond(work);
        }
    }

    private void respond(Message work) {
        for (Message response : work.getResponsesList()) {
            if (response.getTo() == id) {
                deliver(response);
            } else {
                network.accept(response);
            }
        }
    }

    private void store(HardState state, Snapshot snapshot, List<Entry> entries) {
        if (state != null) {
            judge.stored(id, state);
            disk.setHardState(state);
        }
        if (snapshot != null) {
            if (disk.applySnapshot(snapshot) != MemoryStorage.Change.DONE) {
                throw new Violation("node " + id + " told to store an old snapshot");
            }
            install(snapshot);
        }
        for (Entry entry : entries) {
            disk.append(List.of(entry));
            long previous = disk.term(entry.getIndex() - 1);
            if (previous >= 0) {
                judge.stored(id, previous, entry);
            }
        }
    }

    private void install(Snapshot snapshot) {
        superseded = false;
        applied = snapshot.getMetadata().getIndex();
        members = snapshot.getMetadata().getConfState();
        hash = snapshot.getData().isEmpty()
                ? 0
                : snapshot.getData().asReadOnlyByteBuffer().getLong();
        if (applied > 0) {
            judge.restored(id, applied, hash);
        }
    }

    private void apply(Entry entry) {
        if (superseded || (async && entry.getIndex() <= applied)) {
            // Handed out before a snapshot that is being, or was, installed meanwhile.
            return;
        }
        if (entry.getIndex() != applied + 1) {
            throw new Violation("node " + id + " told to apply " + entry.getIndex() + " after " + applied);
        }
        if (ConfChanges.isConfChange(entry)) {
            Optional<ConfState> changed = node.applyConfChange(entry);
            if (changed.isEmpty()) {
                superseded = true;
                return;
            }
            members = changed.get();
        }
        applied = entry.getIndex();
        hash = hash * 31 + Arrays.hashCode(entry.toByteArray());
        judge.applied(id, entry, hash);
        Long begun = writes.remove(entry.getData());
        if (begun != null) {
            history.writeAnswered(id, begun, applied);
        }
        answerReads();
    }

    /** Keeps a snapshot of the state, and drops the log before it. */
    void compact() {
        boolean stored = !superseded && applied <= disk.lastIndex() && disk.term(applied) != LogStorage.COMPACTED;
        ByteBuffer state = ByteBuffer.allocate(Long.BYTES).putLong(hash).flip();
        if (stored && disk.createSnapshot(applied, members, ByteString.copyFrom(state)) == MemoryStorage.Change.DONE) {
            // The term must be what is there: an overwritten tail would make a snapshot of what was never committed.
            disk.compact(applied);
        }
    }
}

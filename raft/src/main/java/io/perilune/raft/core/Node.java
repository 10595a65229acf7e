package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.tracker.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One member of a Raft group: a state machine that is told of ticks, messages and proposals, and answers through {@link
 * #ready()} with what is to be done. It does nothing by itself.
 *
 * <p>One thread owns a node, the first that calls it; calls from another, or from within a {@link Listener}, throw. What
 * may go wrong in a correct system is a {@link StepResult}; an {@link IllegalStateException} means that this node or its
 * storage broke a rule of Raft, and it must not be used any more.
 *
 * <pre>{@code
 * node.tick(); node.step(message); node.propose(command);   // whatever happened
 * while (node.hasReady()) {
 *   Ready ready = node.ready();
 *   persist(ready); send(ready.messages()); apply(ready);     // applyConfChange for each conf change entry
 *   node.advance();
 * }
 * }</pre>
 */
public final class Node {
    /** Largest term or index in a message: no cluster gets there, and there is room to count on. */
    private static final long NUMBER_MAX = Long.MAX_VALUE >> 1;

    /** Receiver of the messages that are storage writes, and sender of their responses. */
    public static final long APPEND_THREAD = -1;

    /** Receiver of the messages that are applying entries, and sender of their responses. */
    public static final long APPLY_THREAD = -2;

    private final Turn turn = new Turn();
    private final Raft raft;
    private final boolean async;
    private SoftState toldSoft;
    private long toldTerm;
    private long toldVote;
    private long toldCommit;

    /** What {@link #advance()} takes as done. */
    private final List<Message> ownMessages = new ArrayList<>();

    private List<Entry> applying = List.of();

    /**
     * @throws IllegalStateException if the storage contradicts itself, such as a commit index past the last entry
     */
    public Node(Config config) {
        raft = new Raft(config);
        async = config.asyncStorageWrites();
        toldSoft = softState();
        rememberHardState();
    }

    /** A unit of time passed. */
    public void tick() {
        run(raft::tick);
    }

    /** Starts an election now, as if the election timeout had passed. For tests and for starting up; breaks leases. */
    public void campaign() {
        run(() -> raft.startElection(Raft.Cause.TIMEOUT));
    }

    /** Proposes one command. {@link StepResult.Appended}, {@link StepResult.Forwarded} or {@link StepResult.Dropped}. */
    public StepResult propose(ByteString data) {
        return propose(List.of(Entry.newBuilder().setData(data).build()));
    }

    /**
     * Proposes entries that are to follow each other in the log; all are taken, or none. Term and index are set by the
     * leader, everything else is carried untouched.
     *
     * @param entries at least one
     */
    public StepResult propose(List<Entry> entries) {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a proposal of no entries");
        }
        return ask(() -> raft.propose(entries));
    }

    /** Proposes adding, removing or updating one member. It takes effect when applied, see {@link #applyConfChange}. */
    public StepResult proposeConfChange(ConfChange change) {
        return proposeConfChange(EntryType.CONF_CHANGE, change.toByteString());
    }

    /** Proposes any number of membership changes at once; an empty one asks to leave the joint configuration. */
    public StepResult proposeConfChange(ConfChangeV2 change) {
        return proposeConfChange(EntryType.CONF_CHANGE_V2, change.toByteString());
    }

    private StepResult proposeConfChange(EntryType type, ByteString data) {
        return propose(List.of(Entry.newBuilder().setType(type).setData(data).build()));
    }

    /** Takes a message from another node, or a response of a storage thread. Senders are trusted to be who they say. */
    public StepResult step(Message message) {
        StepResult.Reason fault = fault(message);
        return fault == null ? ask(() -> raft.step(message)) : StepResult.dropped(fault);
    }

    private StepResult.@Nullable Reason fault(Message message) {
        boolean fromStorage = message.getFrom() == APPEND_THREAD || message.getFrom() == APPLY_THREAD;
        boolean known = fromStorage || raft.progress().contains(message.getFrom());
        return switch (message.getType()) {
            case MSG_HUP,
                    MSG_BEAT,
                    MSG_UNREACHABLE,
                    MSG_SNAP_STATUS,
                    MSG_CHECK_QUORUM,
                    MSG_FORGET_LEADER,
                    MSG_STORAGE_APPEND,
                    MSG_STORAGE_APPLY,
                    UNRECOGNIZED -> StepResult.Reason.LOCAL_MESSAGE;
            case MSG_STORAGE_APPEND_RESP, MSG_STORAGE_APPLY_RESP ->
                fromStorage ? null : StepResult.Reason.LOCAL_MESSAGE;
            case MSG_APP_RESP, MSG_VOTE_RESP, MSG_PRE_VOTE_RESP, MSG_HEARTBEAT_RESP, MSG_READ_INDEX_RESP ->
                known ? malformed(message) : StepResult.Reason.PEER_NOT_FOUND;
            case MSG_PROP -> message.getEntriesCount() == 0 ? StepResult.Reason.MALFORMED : malformed(message);
            case MSG_APP,
                    MSG_VOTE,
                    MSG_PRE_VOTE,
                    MSG_SNAP,
                    MSG_HEARTBEAT,
                    MSG_TRANSFER_LEADER,
                    MSG_TIMEOUT_NOW,
                    MSG_READ_INDEX -> malformed(message);
        };
    }

    private static StepResult.@Nullable Reason malformed(Message message) {
        boolean sound = isNumber(message.getTerm())
                && isNumber(message.getLogTerm())
                && isNumber(message.getIndex())
                && isNumber(message.getCommit())
                && isNumber(message.getRejectHint())
                && isNumber(message.getSnapshot().getMetadata().getIndex())
                && isNumber(message.getSnapshot().getMetadata().getTerm());
        boolean broken = message.getType() == MessageType.MSG_APP && !followEachOther(message);
        return sound && !broken ? null : StepResult.Reason.MALFORMED;
    }

    private static boolean isNumber(long termOrIndex) {
        return termOrIndex >= 0 && termOrIndex <= NUMBER_MAX;
    }

    /** Entries of an append have consecutive places, and terms that never fall nor pass the sender's. */
    private static boolean followEachOther(Message append) {
        long index = append.getIndex();
        long term = append.getLogTerm();
        List<Entry> entries = append.getEntriesList();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            index++;
            if (entry.getIndex() != index || entry.getTerm() < term || entry.getTerm() > append.getTerm()) {
                return false;
            }
            term = entry.getTerm();
        }
        return true;
    }

    /**
     * Asks for an index at which a read is linearizable; the answer is a {@link ReadState} with this context. It may never
     * come (messages get lost, leaders change): ask again after a while.
     */
    public StepResult readIndex(ByteString context) {
        return ask(() -> raft.readIndex(context));
    }

    /** Whether {@link #ready()} would hold anything. */
    public boolean hasReady() {
        return !raft.outbox.isEmpty()
                || raft.log.tail().hasNewEntries()
                || raft.log.tail().newSnapshot() != null
                || raft.log.hasNextToApply(!async)
                || hardStateChanged()
                || softStateChanged()
                || !raft.readStates().isEmpty();
    }

    /** Takes what is to be done; nothing in it will be told again. */
    public Ready ready() {
        return ask(this::takeReady);
    }

    private Ready takeReady() {
        if (!ownMessages.isEmpty() || !applying.isEmpty()) {
            throw new IllegalStateException("ready taken before advance for the last one");
        }
        List<Entry> entries = raft.log.tail().newEntries();
        List<Entry> committed = raft.log.nextToApply(!async);
        Snapshot snapshot = raft.log.tail().newSnapshot();
        HardState hardState = hardStateChanged() ? hardState() : null;
        boolean mustSync = !entries.isEmpty() || raft.term() != toldTerm || raft.vote() != toldVote;
        List<Message> messages =
                async ? withStorageWork(entries, committed, snapshot, hardState) : withWaiting(committed, snapshot);
        Ready ready = new Ready(
                softStateChanged() ? softState() : null,
                hardState,
                Collections.unmodifiableList(raft.readStates()),
                entries,
                snapshot,
                committed,
                Collections.unmodifiableList(messages),
                mustSync);
        accepted(committed);
        return ready;
    }

    private void accepted(List<Entry> committed) {
        toldSoft = softStateChanged() ? softState() : toldSoft;
        rememberHardState();
        raft.messagesTaken();
        raft.log.tail().handOut();
        if (!committed.isEmpty()) {
            raft.log.handedOutToApply(committed, !async);
        }
    }

    /** Messages for others; those to this node itself, and what storing will have done, wait for {@link #advance()}. */
    private List<Message> withWaiting(List<Entry> committed, @Nullable Snapshot snapshot) {
        List<Message> messages = raft.outbox.atOnce();
        for (Message message : raft.outbox.onceStored()) {
            (message.getTo() == raft.id ? ownMessages : messages).add(message);
        }
        if (raft.log.hasUnstableEntries() || snapshot != null) {
            ownMessages.add(stored(snapshot));
        }
        applying = committed;
        return messages;
    }

    private List<Message> withStorageWork(
            List<Entry> entries, List<Entry> committed, @Nullable Snapshot snapshot, @Nullable HardState hardState) {
        List<Message> messages = raft.outbox.atOnce();
        List<Message> waiting = raft.outbox.onceStored();
        if (!entries.isEmpty() || snapshot != null || hardState != null || !waiting.isEmpty()) {
            messages.add(append(entries, snapshot, hardState, waiting));
        }
        if (!committed.isEmpty()) {
            messages.add(apply(committed));
        }
        return messages;
    }

    private Message append(
            List<Entry> entries, @Nullable Snapshot snapshot, @Nullable HardState hardState, List<Message> waiting) {
        Message.Builder append = Message.newBuilder()
                .setType(MessageType.MSG_STORAGE_APPEND)
                .setFrom(raft.id)
                .setTo(APPEND_THREAD)
                .addAllEntries(entries)
                .addAllResponses(waiting);
        if (hardState != null) {
            append.setTerm(hardState.getTerm()).setVote(hardState.getVote()).setCommit(hardState.getCommit());
        }
        if (snapshot != null) {
            append.setSnapshot(snapshot);
        }
        if (raft.log.hasUnstableEntries() || snapshot != null) {
            append.addResponses(stored(snapshot));
        }
        return append.build();
    }

    /**
     * Says that everything so far is on disk. Also sent when nothing new is stored, as long as anything is not known to
     * be: an earlier answer may have been of another term, and was ignored then.
     */
    private Message stored(@Nullable Snapshot snapshot) {
        Message.Builder stored = Message.newBuilder()
                .setType(MessageType.MSG_STORAGE_APPEND_RESP)
                .setFrom(APPEND_THREAD)
                .setTo(raft.id)
                .setTerm(raft.term());
        if (raft.log.hasUnstableEntries()) {
            stored.setIndex(raft.log.lastIndex()).setLogTerm(raft.log.lastTerm());
        }
        if (snapshot != null) {
            stored.setSnapshot(snapshot);
        }
        return stored.build();
    }

    private Message apply(List<Entry> committed) {
        return Message.newBuilder()
                .setType(MessageType.MSG_STORAGE_APPLY)
                .setFrom(raft.id)
                .setTo(APPLY_THREAD)
                .addAllEntries(committed)
                .addResponses(Message.newBuilder()
                        .setType(MessageType.MSG_STORAGE_APPLY_RESP)
                        .setFrom(APPLY_THREAD)
                        .setTo(raft.id)
                        .addAllEntries(committed))
                .build();
    }

    /** The last {@link #ready()} is done. Only without {@link Config#asyncStorageWrites()}. */
    public void advance() {
        if (async) {
            throw new IllegalStateException("advance called on a node with asynchronous storage writes");
        }
        run(() -> {
            List<Message> own = List.copyOf(ownMessages);
            List<Entry> applied = applying;
            ownMessages.clear();
            applying = List.of();
            own.forEach(raft::step);
            raft.applied(applied);
        });
    }

    /**
     * Puts a committed conf change into effect; to be called for each conf change entry when it is applied, before it is
     * reported as applied. The answer belongs into snapshots from this index on. Which entry holds it is not known here, so
     * that the caller must not apply one that a newer snapshot has overtaken.
     *
     * @throws IllegalStateException if it cannot be applied to the present members
     */
    public ConfState applyConfChange(ConfChangeV2 change) {
        return ask(() -> raft.applyConfChange(change));
    }

    /**
     * As {@link #applyConfChange(ConfChangeV2)}, for the entry that holds the change. Empty when a snapshot that is newer
     * than the entry waits to be installed, or was: then skip this entry and the ones after it, and keep no snapshot of
     * the state, until that is done.
     *
     * @throws IllegalArgumentException if the entry holds none, or one that cannot be decoded
     */
    public Optional<ConfState> applyConfChange(Entry entry) {
        if (!ConfChanges.isConfChange(entry)) {
            throw new IllegalArgumentException("entry " + entry.getIndex() + " is no conf change");
        }
        if (raft.log.hasPendingSnapshot() || entry.getIndex() <= raft.log.applied()) {
            return Optional.empty();
        }
        try {
            return Optional.of(applyConfChange(ConfChanges.decode(entry)));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("entry " + entry.getIndex() + " holds no readable conf change", e);
        }
    }

    /** As {@link #applyConfChange(ConfChangeV2)}. */
    public ConfState applyConfChange(ConfChange change) {
        return applyConfChange(ConfChanges.general(change));
    }

    /** The last message to this peer could not be sent. */
    public void reportUnreachable(long peer) {
        run(() -> {
            Progress progress = raft.progress().of(peer);
            if (progress != null && raft.acting() instanceof Leader leading) {
                leading.unreachable(progress);
            }
        });
    }

    /** Must be called for each {@code MSG_SNAP} in a Ready: nothing else is sent to the peer until then. */
    public void reportSnapshot(long peer, SnapshotStatus status) {
        run(() -> {
            Progress progress = raft.progress().of(peer);
            if (progress != null && raft.acting() instanceof Leader leading) {
                leading.snapshotSent(progress, status);
            }
        });
    }

    /** Asks that {@code peer} lead, from the leader or a follower. Given up after an election timeout. */
    public StepResult transferLeadership(long peer) {
        return ask(() -> raft.stepInRole(Message.newBuilder()
                .setType(MessageType.MSG_TRANSFER_LEADER)
                .setFrom(peer)
                .setTo(raft.id)
                .build()));
    }

    /** A follower stops to believe in its leader, and so may vote for another within its lease. */
    public void forgetLeader() {
        run(raft::forgetLeader);
    }

    /**
     * The term of the entry at an index, stored or not, so as to tell what became of a proposal; as {@link
     * LogStorage#term}.
     */
    public long termAt(long index) {
        return raft.log.term(index);
    }

    public Status status() {
        SortedMap<Long, Progress.View> progress = new TreeMap<>(Long::compareUnsigned);
        long transferee = 0;
        if (raft.acting() instanceof Leader leading) {
            transferee = leading.transferee();
            for (int i = 0; i < raft.progress().size(); i++) {
                progress.put(raft.progress().idAt(i), raft.progress().at(i).view());
            }
        }
        return new Status(
                raft.id,
                raft.term(),
                raft.vote(),
                raft.log.committed(),
                raft.leader(),
                raft.acting().role(),
                raft.log.applied(),
                raft.log.lastIndex(),
                transferee,
                raft.members(),
                Collections.unmodifiableSortedMap(progress));
    }

    /** For transcripts, which set by hand what is drawn by chance; forgotten at the next change of role. */
    void setElectionTimeout(int ticks) {
        raft.setElectionTimeout(ticks);
    }

    private SoftState softState() {
        return new SoftState(raft.leader(), raft.acting().role());
    }

    private boolean softStateChanged() {
        return toldSoft.leader() != raft.leader()
                || toldSoft.role() != raft.acting().role();
    }

    private HardState hardState() {
        return HardState.newBuilder()
                .setTerm(raft.term())
                .setVote(raft.vote())
                .setCommit(raft.log.committed())
                .build();
    }

    private boolean hardStateChanged() {
        return raft.term() != toldTerm || raft.vote() != toldVote || raft.log.committed() != toldCommit;
    }

    private void rememberHardState() {
        toldTerm = raft.term();
        toldVote = raft.vote();
        toldCommit = raft.log.committed();
    }

    private void run(Runnable action) {
        turn.begin();
        try {
            action.run();
        } finally {
            turn.end();
        }
    }

    private <T> T ask(Supplier<T> question) {
        turn.begin();
        try {
            return question.get();
        } finally {
            turn.end();
        }
    }
}

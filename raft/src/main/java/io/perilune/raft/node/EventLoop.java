package io.perilune.raft.node;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.ReadState;
import io.perilune.raft.core.Ready;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.SnapshotStatus;
import io.perilune.raft.core.SoftState;
import io.perilune.raft.core.Status;
import io.perilune.raft.core.StepResult;
import io.perilune.raft.node.Pending.Stage;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.storage.Batch;
import io.perilune.raft.storage.SnapshotMarker;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressState;
import io.perilune.raft.transport.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one worker that touches the core. It takes what has happened, lets the core decide, and passes the decisions on:
 * messages to the transport at once, entries to the log writer, committed ones to the applier. It never waits.
 *
 * <p>A proposal is placed in one term: forwarded proposals carry the term they are meant for, and a leader of another
 * refuses them. So when the first entry of a later term is committed, every proposal of an earlier term that has not been
 * seen is certainly lost, and may be made again.
 */
final class EventLoop implements Workers.Step {
    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
    /** After being held up, a node does not make up for lost ticks: it would depose a leader whose messages wait. */
    private static final int TICKS_AT_ONCE = 2;

    private static final int DEADLINE_TICKS = 2;
    /** Before a follower campaigns because the leader's process has ended; others need the same news to vote for it. */
    private static final long GONE_PAUSE_MILLIS = 30;

    private static final int GONE_PAUSE_RANDOM_MILLIS = 60;

    /** Where work goes. */
    interface Outlets {
        void append(LogWriter.Work.Append work);

        void compact(long index);

        void apply(Applier.Work.Entries work);

        /** A snapshot at {@code index} is on its way to the disk, and will replace the state. */
        void installing(long index);

        long applied();

        /** Why the disk takes no more proposals, or null. */
        @Nullable
        String fullDisk();

        /** This node was removed: it has nothing more to do. */
        void removed(String detail);

        /** This node must not take part: it has not the data it had. */
        void dataLost(String detail);
    }

    private final Node core;
    private final RaftOptions options;
    private final Transport transport;
    private final Outlets outlets;
    private final Proposals proposals;
    private final Reads reads;
    private final Workers workers;
    private final RandomGenerator random;
    private final Metering metering;
    private final Mailbox<Event> inbox;
    private final AtomicLong inboxBytes = new AtomicLong();
    private final long tickNanos;
    private final long electionNanos;

    private Roster roster;
    private SoftState soft = new SoftState(0, Role.FOLLOWER);
    private boolean leaderMoved;
    private long nextTickNanos;
    private long ticks;
    private final List<Pending> fresh = new ArrayList<>();
    private List<Pending> parked = new ArrayList<>();
    private long committedTerm;
    private final List<Event.Transfer> transfers = new ArrayList<>();
    private Event.@Nullable Drain drain;
    private boolean ledBeforeDrain;
    /** When the appends were handed out that the log writer has not finished. */
    private final ArrayDeque<Long> appending = new ArrayDeque<>();

    private long stallHandledNanos;
    /** Snapshots on their way, by peer: entries after them stay in the log. */
    private final Map<Long, Long> snapshotsUnderWay = new HashMap<>();

    /** The snapshot that is being installed, or 0. Until it is, nobody knows the members after it. */
    private long installing;
    /** Apply work from after that snapshot, in order; bounded like all that the core hands out for applying. */
    private final List<Message> afterInstall = new ArrayList<>();
    /** A newer snapshot waits in the core: what was handed out before it is not to be done any more. */
    private boolean overtaken;

    private long leaseUntilNanos;
    private long leaseTerm;
    private boolean leased;
    private boolean campaignPlanned;
    private long campaignNanos;
    /** Why this node is to stop, once {@link #leaveNanos} has come. */
    private @Nullable String leaving;

    private boolean membersChanged;

    private long leaveNanos;
    /** The clock when this run began. */
    private long nowNanos;
    /** When a peer was last heard. */
    private final Map<Long, Long> heardNanos = new HashMap<>();
    /** Peers that were removed, and until when they may hear that from here. */
    private final Map<Long, Long> departing = new HashMap<>();
    /** The term this node leads, what its log held when that began, and when. */
    private long ledTerm;

    private long ledFromIndex;
    private long ledSinceNanos;
    /** The last change of members that was handed out for applying. */
    private long changedAtIndex;

    /** Since when learners keep up. */
    private final Map<Long, Long> keepingUp = new HashMap<>();

    private @Nullable Pending promotion;
    /** Changes of members up to here are old news. */
    private final long quietUpTo;

    private volatile View view;

    /** What other threads may know of the core, as of the last tick or change. */
    record View(Status status, Roster roster, Set<Long> reachable) {}

    EventLoop(
            Node core,
            RaftOptions options,
            Roster roster,
            Transport transport,
            Outlets outlets,
            Proposals proposals,
            Workers workers,
            RandomGenerator random,
            Metering metering) {
        this.core = core;
        this.options = options;
        this.roster = roster;
        this.transport = transport;
        this.outlets = outlets;
        this.proposals = proposals;
        this.reads = new Reads(options.nodeId(), proposals.incarnation());
        this.workers = workers;
        this.random = random;
        this.metering = metering;
        this.inbox = new Mailbox<>(options.limits().inboxCount());
        this.tickNanos = options.timing().tick().toNanos();
        this.electionNanos = options.timing().electionTimeout().toNanos();
        this.nextTickNanos = workers.nanoTime() + tickNanos;
        this.nowNanos = workers.nanoTime();
        this.quietUpTo = core.status().commit();
        this.view = new View(core.status(), roster, Set.of());
    }

    /** Any thread. To be followed by waking the worker. */
    boolean offer(Event event) {
        long bytes = bytes(event);
        boolean fits = inboxBytes.addAndGet(bytes) <= options.limits().inboxBytes() || bytes == 0;
        if (fits && inbox.offer(event)) {
            return true;
        }
        inboxBytes.addAndGet(-bytes);
        metering.inboxRefused.increment();
        return false;
    }

    /** What counts is what comes from peers; everything else is small or bounded elsewhere. */
    private static long bytes(Event event) {
        return event instanceof Event.Received received ? received.message().getSerializedSize() : 0;
    }

    /** Any thread; for answers to work that was handed out, which must arrive. */
    void put(Event event) {
        inboxBytes.addAndGet(bytes(event));
        inbox.put(event);
    }

    View view() {
        return view;
    }

    int inboxDepth() {
        return inbox.size();
    }

    @Override
    public long run() {
        nowNanos = workers.nanoTime();
        List<Event> events = inbox.drain();
        for (int i = 0; i < events.size(); i++) {
            handle(events.get(i));
        }
        tickWhenDue();
        route();
        pump();
        if (leaderMoved) {
            leaderMoved = false;
            afterLeaderMoved();
            route();
            pump();
        }
        askForReads();
        reads.applied(outlets.applied());
        pump();
        finishDrain();
        return nextTickNanos;
    }

    private void handle(Event event) {
        if (event instanceof Event.Received received) {
            inboxBytes.addAndGet(-bytes(event));
            receive(received.message());
        } else if (event instanceof Event.Propose propose) {
            fresh.add(propose.pending());
        } else if (event instanceof Event.Stored stored) {
            appending.poll();
            stepAll(stored.responses());
        } else if (event instanceof Event.Applied applied) {
            stepAll(applied.responses());
        } else if (event instanceof Event.Read read) {
            read(read.request());
        } else if (event instanceof Event.Unreachable unreachable) {
            core.reportUnreachable(unreachable.peer());
        } else if (event instanceof Event.Gone gone) {
            gone(gone.peer());
        } else if (event instanceof Event.SnapshotSent sent) {
            snapshotSent(sent);
        } else if (event instanceof Event.SnapshotTaken taken) {
            compactBefore(taken.index());
        } else if (event instanceof Event.Restored restored) {
            installed(restored);
        } else if (event instanceof Event.Transfer transfer) {
            transfer(transfer);
        } else if (event instanceof Event.Drain draining) {
            beginDrain(draining);
        } else if (event instanceof Event.TurnedAway told) {
            turnedAway(told);
        }
    }

    // ---- time

    private void tickWhenDue() {
        long now = workers.nanoTime();
        int done = 0;
        while (now - nextTickNanos >= 0 && done < TICKS_AT_ONCE) {
            tick(now);
            nextTickNanos += tickNanos;
            done++;
        }
        if (now - nextTickNanos >= 0) {
            long skipped = (now - nextTickNanos) / tickNanos + 1;
            metering.ticksSkipped.add(skipped);
            nextTickNanos += skipped * tickNanos;
        }
    }

    private void tick(long now) {
        ticks++;
        if (mayTick(now)) {
            core.tick();
        }
        if (campaignPlanned && now - campaignNanos >= 0) {
            campaignPlanned = false;
            campaignIfLeaderless(now);
        } else if (soft.leader() == 0 && core.status().members().voters().isOnly(options.nodeId())) {
            // There is nobody whose silence would have to be waited for.
            campaignIfLeaderless(now);
        }
        if (ticks % DEADLINE_TICKS == 0) {
            expire(now);
        }
        fresh.addAll(parked);
        parked = new ArrayList<>();
        if (reads.isRoundOlderThan(electionNanos / 2, now)) {
            reads.abandonRound();
        }
        if (leaving != null && now - leaveNanos >= 0) {
            outlets.removed(leaving);
        }
        departing.entrySet().removeIf(peer -> {
            boolean due = now - peer.getValue() >= 0;
            if (due) {
                transport.removePeer(peer.getKey());
            }
            return due;
        });
        publish();
        promoteLearners(view.status(), now);
    }

    /**
     * The storage watchdog. Heartbeats do not wait for the disk, so a leader with a dead one would lead for ever: after an
     * election timeout it hands leadership over, after two it falls silent. A follower with a dead disk does not
     * campaign.
     */
    private boolean mayTick(long now) {
        long stalled = stalledNanos(now);
        if (stalled < electionNanos) {
            return true;
        }
        if (soft.role() != Role.LEADER || stalled > 2 * electionNanos) {
            return false;
        }
        if (now - stallHandledNanos > electionNanos) {
            stallHandledNanos = now;
            long heir = heir();
            log.error(
                    "the disk has not finished a write for {} ms: handing leadership to node {}",
                    TimeUnit.NANOSECONDS.toMillis(stalled),
                    heir);
            if (heir != 0) {
                endLease();
                core.transferLeadership(heir);
            }
        }
        return true;
    }

    private long stalledNanos(long now) {
        Long oldest = appending.peek();
        return oldest == null ? 0 : now - oldest;
    }

    private void expire(long now) {
        boolean leaderKnown = soft.leader() != 0;
        for (Pending pending : proposals.all()) {
            expire(pending, now);
        }
        reads.expire(now, leaderKnown);
        for (Iterator<Event.Transfer> each = transfers.iterator(); each.hasNext(); ) {
            Event.Transfer transfer = each.next();
            if (now - transfer.deadlineNanos() >= 0) {
                each.remove();
                transfer.done().complete(false);
            }
        }
    }

    private void expire(Pending pending, long now) {
        boolean late = now - pending.deadlineNanos >= 0;
        if (pending.stage == Stage.WAITING) {
            // One that is still in the inbox has no deadline for a leader yet.
            boolean gaveUp = pending.leaderDeadlineNanos != 0 && now - pending.leaderDeadlineNanos >= 0;
            if (late || gaveUp) {
                proposals.refuse(pending, RefusalReason.NO_LEADER, pending.waitingFor);
            }
        } else if (late) {
            proposals.unknown(
                    pending,
                    pending.stage == Stage.COMMITTED
                            ? "committed, but not applied in time"
                            : "not known to be committed in time");
        }
    }

    // ---- proposals

    /** Places what waits, wherever the leader is. */
    private void route() {
        if (fresh.isEmpty()) {
            return;
        }
        List<Pending> due = new ArrayList<>(fresh);
        fresh.clear();
        due.removeIf(pending -> pending.future.isDone());
        if (drain != null) {
            due.forEach(pending -> proposals.refuse(pending, RefusalReason.SHUTTING_DOWN, "the node is closing"));
            return;
        }
        long wait = workers.nanoTime() + options.timing().leaderWait().toNanos();
        for (Pending pending : due) {
            if (pending.leaderDeadlineNanos == 0) {
                pending.leaderDeadlineNanos = wait - pending.deadlineNanos < 0 ? wait : pending.deadlineNanos;
            }
        }
        inBatches(due, this::place);
    }

    private interface Place {
        void place(List<Pending> batch);
    }

    /** A batch becomes one append message to each peer, instead of one a proposal. */
    private void inBatches(List<Pending> all, Place place) {
        List<Pending> batch = new ArrayList<>();
        long bytes = 0;
        for (Pending pending : all) {
            boolean alone = pending.entry.getType() != EntryType.NORMAL;
            if (!batch.isEmpty()
                    && (alone || bytes + pending.bytes() > options.limits().messageBytes())) {
                place.place(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(pending);
            bytes += alone ? options.limits().messageBytes() : pending.bytes();
        }
        if (!batch.isEmpty()) {
            place.place(batch);
        }
    }

    private void place(List<Pending> batch) {
        Status status = core.status();
        if (status.role() == Role.LEADER) {
            placeHere(batch);
        } else if (status.leader() != 0) {
            forward(batch, status.leader(), status.term());
        } else {
            park(batch, "no leader is known");
        }
    }

    private void placeHere(List<Pending> batch) {
        if (batch.get(0).entry.getType() != EntryType.NORMAL && !admit(batch.get(0))) {
            return;
        }
        String full = outlets.fullDisk();
        if (full != null) {
            batch.forEach(pending -> proposals.refuse(pending, RefusalReason.OVERLOADED, full));
            return;
        }
        List<Entry> entries = new ArrayList<>(batch.size());
        batch.forEach(pending -> entries.add(pending.entry));
        StepResult result = core.propose(stamped(entries));
        if (result instanceof StepResult.Appended appended) {
            placed(batch, appended.term());
            StepResult.Refusal refusal = appended.refused();
            if (refusal != null) {
                batch.forEach(pending -> proposals.refuse(pending, reason(refusal), text(refusal)));
            }
        } else if (result instanceof StepResult.Dropped dropped) {
            dropped(batch, dropped.reason());
        } else {
            throw new IllegalStateException("a leader's proposal became " + result);
        }
    }

    private static void placed(List<Pending> batch, long term) {
        for (Pending pending : batch) {
            pending.stage = Stage.PLACED;
            pending.term = term;
        }
    }

    private void dropped(List<Pending> batch, StepResult.Reason reason) {
        if (reason == StepResult.Reason.TOO_MUCH_UNCOMMITTED) {
            batch.forEach(pending -> proposals.refuse(pending, RefusalReason.OVERLOADED, text(reason)));
        } else {
            park(batch, text(reason));
        }
    }

    private List<Entry> stamped(List<Entry> entries) {
        long time = workers.currentTimeMillis();
        List<Entry> stamped = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            stamped.add(entry.toBuilder().setTime(time).build());
        }
        return stamped;
    }

    private void forward(List<Pending> batch, long leader, long term) {
        Message.Builder message = Message.newBuilder()
                .setType(MessageType.MSG_PROP)
                .setFrom(options.nodeId())
                .setTo(leader)
                .setTerm(term);
        batch.forEach(pending -> message.addEntries(pending.entry));
        if (transport.send(message.build())) {
            placed(batch, term);
        } else {
            park(batch, "the leader, node " + leader + ", cannot be reached");
        }
    }

    private void park(List<Pending> batch, String why) {
        for (Pending pending : batch) {
            pending.stage = Stage.WAITING;
            pending.waitingFor = why;
        }
        parked.addAll(batch);
    }

    private static String text(StepResult.Reason reason) {
        return switch (reason) {
            case NO_LEADER -> "no leader is known";
            case CAMPAIGNING -> "an election is under way";
            case NOT_A_MEMBER -> "the leader was removed from the cluster";
            case TRANSFERRING -> "leadership is being handed over";
            case TOO_MUCH_UNCOMMITTED -> "too many bytes wait to be committed";
            case TOO_MANY_READS, FORWARDING_DISABLED, PEER_NOT_FOUND, LOCAL_MESSAGE, MALFORMED -> "refused: " + reason;
        };
    }

    private static RefusalReason reason(StepResult.Refusal refusal) {
        return switch (refusal) {
            case ANOTHER_IS_PENDING, MUST_LEAVE_JOINT_FIRST -> RefusalReason.CHANGE_IN_PROGRESS;
            case NOT_JOINT, INVALID -> RefusalReason.INVALID;
        };
    }

    private static String text(StepResult.Refusal refusal) {
        return switch (refusal) {
            case ANOTHER_IS_PENDING -> "another change of members is under way";
            case MUST_LEAVE_JOINT_FIRST -> "a change of members is half done";
            case NOT_JOINT -> "no change of members is half done";
            case INVALID -> "the change of members cannot be made, as when it removes the last voter";
        };
    }

    // ---- messages

    private void receive(Message message) {
        heardNanos.put(message.getFrom(), nowNanos);
        for (Entry entry : message.getEntriesList()) {
            if (entry.getType() != EntryType.NORMAL && !Proposals.isReadable(entry)) {
                log.warn(
                        "a message of node {} is dropped: its entry {} is unreadable",
                        message.getFrom(),
                        entry.getIndex());
                return;
            }
        }
        if (message.getType() != MessageType.MSG_PROP) {
            core.step(message);
        } else if (message.getReject()) {
            forwardRefused(message);
        } else {
            takeForwarded(message);
        }
    }

    private void stepAll(List<Message> messages) {
        for (Message message : messages) {
            core.step(message);
        }
    }

    /** A follower's proposals. They are taken in the term they were sent for or not at all, and the follower is told. */
    private void takeForwarded(Message message) {
        Status status = core.status();
        if (status.role() != Role.LEADER || status.term() != message.getTerm() || drain != null) {
            refuseForwarded(message, RefusalReason.NO_LEADER, "leadership moved");
        } else if (outlets.fullDisk() != null) {
            refuseForwarded(message, RefusalReason.OVERLOADED, "the disk of the leader is full");
        } else if (admitForwarded(message)) {
            StepResult result = core.propose(stamped(message.getEntriesList()));
            if (result instanceof StepResult.Dropped dropped) {
                boolean full = dropped.reason() == StepResult.Reason.TOO_MUCH_UNCOMMITTED;
                refuseForwarded(
                        message, full ? RefusalReason.OVERLOADED : RefusalReason.NO_LEADER, text(dropped.reason()));
            } else if (result instanceof StepResult.Appended appended && appended.refused() != null) {
                refuseForwarded(message, reason(appended.refused()), text(appended.refused()));
            }
        }
    }

    /**
     * Any thread. The refusal is a MSG_PROP that rejects: reason in {@code reject_hint}, incarnation and sequences in
     * context, words in an entry.
     */
    void refuseForwarded(Message message, RefusalReason reason, String detail) {
        ByteBuffer context = ByteBuffer.allocate(8 * (1 + message.getEntriesCount()));
        boolean first = true;
        for (Entry entry : message.getEntriesList()) {
            Tag tag = Proposals.tag(entry);
            if (tag == null) {
                continue;
            }
            if (first) {
                context.putLong(tag.incarnation());
                first = false;
            }
            context.putLong(tag.sequence());
        }
        transport.send(Message.newBuilder()
                .setType(MessageType.MSG_PROP)
                .setFrom(options.nodeId())
                .setTo(message.getFrom())
                .setTerm(message.getTerm())
                .setReject(true)
                .setRejectHint(reason.ordinal())
                .setContext(ByteString.copyFrom(context.flip()))
                .addEntries(Entry.newBuilder().setData(ByteString.copyFromUtf8(detail)))
                .build());
    }

    private void forwardRefused(Message message) {
        ByteBuffer context = message.getContext().asReadOnlyByteBuffer();
        int reason = (int) message.getRejectHint();
        if (context.remaining() < 8
                || context.getLong() != proposals.incarnation()
                || reason < 0
                || reason >= RefusalReason.values().length) {
            return;
        }
        String detail =
                message.getEntriesCount() == 1 ? message.getEntries(0).getData().toStringUtf8() : "";
        while (context.remaining() >= 8) {
            Pending pending = proposals.find(context.getLong());
            if (pending != null && pending.stage == Stage.PLACED && pending.term == message.getTerm()) {
                refused(pending, RefusalReason.values()[reason], detail);
            }
        }
    }

    private void refused(Pending pending, RefusalReason reason, String detail) {
        switch (reason) {
            case NO_LEADER, SHUTTING_DOWN -> park(List.of(pending), detail);
            case OVERLOADED, INVALID, TOO_LARGE, CHANGE_IN_PROGRESS, NO_SUCH_MEMBER ->
                proposals.refuse(pending, reason, detail);
        }
    }

    // ---- what the core decides

    private void pump() {
        while (core.hasReady()) {
            carryOut(core.ready());
        }
    }

    private void carryOut(Ready ready) {
        SoftState changed = ready.softState();
        if (changed != null) {
            leaderMoved |= changed.leader() != soft.leader() || changed.role() != soft.role();
            soft = changed;
        }
        for (Message message : ready.messages()) {
            if (message.getTo() == Node.APPEND_THREAD) {
                append(ready, message);
            } else if (message.getTo() == Node.APPLY_THREAD) {
                apply(message);
            } else {
                send(message);
            }
        }
        if (membersChanged) {
            membersChanged = false;
            forceCommit();
        }
        ready.readStates().forEach(this::readConfirmed);
    }

    private void send(Message message) {
        if (message.getType() == MessageType.MSG_SNAP) {
            snapshotsUnderWay.put(
                    message.getTo(), message.getSnapshot().getMetadata().getIndex());
            transport.sendSnapshot(message);
        } else if (!transport.send(message) && message.getType() == MessageType.MSG_APP) {
            core.reportUnreachable(message.getTo());
        }
    }

    /**
     * The commit index is written without a force, except that of a change of members: if this node is the only voter
     * left, it would find nobody after a crash who could tell it that it is.
     */
    private void forceCommit() {
        appending.add(workers.nanoTime());
        outlets.append(new LogWriter.Work.Append(new Batch(List.of(), null, null, true), List.of()));
    }

    private void append(Ready ready, Message message) {
        SnapshotMarker marker = null;
        if (ready.snapshot() != null) {
            marker = SnapshotMarker.installed(ready.snapshot().getMetadata());
            install(marker.metadata().getIndex());
            // Entries that the snapshot covers are never seen here: nobody can say whether ours are among them.
            for (Pending pending : proposals.all()) {
                if (pending.stage == Stage.PLACED) {
                    proposals.unknown(pending, "this node fell behind and took a snapshot instead of the log");
                }
            }
        }
        appending.add(workers.nanoTime());
        outlets.append(new LogWriter.Work.Append(
                new Batch(ready.entries(), ready.hardState(), marker), message.getResponsesList()));
    }

    /** What comes before the new snapshot need not be done any more: its core counts it as applied. */
    private void install(long index) {
        installing = index;
        outlets.installing(index);
        afterInstall.forEach(this::skip);
        afterInstall.clear();
        overtaken = false;
    }

    private void installed(Event.Restored restored) {
        if (restored.index() != installing) {
            // Another was stored meanwhile, and its members are newer.
            return;
        }
        installing = 0;
        adopt(restored.roster());
        List<Message> waiting = List.copyOf(afterInstall);
        afterInstall.clear();
        waiting.forEach(this::apply);
    }

    private void skip(Message applyWork) {
        applyWork.getEntriesList().forEach(proposals::overtaken);
        stepAll(applyWork.getResponsesList());
    }

    private void apply(Message message) {
        if (installing != 0) {
            afterInstall.add(message);
        } else if (overtaken) {
            skip(message);
        } else {
            outlets.apply(applicable(message));
        }
    }

    /** Puts conf changes into effect. From one on that a newer snapshot has overtaken, nothing is to be applied. */
    private Applier.Work.Entries applicable(Message message) {
        List<Entry> entries = message.getEntriesList();
        Map<Long, Membership> changes = new HashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.getTerm() > committedTerm) {
                loseBefore(entry.getTerm());
                committedTerm = entry.getTerm();
            }
            Pending pending = proposals.find(entry);
            if (pending != null) {
                pending.stage = Stage.COMMITTED;
            }
            if (entry.getType() != EntryType.NORMAL) {
                Optional<ConfState> changed = core.applyConfChange(entry);
                if (changed.isEmpty()) {
                    overtaken = true;
                    entries.subList(i, entries.size()).forEach(proposals::overtaken);
                    entries = entries.subList(0, i);
                    break;
                }
                changes.put(entry.getIndex(), membership(entry, changed.get()));
            }
        }
        return new Applier.Work.Entries(entries, changes, message.getResponsesList());
    }

    /** The first entry of {@code term} is committed: what was placed before it and not seen never will be. */
    private void loseBefore(long term) {
        List<Pending> lost = new ArrayList<>();
        for (Pending pending : proposals.all()) {
            if (pending.stage == Stage.PLACED && pending.term < term) {
                lost.add(pending);
            }
        }
        if (!lost.isEmpty()) {
            long wait = workers.nanoTime() + options.timing().leaderWait().toNanos();
            lost.forEach(pending ->
                    pending.leaderDeadlineNanos = wait - pending.deadlineNanos < 0 ? wait : pending.deadlineNanos);
            park(lost, "the leader changed before it was committed");
        }
    }

    private Membership membership(Entry entry, ConfState state) {
        changedAtIndex = entry.getIndex();
        membersChanged = true;
        adopt(roster.after(state, places(Proposals.confChange(entry))));
        if (entry.getIndex() > quietUpTo) {
            log.info("members are now {}, as of index {}", core.status().members(), entry.getIndex());
        }
        return new Membership(state, roster);
    }

    // ---- members

    /** Whether a change of members may go into the log now; otherwise it is refused, or waits. */
    private boolean admit(Pending pending) {
        MemberRules.Verdict verdict = judge(pending.entry);
        if (verdict instanceof MemberRules.Verdict.Refused refused) {
            proposals.refuse(pending, refused.reason(), refused.why());
        } else if (verdict instanceof MemberRules.Verdict.Later later) {
            park(List.of(pending), later.why());
        }
        return verdict instanceof MemberRules.Verdict.Fine;
    }

    private boolean admitForwarded(Message message) {
        for (Entry entry : message.getEntriesList()) {
            MemberRules.Verdict verdict = entry.getType() == EntryType.NORMAL ? MemberRules.FINE : judge(entry);
            if (verdict instanceof MemberRules.Verdict.Refused refused) {
                refuseForwarded(message, refused.reason(), refused.why());
                return false;
            } else if (verdict instanceof MemberRules.Verdict.Later later) {
                // Whoever asks parks it, and asks again.
                refuseForwarded(message, RefusalReason.NO_LEADER, later.why());
                return false;
            }
        }
        return true;
    }

    private static final MemberRules.Verdict FINE = new MemberRules.Verdict.Fine();

    /** Fine, refused or later. */
    private MemberRules.Verdict judge(Entry entry) {
        Status status = core.status();
        noteLeading(status);
        if (status.applied() < ledFromIndex) {
            return new MemberRules.Verdict.Later("the leader is new and has yet to apply its log");
        }
        if (status.applied() < changedAtIndex) {
            // Whoever waited for it may have heard already, and ask for the next.
            return new MemberRules.Verdict.Later("the last change of members is being applied");
        }
        ConfChangeV2 change = Proposals.confChange(entry);
        MemberRules rules = new MemberRules(options.nodeId(), roster, status.members(), reachable(status));
        MemberRules.Verdict verdict = rules.judge(change, places(change));
        if (verdict instanceof MemberRules.Verdict.Unreachable unreachable) {
            return nowNanos - ledSinceNanos < electionNanos
                    ? new MemberRules.Verdict.Later(unreachable.why())
                    : new MemberRules.Verdict.Refused(RefusalReason.INVALID, unreachable.why());
        }
        return verdict instanceof MemberRules.Verdict.Fine && rules.deposes(change) ? handOver(status) : verdict;
    }

    /**
     * A leader does not remove itself: once it has committed that and gone, those who are left may not know it, and the
     * one that does not may be the one whose vote is missing. The next leader does it.
     */
    private MemberRules.Verdict handOver(Status status) {
        long heir = heir();
        if (heir == 0) {
            return new MemberRules.Verdict.Refused(
                    RefusalReason.INVALID, "the leader cannot be removed: no other voter can be reached to lead");
        }
        if (status.transferee() == 0) {
            endLease();
            core.transferLeadership(heir);
        }
        return new MemberRules.Verdict.Later("leadership is handed over to node " + heir + " first");
    }

    private void noteLeading(Status status) {
        if (ledTerm != status.term()) {
            ledTerm = status.term();
            ledFromIndex = status.lastIndex();
            ledSinceNanos = nowNanos;
        }
    }

    /** Heard within an election timeout, which is some heartbeats. */
    private Set<Long> reachable(Status status) {
        Set<Long> reachable = new HashSet<>();
        for (long id : status.progress().keySet()) {
            Long heard = heardNanos.get(id);
            if (id == options.nodeId() || (heard != null && nowNanos - heard < electionNanos)) {
                reachable.add(id);
            }
        }
        return reachable;
    }

    /**
     * Makes a voter of a learner that has been within one window of the log's end for an election timeout: it then
     * delays no commit by more than a moment.
     */
    private void promoteLearners(Status status, long now) {
        if (status.role() != Role.LEADER || status.transferee() != 0 || drain != null) {
            keepingUp.clear();
            return;
        }
        noteLeading(status);
        keepingUp.keySet().retainAll(status.members().learners().toList());
        for (long learner : status.members().learners().toList()) {
            if (!keepsUp(learner, status)) {
                keepingUp.remove(learner);
            } else if (now - keepingUp.computeIfAbsent(learner, id -> now) >= electionNanos) {
                promote(learner, now);
            }
        }
    }

    private boolean keepsUp(long learner, Status status) {
        Progress.View progress = status.progress().get(learner);
        return progress != null
                && progress.state() == ProgressState.REPLICATE
                && status.lastIndex() - progress.match() <= options.limits().inflightCount()
                && view.reachable().contains(learner);
    }

    private void promote(long learner, long now) {
        if (promotion != null && !promotion.future.isDone()) {
            return;
        }
        ConfChangeV2.Builder change = ConfChangeV2.newBuilder();
        change.addChangesBuilder().setType(ConfChangeType.ADD_NODE).setNodeId(learner);
        Roster.Place place = roster.places().get(learner);
        if (place != null && roster.places().containsKey(place.replaces())) {
            // Two changes in one are made through a joint configuration: no moment has a voter too many or too few.
            change.addChangesBuilder().setType(ConfChangeType.REMOVE_NODE).setNodeId(place.replaces());
        }
        promotion = proposals.open(
                change.build(), "", now + options.timing().leaderWait().toNanos());
        if (promotion != null) {
            fresh.add(promotion);
        }
    }

    static SortedMap<Long, Roster.Place> places(ConfChangeV2 change) {
        return Roster.parse(Proposals.context(change));
    }

    private void adopt(Roster changed) {
        for (long id : changed.removed()) {
            if (!roster.removed().contains(id)) {
                // The news of its removal may still be on its way to it.
                departing.put(id, nowNanos + electionNanos);
            }
        }
        roster = changed;
        changed.places().forEach((id, place) -> transport.putPeer(id, place.raft()));
        if (changed.removed().contains(options.nodeId())) {
            log.info(
                    "node {} was removed from the cluster; it stays until a member says so, who may need it till then",
                    options.nodeId());
        }
        publish();
    }

    private void turnedAway(Event.TurnedAway told) {
        switch (told.why()) {
            case WELCOME, NOT_NOW ->
                throw new IllegalStateException("turned away as " + told.why() + " by node " + told.byPeer());
            case REMOVED -> leave("node " + told.byPeer() + " says that this node was removed from the cluster");
            case OTHER_DATA ->
                outlets.dataLost("node " + told.byPeer() + " knows node " + options.nodeId()
                        + " with other data than is in "
                        + options.directory() + ". What was lost with that may have been promised, and an id is never"
                        + " reused: restore the data, or remove node " + options.nodeId()
                        + " from the cluster and let this one join under a new id");
        }
    }

    /**
     * Soon: whoever asked for it may wait for the answer here, and others for news that this node has. That a member says
     * so is waited for, since until one has applied the removal, the vote of this node may be the one that is missing.
     */
    private void leave(String why) {
        if (leaving == null) {
            leaving = why;
            leaveNanos = nowNanos + electionNanos;
        }
    }

    // ---- leaders

    private void afterLeaderMoved() {
        metering.leaderChanges.increment();
        long term = core.status().term();
        log.debug("node {} is {} in term {}, leader {}", options.nodeId(), soft.role(), term, soft.leader());
        if (soft.leader() != 0) {
            log.info("node {} leads in term {}", soft.leader(), term);
        }
        reads.abandonRound();
        endLease();
        if (soft.leader() != 0) {
            campaignPlanned = false;
        }
        transfers.removeIf(transfer -> transfer.member() == soft.leader()
                && (transfer.done().complete(true) || transfer.done().isDone()));
        fresh.addAll(parked);
        parked = new ArrayList<>();
        publish();
    }

    private void transfer(Event.Transfer transfer) {
        if (soft.leader() == transfer.member()) {
            transfer.done().complete(true);
            return;
        }
        endLease();
        StepResult result = core.transferLeadership(transfer.member());
        if (result instanceof StepResult.Dropped) {
            transfer.done().complete(false);
        } else {
            transfers.add(transfer);
        }
    }

    /** The voter that is best prepared to lead, or 0. */
    private long heir() {
        long best = 0;
        long bestMatch = -1;
        Status status = core.status();
        Set<Long> reachable = reachable(status);
        for (Map.Entry<Long, Progress.View> each : status.progress().entrySet()) {
            Progress.View progress = each.getValue();
            boolean eligible =
                    each.getKey() != options.nodeId() && !progress.learner() && reachable.contains(each.getKey());
            if (eligible && progress.match() > bestMatch) {
                best = each.getKey();
                bestMatch = progress.match();
            }
        }
        return best;
    }

    /** The leader's process has ended: no need to wait for the election timeout. Pre-votes keep a mistake harmless. */
    private void gone(long peer) {
        core.reportUnreachable(peer);
        if (peer != soft.leader() || soft.role() != Role.FOLLOWER) {
            return;
        }
        log.info("the leader, node {}, has ended", peer);
        core.forgetLeader();
        long pause = GONE_PAUSE_MILLIS + random.nextInt(GONE_PAUSE_RANDOM_MILLIS);
        campaignPlanned = true;
        campaignNanos = workers.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause);
    }

    private void campaignIfLeaderless(long now) {
        Status status = core.status();
        boolean voter = status.members().voters().contains(options.nodeId());
        if (status.leader() == 0 && status.role() == Role.FOLLOWER && voter && stalledNanos(now) < electionNanos) {
            core.campaign();
        }
    }

    private void beginDrain(Event.Drain draining) {
        drain = draining;
        fresh.addAll(parked);
        parked = new ArrayList<>();
        ledBeforeDrain = soft.role() == Role.LEADER;
        long heir = ledBeforeDrain ? heir() : 0;
        if (heir != 0) {
            endLease();
            core.transferLeadership(heir);
        }
    }

    private void finishDrain() {
        Event.Drain current = drain;
        if (current == null) {
            return;
        }
        boolean leads = soft.role() == Role.LEADER;
        // Not before the heir has won: it may need this node's vote.
        boolean handedOver = leads ? heir() == 0 : soft.leader() != 0 || !ledBeforeDrain;
        boolean settled = proposals.count() == 0;
        if ((handedOver && settled) || workers.nanoTime() - current.deadlineNanos() >= 0) {
            current.done().complete(null);
        }
    }

    // ---- reads

    private void read(Reads.Request request) {
        boolean lease = request.consistency() == ReadConsistency.LEASE;
        Status status = lease ? core.status() : null;
        if (status != null && holdsLease(status)) {
            reads.place(request, status.commit());
        } else {
            reads.add(request);
        }
    }

    /**
     * A confirmed round proves that a majority heard this leader after the round began, and none of them votes for
     * another within an election timeout of that. Half of it is used, which leaves the other half to clocks that run at
     * different rates.
     */
    private boolean holdsLease(Status status) {
        return leased
                && status.role() == Role.LEADER
                && status.term() == leaseTerm
                && status.transferee() == 0
                && workers.nanoTime() - leaseUntilNanos < 0;
    }

    private void endLease() {
        leased = false;
    }

    private void askForReads() {
        if (!reads.wantsRound()) {
            return;
        }
        Status status = core.status();
        if (status.leader() == 0) {
            return;
        }
        long term = status.role() == Role.LEADER && status.transferee() == 0 ? status.term() : 0;
        StepResult result = core.readIndex(reads.begin(workers.nanoTime(), term));
        if (result instanceof StepResult.Dropped) {
            reads.abandonRound();
        }
    }

    private void readConfirmed(ReadState state) {
        Reads.Confirmed confirmed = reads.answered(state.context(), state.index());
        if (confirmed != null && confirmed.term() != 0) {
            leased = true;
            leaseTerm = confirmed.term();
            leaseUntilNanos = confirmed.startedNanos() + electionNanos / 2;
        }
    }

    // ---- snapshots

    private void snapshotSent(Event.SnapshotSent sent) {
        snapshotsUnderWay.remove(sent.peer());
        (sent.complete() ? metering.snapshotsSent : metering.snapshotsFailed).increment();
        core.reportSnapshot(sent.peer(), sent.complete() ? SnapshotStatus.FINISHED : SnapshotStatus.FAILED);
    }

    /** Keeps a tail for followers that are a little behind, and all that one needs who is being sent a snapshot. */
    private void compactBefore(long snapshotIndex) {
        long index = snapshotIndex - options.snapshots().tailEntries();
        for (long needed : snapshotsUnderWay.values()) {
            index = Math.min(index, needed);
        }
        if (index > 0) {
            outlets.compact(index);
        }
    }

    private void publish() {
        Status status = core.status();
        view = new View(status, roster, reachable(status));
    }

    /** Ends what waits on this worker, once it has stopped. */
    void close(String detail) {
        for (Event event : inbox.close()) {
            if (event instanceof Event.Read read) {
                reads.add(read.request());
            } else if (event instanceof Event.Transfer transfer) {
                transfer.done().complete(false);
            } else if (event instanceof Event.Drain draining) {
                draining.done().complete(null);
            }
        }
        reads.endAll(detail);
        transfers.forEach(transfer -> transfer.done().complete(false));
        if (drain != null) {
            drain.done().complete(null);
        }
    }
}

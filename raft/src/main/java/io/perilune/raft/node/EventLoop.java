package io.perilune.raft.node;

import io.perilune.raft.core.Node;
import io.perilune.raft.core.ReadState;
import io.perilune.raft.core.Ready;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.SnapshotStatus;
import io.perilune.raft.core.SoftState;
import io.perilune.raft.core.Status;
import io.perilune.raft.core.StepResult;
import io.perilune.raft.node.Pending.Stage;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.storage.Batch;
import io.perilune.raft.storage.SnapshotMarker;
import io.perilune.raft.transport.Transport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one worker that touches the core. It takes what has happened, lets the core decide, and passes the decisions on:
 * messages to the transport at once, entries to the log writer, committed ones to the applier. It never waits.
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
    private final Routing routing;
    private final MemberChanges members;
    private final Hearing hearing;
    private final Lease lease;
    private final Workers workers;
    private final RandomGenerator random;
    private final Metering metering;
    private final Mailbox<Event> inbox;
    private final AtomicLong inboxBytes = new AtomicLong();
    private final long tickNanos;
    private final long electionNanos;

    private SoftState soft = new SoftState(0, Role.FOLLOWER);
    private boolean leaderMoved;
    private long nextTickNanos;
    private long ticks;
    private long committedTerm;
    private final List<Event.Transfer> transfers = new ArrayList<>();
    private Event.@Nullable Drain drain;
    private boolean ledBeforeDrain;
    /** When the appends were handed out that the log writer has not finished. */
    private final ArrayDeque<Long> appending = new ArrayDeque<>();

    /** Nodes whose removal is known to be committed, after a crash too: only they may be told. */
    private Set<Long> removed;
    /** The same, once so many appends more are stored. */
    private Set<Long> forcing = Set.of();

    private int appendsBeforeForced;
    private long stallHandledNanos;
    /** Snapshots on their way, by peer: entries after them stay in the log. */
    private final Map<Long, Long> snapshotsUnderWay = new HashMap<>();

    /** The snapshot that is being installed, or 0. Until it is, nobody knows the members after it. */
    private long installing;
    /** Apply work from after that snapshot, in order; bounded like all that the core hands out for applying. */
    private final List<Message> afterInstall = new ArrayList<>();
    /** A newer snapshot waits in the core: what was handed out before it is not to be done any more. */
    private boolean overtaken;

    private boolean campaignPlanned;
    private long campaignNanos;
    /** The clock when this run began. */
    private long nowNanos;

    private volatile View view;

    /** What other threads may know of the core, as of the last tick or change. */
    record View(Status status, Roster roster, Set<Long> removed, Set<Long> reachable) {}

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
        this.hearing =
                new Hearing(options.nodeId(), options.timing().electionTimeout().toNanos());
        this.lease = new Lease(options.timing().electionTimeout().toNanos());
        this.routing = new Routing(core, options, transport, proposals, workers, new Routing.Gate() {
            @Override
            public MemberRules.Verdict judge(Entry change) {
                return members.judge(change);
            }

            @Override
            public @Nullable String fullDisk() {
                return outlets.fullDisk();
            }
        });
        this.members = new MemberChanges(
                core, options, roster, transport, proposals, routing, hearing, lease, outlets, () -> nowNanos);
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
        this.removed = roster.removed();
        this.view = new View(core.status(), roster, removed, Set.of());
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

    /** Any thread: see {@link Routing#refuseForwarded}. */
    void refuseForwarded(Message message, RefusalReason reason, String detail) {
        routing.refuseForwarded(message, reason, detail);
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
        routing.route();
        pump();
        if (leaderMoved) {
            leaderMoved = false;
            afterLeaderMoved();
            routing.route();
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
            routing.add(propose.pending());
        } else if (event instanceof Event.Stored stored) {
            appending.poll();
            stored(stored);
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
            members.turnedAway(told);
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
        routing.retryParked();
        if (reads.isRoundOlderThan(electionNanos / 2, now)) {
            reads.abandonRound();
        }
        members.tick(now);
        publish();
        members.promoteLearners(view.status(), now, drain != null);
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
                lease.end();
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

    // ---- messages

    private void receive(Message message) {
        hearing.heard(message.getFrom(), nowNanos);
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
            routing.forwardRefused(message);
        } else {
            routing.takeForwarded(message);
        }
    }

    private void stepAll(List<Message> messages) {
        for (Message message : messages) {
            core.step(message);
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
        if (members.takeChanged()) {
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

    private void stored(Event.Stored stored) {
        if (appendsBeforeForced > 0) {
            appendsBeforeForced--;
            if (appendsBeforeForced == 0) {
                // A snapshot may have told of more in the meantime.
                removed = forcing.size() > removed.size() ? forcing : removed;
                publish();
            }
        }
        stepAll(stored.responses());
    }

    /**
     * The commit index is written without a force, except that of a change of members: if this node is the only voter
     * left, it would find nobody after a crash who could tell it that it is.
     */
    private void forceCommit() {
        appending.add(workers.nanoTime());
        forcing = members.roster().removed();
        appendsBeforeForced = appending.size();
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
        members.adopt(restored.roster());
        // A snapshot is on the disk before it is taken over.
        removed = restored.roster().removed();
        publish();
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
                routing.loseBefore(entry.getTerm());
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
                changes.put(entry.getIndex(), members.membership(entry, changed.get()));
                publish();
            }
        }
        return new Applier.Work.Entries(entries, changes, message.getResponsesList());
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
        lease.end();
        if (soft.leader() != 0) {
            campaignPlanned = false;
        }
        transfers.removeIf(transfer -> transfer.member() == soft.leader()
                && (transfer.done().complete(true) || transfer.done().isDone()));
        routing.retryParked();
        publish();
    }

    private void transfer(Event.Transfer transfer) {
        if (soft.leader() == transfer.member()) {
            transfer.done().complete(true);
            return;
        }
        lease.end();
        StepResult result = core.transferLeadership(transfer.member());
        if (result instanceof StepResult.Dropped) {
            transfer.done().complete(false);
        } else {
            transfers.add(transfer);
        }
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
        routing.drain();
        ledBeforeDrain = soft.role() == Role.LEADER;
        long heir = ledBeforeDrain ? heir() : 0;
        if (heir != 0) {
            lease.end();
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
        Status status = request.consistency() == ReadConsistency.LEASE ? core.status() : null;
        if (status != null && lease.holds(status, workers.nanoTime())) {
            reads.place(request, status.commit());
        } else {
            reads.add(request);
        }
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
            lease.extend(confirmed.term(), confirmed.startedNanos());
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

    private long heir() {
        return hearing.heir(core.status(), nowNanos);
    }

    private void publish() {
        Status status = core.status();
        view = new View(status, members.roster(), removed, hearing.reachable(status, nowNanos));
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

package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.confchange.Changer;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.quorum.Acknowledged;
import io.perilune.raft.quorum.Ballots.Vote;
import io.perilune.raft.quorum.VoteResult;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressMap;
import io.perilune.raft.tracker.ProgressState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Orders the log and brings it to everybody (§3.5). */
final class Leader extends ActingRole {
    /** Reads that may wait for the first commit of the term. */
    private static final int POSTPONED_MAX = ReadOnly.PENDING_MAX;

    /** What a heartbeat carries and its answer repeats: the awaited round of reads, the tick it was sent at. */
    private static final int ECHO_BYTES = 2 * Long.BYTES;

    private final Raft raft;
    private final ReadOnly reads = new ReadOnly();
    private final List<Message> postponedReads = new ArrayList<>();
    private final Acknowledged matches = this::matchOf;
    private final Acknowledged readRounds = this::readRoundOf;
    private final Acknowledged heartbeatTicks = this::heartbeatTickOf;
    private int heartbeatElapsed;
    private long ticks;
    private long transferee;
    private boolean leaseGivenUp;
    private long pendingConfIndex;
    private long uncommittedBytes;

    Leader(Raft raft, long lastIndex) {
        this.raft = raft;
        // There may be a conf change among the entries that are not applied; looking is not worth it.
        this.pendingConfIndex = lastIndex;
        // So that an acknowledged tick of 0, which is none, is older than any lease.
        this.ticks = raft.config.electionTicks();
    }

    @Override
    Role role() {
        return Role.LEADER;
    }

    long transferee() {
        return transferee;
    }

    // ---- time

    @Override
    void tick() {
        ticks++;
        heartbeatElapsed++;
        if (raft.electionTimeoutPassedForLeader()) {
            transferee = 0;
            if (raft.config.checkQuorum() && !quorumIsActive()) {
                raft.becomeFollower(raft.term(), 0);
                return;
            }
        }
        if (heartbeatElapsed >= raft.config.heartbeatTicks()) {
            heartbeatElapsed = 0;
            broadcastHeartbeat();
        }
    }

    /** Whether a quorum was heard since the last time; forgets it for the next (§6.2). */
    private boolean quorumIsActive() {
        VoteResult heard = raft.members().voters().vote(this::heard);
        ProgressMap progress = raft.progress();
        for (int i = 0; i < progress.size(); i++) {
            if (progress.idAt(i) != raft.id) {
                progress.at(i).forgetHeard();
            }
        }
        return heard == VoteResult.WON;
    }

    private Vote heard(long id) {
        Progress peer = raft.progress().of(id);
        return peer != null && peer.isActive() ? Vote.YES : Vote.NO;
    }

    // ---- proposals

    @Override
    StepResult propose(List<Entry> entries, long from) {
        if (!raft.progress().contains(raft.id)) {
            return StepResult.dropped(StepResult.Reason.NOT_A_MEMBER);
        }
        if (transferee != 0) {
            return StepResult.dropped(StepResult.Reason.TRANSFERRING);
        }
        long bytes = RaftLog.payloadBytes(entries);
        if (!fits(bytes)) {
            return StepResult.dropped(StepResult.Reason.TOO_MUCH_UNCOMMITTED);
        }
        Stamped stamped = new Stamped(entries.size());
        for (Entry entry : entries) {
            if (!stamped.add(entry)) {
                return StepResult.dropped(StepResult.Reason.MALFORMED);
            }
        }
        uncommittedBytes += bytes;
        pendingConfIndex = stamped.pendingConf;
        raft.appendOwn(stamped.entries);
        broadcastAppend();
        return new StepResult.Appended(stamped.first, entries.size(), raft.term(), stamped.refused);
    }

    /** Something may always be under way, and what has no payload always fits: a new leader's first entry, leaving joint. */
    private boolean fits(long bytes) {
        return bytes == 0 || uncommittedBytes == 0 || bytes <= raft.config.uncommittedBytesMax() - uncommittedBytes;
    }

    /** Entries of a proposal with their places in the log, conf changes that cannot be taken made empty. */
    private final class Stamped {
        final long first = raft.log.lastIndex() + 1;
        final List<Entry> entries;
        long pendingConf = pendingConfIndex;
        StepResult.@Nullable Refusal refused;

        Stamped(int count) {
            entries = new ArrayList<>(count);
        }

        boolean add(Entry entry) {
            long index = first + entries.size();
            Entry.Builder stamped = entry.toBuilder().setTerm(raft.term()).setIndex(index);
            if (ConfChanges.isConfChange(entry)) {
                StepResult.Refusal why;
                try {
                    why = refusal(ConfChanges.decode(entry), pendingConf);
                } catch (InvalidProtocolBufferException e) {
                    return false;
                }
                if (why == null) {
                    pendingConf = index;
                } else {
                    refused = why;
                    stamped.setType(EntryType.NORMAL).clearData();
                }
            }
            entries.add(stamped.build());
            return true;
        }
    }

    private StepResult.@Nullable Refusal refusal(ConfChangeV2 change, long pendingConf) {
        if (!raft.config.confChangeValidation()) {
            return null;
        }
        if (pendingConf > raft.log.applied()) {
            return StepResult.Refusal.ANOTHER_IS_PENDING;
        }
        boolean wantsToLeave = change.getChangesCount() == 0;
        boolean joint = raft.members().isJoint();
        if (joint && !wantsToLeave) {
            return StepResult.Refusal.MUST_LEAVE_JOINT_FIRST;
        }
        if (!joint && wantsToLeave) {
            return StepResult.Refusal.NOT_JOINT;
        }
        // All earlier changes are applied, so this one will meet the members of now.
        return raft.changed(change) instanceof Changer.Result.Refused ? StepResult.Refusal.INVALID : null;
    }

    /** What was applied does not count as uncommitted any more; some of it may be from before this term. */
    void applied(long payloadBytes) {
        uncommittedBytes = Math.max(0, uncommittedBytes - payloadBytes);
    }

    /** Proposes to leave a joint configuration once the change that entered it is applied. */
    void leaveJointIfDue(long appliedIndex) {
        if (raft.members().autoLeave() && appliedIndex >= pendingConfIndex) {
            propose(List.of(Entry.newBuilder().setType(EntryType.CONF_CHANGE_V2).build()), raft.id);
        }
    }

    // ---- sending

    void broadcastAppend() {
        ProgressMap progress = raft.progress();
        for (int i = 0; i < progress.size(); i++) {
            if (progress.idAt(i) != raft.id) {
                sendAppend(progress.idAt(i), progress.at(i), true);
            }
        }
    }

    /** Sends the peers what they lack, without repeating the commit index. */
    private void sendMissing() {
        ProgressMap progress = raft.progress();
        for (int i = 0; i < progress.size(); i++) {
            if (progress.idAt(i) != raft.id) {
                sendAppend(progress.idAt(i), progress.at(i), false);
            }
        }
    }

    /** Sends the next entries, or a snapshot where they are compacted. Whether anything was sent. */
    private boolean sendAppend(long to, Progress peer, boolean evenIfEmpty) {
        if (peer.isPaused()) {
            return false;
        }
        RaftLog log = raft.log;
        long previous = peer.next() - 1;
        long previousTerm = log.term(previous);
        if (previousTerm < 0) {
            return sendSnapshot(to, peer);
        }
        boolean windowFull = peer.state() == ProgressState.REPLICATE && peer.windowFull();
        // With a full window an empty message goes, so that a peer that lost the others refuses it and is probed.
        List<Entry> entries = windowFull
                ? List.of()
                : log.entries(peer.next(), log.lastIndex() + 1, raft.config.messageEntryBytesMax());
        if ((entries == null || entries.isEmpty()) && !evenIfEmpty) {
            return false;
        }
        if (entries == null) {
            return sendSnapshot(to, peer);
        }
        raft.outbox.send(raft.message(MessageType.MSG_APP, to)
                .setIndex(previous)
                .setLogTerm(previousTerm)
                .setCommit(log.committed())
                .addAllEntries(entries)
                .build());
        peer.sent(entries.size(), RaftLog.payloadBytes(entries));
        peer.sentCommit(log.committed());
        return true;
    }

    private boolean sendSnapshot(long to, Progress peer) {
        if (!peer.isActive()) {
            return false;
        }
        var snapshot = raft.log.snapshot();
        if (snapshot.isEmpty()) {
            return false;
        }
        long index = snapshot.get().getMetadata().getIndex();
        Invariant.check(index > 0, "peer %d at next %d needs a snapshot, and there is none", to, peer.next());
        peer.sendSnapshot(index);
        raft.outbox.send(raft.message(MessageType.MSG_SNAP, to)
                .setSnapshot(snapshot.get())
                .build());
        return true;
    }

    private void broadcastHeartbeat() {
        ByteString echo = echo();
        ProgressMap progress = raft.progress();
        for (int i = 0; i < progress.size(); i++) {
            if (progress.idAt(i) != raft.id) {
                sendHeartbeat(progress.idAt(i), progress.at(i), echo);
            }
        }
    }

    /** A peer must not commit what it may not have, even if the leader has committed it. */
    private void sendHeartbeat(long to, Progress peer, ByteString echo) {
        long commit = Math.min(peer.match(), raft.log.committed());
        raft.outbox.send(raft.message(MessageType.MSG_HEARTBEAT, to)
                .setCommit(commit)
                .setContext(echo)
                .build());
        peer.sentCommit(commit);
    }

    private ByteString echo() {
        long round = reads.awaited();
        if (round == 0 && raft.config.readMode() == ReadMode.QUORUM) {
            return ByteString.EMPTY;
        }
        ByteBuffer echo = ByteBuffer.allocate(ECHO_BYTES).putLong(round).putLong(ticks);
        return ByteString.copyFrom(echo.flip());
    }

    // ---- answers

    @Override
    StepResult step(Message message) {
        Progress peer = raft.progress().of(message.getFrom());
        if (peer == null) {
            return StepResult.DONE;
        }
        switch (message.getType()) {
            case MSG_APP_RESP -> appendAnswered(message, peer);
            case MSG_HEARTBEAT_RESP -> heartbeatAnswered(message, peer);
            case MSG_TRANSFER_LEADER -> transfer(message.getFrom(), peer);
            default -> {
                // Not for a leader.
            }
        }
        return StepResult.DONE;
    }

    private void appendAnswered(Message message, Progress peer) {
        peer.heard();
        if (message.getReject()) {
            refused(message, peer);
            return;
        }
        long index = message.getIndex();
        boolean probeArrived = peer.state() == ProgressState.PROBE && peer.match() == index;
        if (peer.acknowledge(index) || probeArrived) {
            acknowledged(message.getFrom(), index, peer);
        }
    }

    private void refused(Message message, Progress peer) {
        long hint = message.getRejectHint();
        if (message.getLogTerm() > 0) {
            // The follower's entry there has this term, so that our entries of later terms cannot match it.
            hint = raft.log.lastNotAfterTerm(hint, message.getLogTerm());
        }
        if (peer.retreat(message.getIndex(), hint)) {
            if (peer.state() == ProgressState.REPLICATE) {
                peer.probe();
            }
            sendAppend(message.getFrom(), peer, true);
        }
    }

    private void acknowledged(long from, long index, Progress peer) {
        switch (peer.state()) {
            case PROBE -> peer.replicate();
            case SNAPSHOT -> {
                // Whatever brought it here, the log can go on from there.
                if (peer.match() + 1 >= raft.log.firstIndex()) {
                    peer.probe();
                    peer.replicate();
                }
            }
            case REPLICATE -> peer.free(index);
        }
        boolean self = from == raft.id;
        if (advanceCommit()) {
            broadcastAppend();
        } else if (!self && peer.commitIsNews(raft.log.committed())) {
            sendAppend(from, peer, true);
        }
        if (self) {
            return;
        }
        // The window has room again; what fits is sent now rather than with the next proposal.
        boolean more = true;
        while (more) {
            more = sendAppend(from, peer, false);
        }
        if (from == transferee && peer.match() == raft.log.lastIndex()) {
            sendTimeoutNow(from);
        }
    }

    /**
     * Commits what a quorum holds. A leader may not commit by counting an older term's replicas (§3.6.2, figure 3.7):
     * those follow once an entry of its own is committed.
     */
    boolean advanceCommit() {
        long index = raft.members().voters().committed(matches);
        if (index <= raft.log.committed() || raft.log.term(index) != raft.term()) {
            return false;
        }
        raft.commitTo(index);
        releasePostponedReads();
        return true;
    }

    private void heartbeatAnswered(Message message, Progress peer) {
        peer.heard();
        peer.resume();
        if (peer.match() < raft.log.lastIndex() || peer.state() == ProgressState.PROBE) {
            sendAppend(message.getFrom(), peer, true);
        }
        if (message.getContext().size() == ECHO_BYTES) {
            ByteBuffer echo = message.getContext().asReadOnlyByteBuffer();
            peer.acknowledgeHeartbeat(echo.getLong(), echo.getLong());
            answerConfirmedReads();
        }
    }

    void unreachable(Progress peer) {
        // Optimistic sending would only lose more.
        if (peer.state() == ProgressState.REPLICATE) {
            peer.probe();
        }
    }

    void snapshotSent(Progress peer, SnapshotStatus status) {
        if (peer.state() != ProgressState.SNAPSHOT) {
            return;
        }
        switch (status) {
            case FINISHED -> peer.probe();
            case FAILED -> peer.probeAfterFailedSnapshot();
        }
        // Nothing until its acknowledgement, or a heartbeat's: the snapshot is still being installed.
        peer.pause();
    }

    // ---- transfer of leadership (§3.10)

    private void transfer(long to, Progress peer) {
        if (peer.isLearner() || transferee == to) {
            return;
        }
        transferee = 0;
        if (to == raft.id) {
            return;
        }
        raft.restartElectionTimer();
        transferee = to;
        if (peer.match() == raft.log.lastIndex()) {
            sendTimeoutNow(to);
        } else {
            sendAppend(to, peer, true);
        }
    }

    private void sendTimeoutNow(long to) {
        // The target's election ignores leases, also if the message is late.
        leaseGivenUp = true;
        raft.outbox.send(raft.message(MessageType.MSG_TIMEOUT_NOW, to).build());
    }

    // ---- members

    /** After a change of members this leader still belongs to: quorums may be smaller, and there may be somebody new. */
    void membersChanged() {
        if (raft.members().voters().incoming().voters().isEmpty()) {
            return;
        }
        if (advanceCommit()) {
            broadcastAppend();
        } else {
            sendMissing();
        }
        if (transferee != 0 && !raft.members().voters().contains(transferee)) {
            transferee = 0;
        }
        answerConfirmedReads();
    }

    // ---- reads (§6.4)

    @Override
    StepResult readIndex(Message request) {
        if (raft.log.term(raft.log.committed()) != raft.term()) {
            // Not knowing yet what earlier leaders committed: the first commit of this term will tell.
            if (postponedReads.size() >= POSTPONED_MAX) {
                return StepResult.dropped(StepResult.Reason.TOO_MANY_READS);
            }
            postponedReads.add(request);
            return StepResult.DONE;
        }
        return confirm(request);
    }

    private StepResult confirm(Message request) {
        long commit = raft.log.committed();
        if (raft.members().voters().isOnly(raft.id) || holdsLease()) {
            raft.answerRead(request, commit);
            return StepResult.DONE;
        }
        if (reads.isFull()) {
            return StepResult.dropped(StepResult.Reason.TOO_MANY_READS);
        }
        if (reads.add(commit, request)) {
            broadcastHeartbeat();
        }
        return StepResult.DONE;
    }

    /**
     * Whether a quorum heard this leader so lately that nobody else can have been elected. Those that heard it do not vote
     * for {@code electionTicks} of theirs, the first of which may be as good as over when they hear it; and theirs may be
     * shorter than ours.
     */
    private boolean holdsLease() {
        return raft.config.readMode() == ReadMode.LEASE
                && transferee == 0
                && !leaseGivenUp
                && ticks - raft.members().voters().committed(heartbeatTicks) < leaseTicks();
    }

    private long leaseTicks() {
        return (raft.config.electionTicks() - 1) * (100L - ReadMode.DRIFT_PERCENT) / 100;
    }

    private void releasePostponedReads() {
        if (!postponedReads.isEmpty()) {
            List<Message> released = List.copyOf(postponedReads);
            postponedReads.clear();
            released.forEach(this::confirm);
        }
    }

    private void answerConfirmedReads() {
        if (reads.awaited() == 0) {
            return;
        }
        long confirmed = raft.members().voters().committed(readRounds);
        ReadOnly.Pending read = reads.pollConfirmed(confirmed);
        while (read != null) {
            raft.answerRead(read.request(), read.index());
            read = reads.pollConfirmed(confirmed);
        }
    }

    /** The messages so far were taken to be sent. */
    void messagesLeft() {
        reads.roundLeft();
    }

    private long matchOf(long id) {
        Progress peer = raft.progress().of(id);
        return peer == null ? 0 : peer.match();
    }

    private long readRoundOf(long id) {
        Progress peer = raft.progress().of(id);
        if (id == raft.id) {
            return Long.MAX_VALUE;
        }
        return peer == null ? 0 : peer.ackedRead();
    }

    private long heartbeatTickOf(long id) {
        Progress peer = raft.progress().of(id);
        if (id == raft.id) {
            return ticks;
        }
        // An acknowledged append says that the term is on its disk; until then it would not keep its promise if it
        // crashed.
        return peer == null || peer.match() == 0 ? 0 : peer.ackedTick();
    }
}

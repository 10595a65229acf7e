package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import io.perilune.raft.confchange.Changer;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.quorum.NodeIds;
import io.perilune.raft.tracker.Inflights;
import io.perilune.raft.tracker.Members;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressMap;
import java.util.ArrayList;
import java.util.List;

/**
 * The algorithm: term, vote and log, which outlive roles, and the rules that hold in all of them. The rest is in the
 * {@link ActingRole}.
 */
final class Raft {
    /** Marks vote requests that a leader asked for by handing over: they are answered within its lease (§3.10, §4.2.3). */
    private static final ByteString TRANSFER = ByteString.copyFromUtf8("transfer");

    final Config config;
    final long id;
    final RaftLog log;
    final Outbox outbox = new Outbox();

    private final Follower follower = new Follower(this);
    private ActingRole acting = follower;
    private long term;
    private long vote;
    private long leader;
    private Members members = Members.NONE;
    private ProgressMap progress = ProgressMap.EMPTY;
    private int electionElapsed;
    private int electionTimeout;

    /** Ticks for which this node has promised not to vote, whatever it hears of terms and leaders meanwhile. */
    private int promisedTicks;

    private List<ReadState> readStates = new ArrayList<>();

    /** Why an election starts. */
    enum Cause {
        TIMEOUT,
        TRANSFER
    }

    Raft(Config config) {
        this.config = config;
        this.id = config.id();
        LogStorage.Initial initial = config.storage().initial();
        log = new RaftLog(config.storage(), config.committedBytesMax());
        recover(initial.hardState());
        if (config.applied() > 0) {
            log.applied(config.applied(), 0);
        }
        Changer.Result.Changed restored =
                Changer.restore(initial.confState(), this::newcomer).mark();
        members = restored.members();
        progress = restored.progress();
        electionTimeout = drawElectionTimeout();
        // It may have heard a leader just before it stopped, and a lease relies on that.
        promisedTicks = term > 0 ? config.electionTicks() : 0;
    }

    private void recover(HardState state) {
        Invariant.check(
                state.getCommit() <= log.lastIndex(),
                "stored commit %d beyond last stored index %d",
                state.getCommit(),
                log.lastIndex());
        // With asynchronous writes, applying (and then compacting) may be ahead of the commit index on disk.
        log.commitTo(Math.max(state.getCommit(), config.applied()));
        term = state.getTerm();
        vote = state.getVote();
    }

    // ---- what enters

    void tick() {
        promisedTicks = Math.max(0, promisedTicks - 1);
        acting.tick();
    }

    StepResult propose(List<Entry> entries) {
        return acting.propose(entries, id);
    }

    StepResult readIndex(ByteString context) {
        return acting.readIndex(Message.newBuilder()
                .setType(MessageType.MSG_READ_INDEX)
                .setFrom(id)
                .addEntries(Entry.newBuilder().setData(context))
                .build());
    }

    StepResult step(Message message) {
        long theirs = message.getTerm();
        if (theirs > term) {
            if (!rise(message)) {
                return StepResult.DONE;
            }
        } else if (theirs < term && theirs != 0) {
            answerStale(message);
            return StepResult.DONE;
        }
        switch (message.getType()) {
            case MSG_STORAGE_APPEND_RESP -> appendStored(message);
            case MSG_STORAGE_APPLY_RESP -> applied(message.getEntriesList());
            case MSG_VOTE, MSG_PRE_VOTE -> answerVote(message);
            case MSG_PROP -> {
                return acting.propose(message.getEntriesList(), message.getFrom());
            }
            case MSG_READ_INDEX -> {
                return acting.readIndex(message);
            }
            default -> {
                return acting.step(message);
            }
        }
        return StepResult.DONE;
    }

    StepResult stepInRole(Message message) {
        return acting.step(message);
    }

    /** Follows a message into its later term. Whether it is to be looked at further. */
    private boolean rise(Message message) {
        switch (message.getType()) {
            case MSG_VOTE, MSG_PRE_VOTE -> {
                boolean handedOver = message.getContext().equals(TRANSFER);
                if (!handedOver && hearsLeader()) {
                    // A removed or returning node must not depose a leader that works (§4.2.3).
                    return false;
                }
                if (message.getType() == MessageType.MSG_VOTE) {
                    becomeFollower(message.getTerm(), 0);
                }
            }
            case MSG_PRE_VOTE_RESP -> {
                // A grant repeats the term that was asked for, which nobody is in yet. A refusal is from a later one.
                if (message.getReject()) {
                    becomeFollower(message.getTerm(), 0);
                }
            }
            case MSG_APP, MSG_HEARTBEAT, MSG_SNAP -> becomeFollower(message.getTerm(), message.getFrom());
            default -> becomeFollower(message.getTerm(), 0);
        }
        return true;
    }

    private boolean hearsLeader() {
        boolean heard = leader != 0 && electionElapsed < config.electionTicks();
        return config.checkQuorum() && (heard || promisedTicks > 0);
    }

    private void answerStale(Message message) {
        switch (message.getType()) {
            case MSG_APP, MSG_HEARTBEAT -> {
                if (config.checkQuorum() || config.preVote()) {
                    // Else a node whose term is ahead is stuck: it ignores the leader, and its own requests are
                    // ignored.
                    outbox.sendOnceStored(
                            message(MessageType.MSG_APP_RESP, message.getFrom()).build());
                }
            }
            case MSG_PRE_VOTE ->
                outbox.sendOnceStored(message(MessageType.MSG_PRE_VOTE_RESP, message.getFrom())
                        .setReject(true)
                        .build());
            case MSG_STORAGE_APPEND_RESP -> {
                // Entries may have been replaced in the terms between and this may be news of the former ones. A
                // snapshot is of committed entries, and those are never replaced.
                if (message.hasSnapshot()) {
                    snapshotStored(message.getSnapshot());
                }
            }
            default -> {
                // A leader or candidate of the past; it will learn of the new term from others.
            }
        }
    }

    // ---- time

    boolean electionTimeoutPassedForLeader() {
        electionElapsed++;
        if (electionElapsed < config.electionTicks()) {
            return false;
        }
        electionElapsed = 0;
        return true;
    }

    void tickTowardsElection() {
        electionElapsed++;
        if (electionElapsed >= electionTimeout && mayCampaign()) {
            electionElapsed = 0;
            startElection(Cause.TIMEOUT);
        }
    }

    void restartElectionTimer() {
        electionElapsed = 0;
    }

    void setElectionTimeout(int ticks) {
        electionTimeout = ticks;
    }

    /** Evenly one to nearly two timeouts, so that candidates seldom meet (§3.4). */
    private int drawElectionTimeout() {
        return config.electionTicks() + config.random().nextInt(config.electionTicks());
    }

    // ---- elections (§3.4)

    void startElection(Cause cause) {
        if (acting.role() == Role.LEADER || !mayCampaign() || hasUnappliedConfChange()) {
            return;
        }
        promisedTicks = 0;
        if (config.preVote() && cause == Cause.TIMEOUT) {
            become(new Candidate(this, Role.PRE_CANDIDATE), 0);
            askForVotes(MessageType.MSG_PRE_VOTE, MessageType.MSG_PRE_VOTE_RESP, term + 1, ByteString.EMPTY);
        } else {
            campaign(cause);
        }
    }

    void campaign(Cause cause) {
        enterTerm(term + 1);
        vote = id;
        become(new Candidate(this, Role.CANDIDATE), 0);
        ByteString mark = cause == Cause.TRANSFER ? TRANSFER : ByteString.EMPTY;
        askForVotes(MessageType.MSG_VOTE, MessageType.MSG_VOTE_RESP, term, mark);
    }

    private void askForVotes(MessageType request, MessageType answer, long forTerm, ByteString mark) {
        NodeIds voters = members.voters().voters();
        for (int i = 0; i < voters.size(); i++) {
            long voter = voters.at(i);
            if (voter == id) {
                // The own vote counts once it is on disk, like any other.
                outbox.sendOnceStored(message(answer, id).setTerm(forTerm).build());
            } else {
                outbox.send(message(request, voter)
                        .setTerm(forTerm)
                        .setIndex(log.lastIndex())
                        .setLogTerm(log.lastTerm())
                        .setContext(mark)
                        .build());
            }
        }
    }

    private boolean mayCampaign() {
        Progress self = progress.of(id);
        return self != null && !self.isLearner() && !log.hasPendingSnapshot();
    }

    /** A node whose members are about to change does not know whose votes it needs. */
    private boolean hasUnappliedConfChange() {
        long next = log.applied() + 1;
        while (next <= log.committed()) {
            List<Entry> entries = log.entries(next, log.committed() + 1, CONF_CHANGE_SCAN_BYTES);
            if (entries == null) {
                throw new IllegalStateException("entries from " + next + " were compacted before they were applied");
            }
            for (Entry entry : entries) {
                if (ConfChanges.isConfChange(entry)) {
                    return true;
                }
            }
            next += entries.size();
        }
        return false;
    }

    /** Read at once when looking for conf changes. */
    private static final long CONF_CHANGE_SCAN_BYTES = 16L << 20;

    private void answerVote(Message request) {
        boolean real = request.getType() == MessageType.MSG_VOTE;
        long from = request.getFrom();
        boolean free = vote == from || (vote == 0 && leader == 0) || (!real && request.getTerm() > term);
        MessageType answer = real ? MessageType.MSG_VOTE_RESP : MessageType.MSG_PRE_VOTE_RESP;
        // Voters must not be behind in what they vote on: that keeps committed entries (§3.6.1). Learners vote, since
        // the candidate may know better than they do that they are voters.
        if (!free || !log.isUpToDate(request.getIndex(), request.getLogTerm())) {
            outbox.sendOnceStored(message(answer, from).setReject(true).build());
            return;
        }
        outbox.sendOnceStored(message(answer, from).setTerm(request.getTerm()).build());
        if (real) {
            electionElapsed = 0;
            vote = from;
        }
    }

    // ---- changes of role

    void becomeFollower(long newTerm, long newLeader) {
        enterTerm(newTerm);
        become(follower, newLeader);
    }

    void becomeLeader() {
        enterTerm(term);
        long last = log.lastIndex();
        for (int i = 0; i < progress.size(); i++) {
            progress.at(i).restart(progress.idAt(i) == id ? last : 0, last + 1);
        }
        Progress self = progress.of(id);
        if (self == null) {
            throw new IllegalStateException("node " + id + " elected in term " + term + " is no member");
        }
        self.replicate();
        self.heard();
        Leader leading = new Leader(this, last);
        become(leading, id);
        // An entry of its own term lets it commit, and know, what came before (§3.6.2, §6.4).
        appendOwn(List.of(Entry.newBuilder().setTerm(term).setIndex(last + 1).build()));
        leading.broadcastAppend();
    }

    /** Starts afresh in a term, be it the same. */
    private void enterTerm(long newTerm) {
        Invariant.check(newTerm >= term, "term %d after term %d", newTerm, term);
        if (newTerm > term) {
            long before = term;
            term = newTerm;
            vote = 0;
            config.listener().on(new RaftEvent.TermChanged(before, newTerm));
        }
        electionElapsed = 0;
        electionTimeout = drawElectionTimeout();
    }

    private void become(ActingRole next, long newLeader) {
        Role before = acting.role();
        acting = next;
        if (before != next.role()) {
            config.listener().on(new RaftEvent.RoleChanged(before, next.role(), term));
        }
        follow(newLeader);
    }

    private void follow(long newLeader) {
        if (leader != newLeader) {
            long before = leader;
            leader = newLeader;
            config.listener().on(new RaftEvent.LeaderChanged(before, newLeader, term));
        }
    }

    void heardLeader(long from) {
        int silence = electionElapsed;
        electionElapsed = 0;
        if (config.readMode() == ReadMode.LEASE) {
            // A later term that some late answer tells of makes it forget its leader, but not what the leader relies
            // on.
            promisedTicks = config.electionTicks();
        }
        follow(from);
        config.listener().on(new RaftEvent.Heartbeat(from, term, silence));
    }

    void forgetLeader() {
        // With lease reads, a follower that votes early takes away what the leader relies on.
        if (acting.role() == Role.FOLLOWER && config.readMode() != ReadMode.LEASE) {
            follow(0);
        }
    }

    // ---- what a leader sends

    void handleAppend(Message message) {
        long previous = message.getIndex();
        if (previous < log.committed()) {
            acknowledge(message.getFrom(), log.committed());
            return;
        }
        if (log.holds(previous, message.getLogTerm())) {
            log.merge(message.getEntriesList());
            long last = previous + message.getEntriesCount();
            // What follows here may be another leader's, so only what this message vouches for is committed.
            commitTo(Math.min(message.getCommit(), last));
            acknowledge(message.getFrom(), last);
            return;
        }
        // The next attempt can skip everything of later terms than the leader's entry there has.
        long hint = log.lastNotAfterTerm(Math.min(previous, log.lastIndex()), message.getLogTerm());
        outbox.sendOnceStored(message(MessageType.MSG_APP_RESP, message.getFrom())
                .setIndex(previous)
                .setReject(true)
                .setRejectHint(hint)
                .setLogTerm(log.termOrZero(hint))
                .build());
    }

    private void acknowledge(long to, long index) {
        outbox.sendOnceStored(
                message(MessageType.MSG_APP_RESP, to).setIndex(index).build());
    }

    void handleHeartbeat(Message message) {
        commitTo(message.getCommit());
        outbox.send(message(MessageType.MSG_HEARTBEAT_RESP, message.getFrom())
                .setContext(message.getContext())
                .build());
    }

    void handleSnapshot(Message message) {
        acknowledge(message.getFrom(), restore(message.getSnapshot()) ? log.lastIndex() : log.committed());
    }

    /** Whether the snapshot replaced the log. */
    private boolean restore(Snapshot snapshot) {
        SnapshotMetadata place = snapshot.getMetadata();
        if (place.getIndex() <= log.committed() || leavesOut(place.getConfState())) {
            return false;
        }
        if (log.holds(place.getIndex(), place.getTerm())) {
            // Everything is here already, and the snapshot says that it is committed.
            commitTo(place.getIndex());
            return false;
        }
        long before = log.committed();
        log.restore(snapshot);
        config.listener().on(new RaftEvent.Committed(before, place.getIndex()));
        adopt(Changer.restore(place.getConfState(), this::newcomer));
        return true;
    }

    /**
     * Whether it is of members without this node, which none is that a leader makes for its member. A blank node may well
     * be sent a stored one from before it was added, as the entry that adds it follows; a node that was removed and added
     * again waits for a newer one.
     */
    private boolean leavesOut(ConfState state) {
        boolean mayPredate = members.equals(Members.NONE) && !config.freshSnapshots();
        return !mayPredate
                && !state.getVotersList().contains(id)
                && !state.getLearnersList().contains(id)
                && !state.getVotersOutgoingList().contains(id);
    }

    void readAnswered(Message message) {
        if (message.getEntriesCount() == 1) {
            readStates.add(
                    new ReadState(message.getIndex(), message.getEntries(0).getData()));
        }
    }

    // ---- what a leader needs

    void appendOwn(List<Entry> entries) {
        log.append(entries);
        // The own acknowledgement counts once it is on disk, like any other.
        acknowledge(id, log.lastIndex());
    }

    void commitTo(long index) {
        long before = log.committed();
        log.commitTo(index);
        if (log.committed() > before) {
            config.listener().on(new RaftEvent.Committed(before, log.committed()));
        }
    }

    void answerRead(Message request, long index) {
        ByteString context = request.getEntriesCount() == 0
                ? ByteString.EMPTY
                : request.getEntries(0).getData();
        if (request.getFrom() == id) {
            readStates.add(new ReadState(index, context));
            return;
        }
        outbox.send(message(MessageType.MSG_READ_INDEX_RESP, request.getFrom())
                .setIndex(index)
                .addEntries(Entry.newBuilder().setData(context))
                .build());
    }

    Message.Builder message(MessageType type, long to) {
        return Message.newBuilder().setType(type).setFrom(id).setTo(to).setTerm(term);
    }

    // ---- what storage answers

    private void appendStored(Message message) {
        if (message.getIndex() != 0) {
            log.tail().stored(message.getIndex(), message.getLogTerm());
        }
        if (message.hasSnapshot()) {
            snapshotStored(message.getSnapshot());
        }
    }

    private void snapshotStored(Snapshot snapshot) {
        long index = snapshot.getMetadata().getIndex();
        log.tail().snapshotStored(index);
        appliedTo(index, 0);
    }

    void applied(List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        appliedTo(entries.get(entries.size() - 1).getIndex(), RaftLog.encodedBytes(entries));
        if (acting instanceof Leader leading) {
            leading.applied(RaftLog.payloadBytes(entries));
        }
    }

    private void appliedTo(long index, long bytes) {
        long reached = Math.max(index, log.applied());
        log.applied(reached, bytes);
        if (acting instanceof Leader leading) {
            leading.leaveJointIfDue(reached);
        }
    }

    // ---- members

    Changer.Result changed(ConfChangeV2 change) {
        for (ConfChangeSingle single : change.getChangesList()) {
            long node = single.getNodeId();
            if (node == Node.APPEND_THREAD
                    || node == Node.APPLY_THREAD
                    || single.getType() == ConfChangeType.UNRECOGNIZED) {
                return new Changer.Result.Refused("change of type " + single.getTypeValue() + " for node " + node);
            }
        }
        return new Changer(members, progress, this::newcomer).apply(change);
    }

    ConfState applyConfChange(ConfChangeV2 change) {
        Changer.Result result = changed(change);
        if (result instanceof Changer.Result.Changed changed) {
            adopt(changed);
        } else if (result instanceof Changer.Result.Refused refused) {
            throw new IllegalStateException("committed conf change cannot be applied to " + members + " after entry "
                    + log.applied() + ": " + refused.why());
        }
        return Changer.confState(members);
    }

    private void adopt(Changer.Result.Changed changed) {
        Members before = members;
        members = changed.mark().members();
        progress = changed.progress();
        tellChanges(before, members);
        Progress self = progress.of(id);
        if (!(acting instanceof Leader leading)) {
            return;
        }
        if (self != null && !self.isLearner()) {
            leading.membersChanged();
        } else if (config.stepDownOnRemoval()) {
            becomeFollower(term, 0);
        }
    }

    private void tellChanges(Members before, Members after) {
        ids(after).forEach(member -> {
            boolean learner = after.learners().contains(member);
            if (!before.contains(member) || learner != before.learners().contains(member)) {
                config.listener().on(new RaftEvent.MemberAdded(member, learner));
            }
        });
        ids(before).forEach(member -> {
            if (!after.contains(member)) {
                config.listener().on(new RaftEvent.MemberRemoved(member));
            }
        });
    }

    private static NodeIds ids(Members members) {
        return members.voters().voters().union(members.learners());
    }

    private Progress newcomer() {
        return new Progress(
                Math.max(log.lastIndex(), 1),
                false,
                new Inflights(config.inflightMessagesMax(), config.inflightBytesMax()));
    }

    // ---- what leaves

    List<ReadState> readStates() {
        return readStates;
    }

    void messagesTaken() {
        outbox.taken();
        if (!readStates.isEmpty()) {
            readStates = new ArrayList<>();
        }
        if (acting instanceof Leader leading) {
            leading.messagesLeft();
        }
    }

    ActingRole acting() {
        return acting;
    }

    long term() {
        return term;
    }

    long vote() {
        return vote;
    }

    long leader() {
        return leader;
    }

    Members members() {
        return members;
    }

    ProgressMap progress() {
        return progress;
    }
}

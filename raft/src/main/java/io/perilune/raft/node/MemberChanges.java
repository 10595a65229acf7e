package io.perilune.raft.node;

import io.perilune.raft.core.Node;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.Status;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressState;
import io.perilune.raft.transport.Transport;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is a member: judges changes before they go into the log, keeps the roster that they lead to, gives learners their
 * votes, and knows when this node is to leave. Belongs to the event loop.
 */
final class MemberChanges {
    private static final Logger log = LoggerFactory.getLogger(MemberChanges.class);

    /** Election timeouts in which the news of a removal reaches whoever it is about, also on a machine that is busy. */
    private static final int NEWS_ELECTIONS = 3;

    private final Node core;
    private final RaftOptions options;
    private final Transport transport;
    private final Proposals proposals;
    private final Routing routing;
    private final Hearing hearing;
    private final Lease lease;
    private final EventLoop.Outlets outlets;
    private final LongSupplier clock;
    private final long electionNanos;
    /** Changes of members up to here are old news. */
    private final long quietUpTo;

    private Roster roster;
    /** Some were put into effect whose commit is not forced yet. */
    private boolean changed;
    /** The last change of members that was handed out for applying. */
    private long changedAtIndex;
    /** The term this node leads, what its log held when that began, and when. */
    private long ledTerm;

    private long ledFromIndex;
    private long ledSinceNanos;
    /** Since when learners keep up. */
    private final Map<Long, Long> keepingUp = new HashMap<>();

    private @Nullable Pending promotion;
    /** Peers that were removed, and until when they may hear that from here. */
    private final Map<Long, Long> departing = new HashMap<>();
    /** Why this node is to stop, once {@link #leaveNanos} has come. */
    private @Nullable String leaving;

    private long leaveNanos;

    /** @param clock the time when the loop's present run began */
    MemberChanges(
            Node core,
            RaftOptions options,
            Roster roster,
            Transport transport,
            Proposals proposals,
            Routing routing,
            Hearing hearing,
            Lease lease,
            EventLoop.Outlets outlets,
            LongSupplier clock) {
        this.core = core;
        this.options = options;
        this.roster = roster;
        this.transport = transport;
        this.proposals = proposals;
        this.routing = routing;
        this.hearing = hearing;
        this.lease = lease;
        this.outlets = outlets;
        this.clock = clock;
        this.electionNanos = options.timing().electionTimeout().toNanos();
        this.quietUpTo = core.status().commit();
    }

    Roster roster() {
        return roster;
    }

    /** Whether changes were put into effect since this was asked last: their commit is to be forced. */
    boolean takeChanged() {
        boolean taken = changed;
        changed = false;
        return taken;
    }

    /** Lets go of removed peers, and of this node if it is one. */
    void tick(long now) {
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
    }

    /** A change is committed: what it makes of the membership. */
    Membership membership(Entry entry, ConfState state) {
        changedAtIndex = entry.getIndex();
        changed = true;
        adopt(roster.after(state, places(Proposals.confChange(entry))));
        if (entry.getIndex() > quietUpTo) {
            log.info("members are now {}, as of index {}", core.status().members(), entry.getIndex());
        }
        return new Membership(state, roster);
    }

    /** Fine, refused or later. */
    MemberRules.Verdict judge(Entry entry) {
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
        MemberRules rules = new MemberRules(
                options.nodeId(), roster, status.members(), hearing.reachable(status, clock.getAsLong()));
        MemberRules.Verdict verdict = rules.judge(change, places(change));
        if (verdict instanceof MemberRules.Verdict.Unreachable unreachable) {
            return clock.getAsLong() - ledSinceNanos < electionNanos
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
        long heir = hearing.heir(status, clock.getAsLong());
        if (heir == 0) {
            return new MemberRules.Verdict.Refused(
                    RefusalReason.INVALID, "the leader cannot be removed: no other voter can be reached to lead");
        }
        if (status.transferee() == 0) {
            lease.end();
            core.transferLeadership(heir);
        }
        return new MemberRules.Verdict.Later("leadership is handed over to node " + heir + " first");
    }

    private void noteLeading(Status status) {
        if (ledTerm != status.term()) {
            ledTerm = status.term();
            ledFromIndex = status.lastIndex();
            ledSinceNanos = clock.getAsLong();
        }
    }

    /**
     * Makes a voter of a learner that has been within one window of the log's end for an election timeout: it then
     * delays no commit by more than a moment.
     */
    void promoteLearners(Status status, long now, boolean draining) {
        if (status.role() != Role.LEADER || status.transferee() != 0 || draining) {
            keepingUp.clear();
            return;
        }
        noteLeading(status);
        keepingUp.keySet().retainAll(status.members().learners().toList());
        for (long learner : status.members().learners().toList()) {
            if (!keepsUp(learner, status, now)) {
                keepingUp.remove(learner);
            } else if (now - keepingUp.computeIfAbsent(learner, id -> now) >= electionNanos) {
                promote(learner, now);
            }
        }
    }

    private boolean keepsUp(long learner, Status status, long now) {
        Progress.View progress = status.progress().get(learner);
        return progress != null
                && progress.state() == ProgressState.REPLICATE
                && status.lastIndex() - progress.match() <= options.limits().inflightCount()
                && hearing.reachable(status, now).contains(learner);
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
            routing.add(promotion);
        }
    }

    static SortedMap<Long, Roster.Place> places(ConfChangeV2 change) {
        return Roster.parse(Proposals.context(change));
    }

    /** The roster as it is now; peers are dialled and dropped accordingly. */
    void adopt(Roster after) {
        for (long id : after.removed()) {
            if (!roster.removed().contains(id)) {
                // The news of its removal may still be on its way to it.
                departing.put(id, clock.getAsLong() + NEWS_ELECTIONS * electionNanos);
            }
        }
        roster = after;
        after.places().forEach((id, place) -> transport.putPeer(id, place.raft()));
        if (after.removed().contains(options.nodeId())) {
            log.info(
                    "node {} was removed from the cluster; it stays until a member says so, who may need it till then",
                    options.nodeId());
        }
    }

    void turnedAway(Event.TurnedAway told) {
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
            leaveNanos = clock.getAsLong() + NEWS_ELECTIONS * electionNanos;
        }
    }
}

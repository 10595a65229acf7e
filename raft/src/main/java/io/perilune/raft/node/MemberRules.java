package io.perilune.raft.node;

import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.quorum.NodeIds;
import io.perilune.raft.tracker.Members;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which changes of members a leader takes, given what it knows. Raft itself would take all of these and be right; they
 * are refused because they are mistakes of whoever asks, and some could not be undone.
 *
 * @param reachable those the leader has heard lately, itself among them
 */
record MemberRules(long self, Roster roster, Members members, Set<Long> reachable) {
    /** A transport keeps two links to each member, and takes two from each. */
    static final int MEMBERS_MAX = 31;

    sealed interface Verdict {
        record Fine() implements Verdict {}

        record Refused(RefusalReason reason, String why) implements Verdict {}

        /** Fine but for voters that were not heard; a leader that is new may hear them soon. */
        record Unreachable(String why) implements Verdict {}

        /** Not now, but soon. */
        record Later(String why) implements Verdict {}
    }

    static final Verdict FINE = new Verdict.Fine();

    Verdict judge(ConfChangeV2 change, SortedMap<Long, Roster.Place> told) {
        for (ConfChangeSingle single : change.getChangesList()) {
            Verdict.Refused refused = judge(single, told);
            if (refused != null) {
                return refused;
            }
        }
        return removesAny(change) ? judgeRest(votersAfter(change)) : FINE;
    }

    private Verdict.@Nullable Refused judge(ConfChangeSingle change, SortedMap<Long, Roster.Place> told) {
        long id = change.getNodeId();
        return switch (change.getType()) {
            case ADD_NODE, ADD_LEARNER_NODE -> members.contains(id) ? judgeKnown(change) : judgeNew(id, told.get(id));
            case REMOVE_NODE ->
                members.contains(id) ? null : new Verdict.Refused(RefusalReason.NO_SUCH_MEMBER, gone(id));
            case UPDATE_NODE -> null;
            case UNRECOGNIZED -> refused("an unknown kind of change for node " + id);
        };
    }

    private Verdict.@Nullable Refused judgeKnown(ConfChangeSingle change) {
        long id = change.getNodeId();
        boolean promotes =
                members.learners().contains(id) && change.getType() == io.perilune.raft.proto.ConfChangeType.ADD_NODE;
        return promotes ? null : refused("node " + id + " is a member already, at " + address(id));
    }

    private Verdict.@Nullable Refused judgeNew(long id, Roster.@Nullable Place place) {
        if (id < 1) {
            return refused("an id is 1 or greater, not " + id);
        }
        if (roster.removed().contains(id)) {
            return refused("node " + id + " was a member before, and an id is never used again: take another");
        }
        if (place == null || !Roster.isAddress(place.raft())) {
            return refused("node " + id + " needs the HOST:PORT at which its peers reach it");
        }
        for (var known : roster.places().entrySet()) {
            if (known.getValue().raft().equals(place.raft())) {
                return refused("the address " + place.raft() + " is that of node " + known.getKey());
            }
        }
        if (roster.places().size() >= MEMBERS_MAX) {
            return refused("a cluster has at most " + MEMBERS_MAX + " members");
        }
        return place.replaces() == 0 ? null : judgeReplaced(id, place.replaces());
    }

    private Verdict.@Nullable Refused judgeReplaced(long id, long replaced) {
        if (!members.contains(replaced)) {
            return new Verdict.Refused(
                    RefusalReason.NO_SUCH_MEMBER, "node " + id + " can replace nobody: " + gone(replaced));
        }
        for (var known : roster.places().entrySet()) {
            if (known.getValue().replaces() == replaced) {
                return refused("node " + known.getKey() + " is replacing node " + replaced + " already");
            }
        }
        return null;
    }

    private String gone(long id) {
        return roster.removed().contains(id) ? "node " + id + " was removed before" : "the cluster has no node " + id;
    }

    private String address(long id) {
        Roster.Place place = roster.places().get(id);
        return place == null ? "an unknown address" : place.raft();
    }

    private static Verdict.Refused refused(String why) {
        return new Verdict.Refused(RefusalReason.INVALID, why);
    }

    private static boolean removesAny(ConfChangeV2 change) {
        return change.getChangesList().stream()
                .anyMatch(single -> single.getType() == io.perilune.raft.proto.ConfChangeType.REMOVE_NODE);
    }

    private SortedSet<Long> votersAfter(ConfChangeV2 change) {
        NodeIds now = members.voters().incoming().voters();
        SortedSet<Long> voters = new TreeSet<>(now.toList());
        for (ConfChangeSingle single : change.getChangesList()) {
            switch (single.getType()) {
                case ADD_NODE -> voters.add(single.getNodeId());
                case ADD_LEARNER_NODE, REMOVE_NODE -> voters.remove(single.getNodeId());
                case UPDATE_NODE, UNRECOGNIZED -> {
                    // Changes no voter.
                }
            }
        }
        return voters;
    }

    private Verdict judgeRest(SortedSet<Long> voters) {
        if (voters.isEmpty()) {
            return refused("the last voter cannot be removed");
        }
        SortedSet<Long> heard = new TreeSet<>(voters);
        heard.retainAll(reachable);
        return heard.size() > voters.size() / 2
                ? FINE
                : new Verdict.Unreachable("of the voters that would be left, " + voters + ", only " + heard
                        + " can be reached, which is no majority");
    }

    /** Whether the change takes its vote from this leader. */
    boolean deposes(ConfChangeV2 change) {
        return members.voters().contains(self) && !votersAfter(change).contains(self);
    }
}

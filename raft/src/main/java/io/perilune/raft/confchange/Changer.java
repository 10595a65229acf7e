package io.perilune.raft.confchange;

import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.quorum.JointQuorum;
import io.perilune.raft.quorum.NodeIds;
import io.perilune.raft.tracker.Members;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.tracker.ProgressMap;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Supplier;

/** Computes the configuration after a change. Changes nothing itself: adopting the answer is up to the caller. */
public final class Changer {
    private final Members before;
    private final ProgressMap progressBefore;
    private final Supplier<Progress> newcomer;

    /** @param newcomer makes the progress of a member that was not tracked */
    public Changer(Members before, ProgressMap progressBefore, Supplier<Progress> newcomer) {
        this.before = before;
        this.progressBefore = progressBefore;
        this.newcomer = newcomer;
    }

    public sealed interface Result {
        /** Members keep their progress; {@link #mark} makes it tell learners apart. */
        record Changed(Members members, ProgressMap progress) implements Result {
            public Changed mark() {
                for (int i = 0; i < progress.size(); i++) {
                    progress.at(i).makeLearner(members.learners().contains(progress.idAt(i)));
                }
                return this;
            }
        }

        record Refused(String why) implements Result {}
    }

    public Result apply(ConfChangeV2 change) {
        if (ConfChanges.leavesJoint(change)) {
            return leaveJoint();
        }
        return ConfChanges.entersJoint(change)
                ? enterJoint(ConfChanges.leavesByItself(change), change.getChangesList())
                : simple(change.getChangesList());
    }

    /** Without a joint configuration. At most one voter may come or go, or old and new majorities may miss each other (§4.1). */
    public Result simple(List<ConfChangeSingle> changes) {
        if (before.isJoint()) {
            return new Result.Refused("can't apply simple config change in joint config");
        }
        Draft draft = new Draft();
        draft.apply(changes);
        if (draft.incoming.isEmpty()) {
            return new Result.Refused("removed all voters");
        }
        if (draft.incoming.differences(before.voters().incoming().voters()) > 1) {
            return new Result.Refused("more than one voter changed without entering joint config");
        }
        return draft.result();
    }

    public Result enterJoint(boolean autoLeave, List<ConfChangeSingle> changes) {
        if (before.isJoint()) {
            return new Result.Refused("config is already joint");
        }
        if (before.voters().incoming().voters().isEmpty()) {
            return new Result.Refused("can't make a zero-voter config joint");
        }
        Draft draft = new Draft();
        draft.outgoing = draft.incoming;
        draft.autoLeave = autoLeave;
        draft.apply(changes);
        return draft.incoming.isEmpty() ? new Result.Refused("removed all voters") : draft.result();
    }

    public Result leaveJoint() {
        if (!before.isJoint()) {
            return new Result.Refused("can't leave a non-joint config");
        }
        Draft draft = new Draft();
        draft.learners = draft.learners.union(draft.learnersNext);
        draft.learnersNext = NodeIds.NONE;
        NodeIds leaving = draft.outgoing;
        draft.outgoing = NodeIds.NONE;
        draft.autoLeave = false;
        leaving.forEach(draft::forgetUnlessMember);
        return draft.result();
    }

    /** The configuration that a snapshot or the storage tells of. */
    public static Result.Changed restore(ConfState state, Supplier<Progress> newcomer) {
        Changer changer = new Changer(Members.NONE, ProgressMap.EMPTY, newcomer);
        Draft draft = changer.new Draft();
        draft.incoming = NodeIds.of(state.getVotersList());
        draft.outgoing = NodeIds.of(state.getVotersOutgoingList());
        draft.learners = NodeIds.of(state.getLearnersList());
        draft.learnersNext = NodeIds.of(state.getLearnersNextList());
        draft.autoLeave = state.getAutoLeave();
        draft.incoming.union(draft.outgoing).union(draft.learners).forEach(draft::track);
        return draft.result();
    }

    public static ConfState confState(Members members) {
        return ConfState.newBuilder()
                .addAllVoters(members.voters().incoming().voters().toList())
                .addAllVotersOutgoing(members.voters().outgoing().voters().toList())
                .addAllLearners(members.learners().toList())
                .addAllLearnersNext(members.learnersNext().toList())
                .setAutoLeave(members.autoLeave())
                .build();
    }

    /** The configuration while it is being changed. */
    private final class Draft {
        private NodeIds incoming = before.voters().incoming().voters();
        private NodeIds outgoing = before.voters().outgoing().voters();
        private NodeIds learners = before.learners();
        private NodeIds learnersNext = before.learnersNext();
        private boolean autoLeave = before.autoLeave();
        private final SortedMap<Long, Progress> progress = progressBefore.toMap();

        void apply(List<ConfChangeSingle> changes) {
            for (ConfChangeSingle change : changes) {
                long id = change.getNodeId();
                // Node 0 is nobody: a change whose id was struck out.
                if (id != 0) {
                    switch (change.getType()) {
                        case ADD_NODE -> makeVoter(id);
                        case ADD_LEARNER_NODE -> makeLearner(id);
                        case REMOVE_NODE -> remove(id);
                        case UPDATE_NODE -> {}
                        case UNRECOGNIZED ->
                            throw new IllegalStateException(
                                    "conf change of unknown type " + change.getTypeValue() + " for " + id);
                    }
                }
            }
        }

        private void makeVoter(long id) {
            incoming = incoming.with(id);
            learners = learners.without(id);
            learnersNext = learnersNext.without(id);
            track(id);
        }

        private void makeLearner(long id) {
            incoming = incoming.without(id);
            if (outgoing.contains(id)) {
                // Still a voter in the outgoing half; nobody may be voter and learner at once.
                learnersNext = learnersNext.with(id);
            } else {
                learners = learners.with(id);
            }
            track(id);
        }

        private void remove(long id) {
            incoming = incoming.without(id);
            learners = learners.without(id);
            learnersNext = learnersNext.without(id);
            forgetUnlessMember(id);
        }

        void track(long id) {
            progress.computeIfAbsent(id, unknown -> newcomer.get());
        }

        void forgetUnlessMember(long id) {
            if (!incoming.contains(id) && !outgoing.contains(id) && !learners.contains(id)) {
                progress.remove(id);
            }
        }

        Result.Changed result() {
            Members members = new Members(JointQuorum.of(incoming, outgoing), learners, learnersNext, autoLeave);
            return new Result.Changed(members, new ProgressMap(progress));
        }
    }
}

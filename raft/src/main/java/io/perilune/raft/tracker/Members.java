package io.perilune.raft.tracker;

import io.perilune.raft.quorum.JointQuorum;
import io.perilune.raft.quorum.NodeIds;

/**
 * Who belongs to the cluster, and as what.
 *
 * @param learners receive everything and vote on nothing (§4.2.1); never voters
 * @param learnersNext outgoing voters who become learners when the joint configuration is left
 * @param autoLeave whether the leader leaves the joint configuration by itself
 */
public record Members(JointQuorum voters, NodeIds learners, NodeIds learnersNext, boolean autoLeave) {
    public static final Members NONE =
            new Members(JointQuorum.of(NodeIds.NONE, NodeIds.NONE), NodeIds.NONE, NodeIds.NONE, false);

    public boolean isJoint() {
        return voters.isJoint();
    }

    /** Whether {@code id} is a voter of either half or a learner. */
    public boolean contains(long id) {
        return voters.contains(id) || learners.contains(id);
    }

    /** {@code voters=(1 2 3)&&(1) learners=(4) learners_next=(1) autoleave}, empty parts left out. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("voters=").append(voters);
        if (!learners.isEmpty()) {
            text.append(" learners=").append(learners);
        }
        if (!learnersNext.isEmpty()) {
            text.append(" learners_next=").append(learnersNext);
        }
        if (autoLeave) {
            text.append(" autoleave");
        }
        return text.toString();
    }
}

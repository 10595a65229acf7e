package io.perilune.raft.quorum;

/**
 * Agreement of two majorities at once, while a cluster moves from one set of voters to another (§4.3). With an empty
 * {@code outgoing} half it is the plain majority of {@code incoming}.
 */
public record JointQuorum(Majority incoming, Majority outgoing) {
    public static JointQuorum of(NodeIds incoming, NodeIds outgoing) {
        return new JointQuorum(new Majority(incoming), new Majority(outgoing));
    }

    public boolean isJoint() {
        return !outgoing.voters().isEmpty();
    }

    /** Members of either half. */
    public NodeIds voters() {
        return isJoint() ? incoming.voters().union(outgoing.voters()) : incoming.voters();
    }

    public boolean contains(long id) {
        return incoming.voters().contains(id) || outgoing.voters().contains(id);
    }

    /** Whether {@code id} is all there is to ask. */
    public boolean isOnly(long id) {
        return !isJoint() && incoming.voters().size() == 1 && incoming.voters().at(0) == id;
    }

    public long committed(Acknowledged acknowledged) {
        return Math.min(incoming.committed(acknowledged), outgoing.committed(acknowledged));
    }

    public VoteResult vote(Ballots ballots) {
        VoteResult one = incoming.vote(ballots);
        VoteResult other = outgoing.vote(ballots);
        if (one == other) {
            return one;
        }
        boolean lost = one == VoteResult.LOST || other == VoteResult.LOST;
        return lost ? VoteResult.LOST : VoteResult.PENDING;
    }

    /** {@code (1 2)}, or {@code (1 2)&&(1)} while joint. */
    @Override
    public String toString() {
        return isJoint()
                ? incoming.voters() + "&&" + outgoing.voters()
                : incoming.voters().toString();
    }
}

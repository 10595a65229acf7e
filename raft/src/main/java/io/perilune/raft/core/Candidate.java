package io.perilune.raft.core;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.quorum.Ballots;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects votes, or promises of votes (§3.4, §9.6). */
final class Candidate extends ActingRole implements Ballots {
    private final Raft raft;
    private final Role role;
    private final Map<Long, Vote> votes = new HashMap<>();

    /** @param role {@link Role#CANDIDATE} or {@link Role#PRE_CANDIDATE} */
    Candidate(Raft raft, Role role) {
        this.raft = raft;
        this.role = role;
    }

    @Override
    Role role() {
        return role;
    }

    @Override
    void tick() {
        raft.tickTowardsElection();
    }

    @Override
    StepResult propose(List<Entry> entries, long from) {
        return StepResult.dropped(StepResult.Reason.CAMPAIGNING);
    }

    @Override
    StepResult readIndex(Message request) {
        return StepResult.dropped(StepResult.Reason.CAMPAIGNING);
    }

    @Override
    public Vote of(long id) {
        return votes.getOrDefault(id, Vote.MISSING);
    }

    @Override
    StepResult step(Message message) {
        switch (message.getType()) {
            case MSG_APP, MSG_HEARTBEAT, MSG_SNAP -> {
                // Another has won this very term.
                raft.becomeFollower(raft.term(), message.getFrom());
                return raft.stepInRole(message);
            }
            case MSG_VOTE_RESP, MSG_PRE_VOTE_RESP -> {
                if (message.getType() == awaited()) {
                    count(message.getFrom(), message.getReject() ? Vote.NO : Vote.YES);
                }
            }
            default -> {
                // Not for a candidate.
            }
        }
        return StepResult.DONE;
    }

    private MessageType awaited() {
        return role == Role.PRE_CANDIDATE ? MessageType.MSG_PRE_VOTE_RESP : MessageType.MSG_VOTE_RESP;
    }

    private void count(long voter, Vote vote) {
        votes.putIfAbsent(voter, vote);
        switch (raft.members().voters().vote(this)) {
            case WON -> {
                if (role == Role.PRE_CANDIDATE) {
                    raft.campaign(Raft.Cause.TIMEOUT);
                } else {
                    raft.becomeLeader();
                }
            }
            case LOST -> raft.becomeFollower(raft.term(), 0);
            case PENDING -> {}
        }
    }
}

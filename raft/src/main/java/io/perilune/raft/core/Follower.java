package io.perilune.raft.core;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import java.util.List;

/** Takes what the leader sends, and passes on to it what is asked here (§3.2). Has no state of its own. */
final class Follower extends ActingRole {
    private final Raft raft;

    Follower(Raft raft) {
        this.raft = raft;
    }

    @Override
    Role role() {
        return Role.FOLLOWER;
    }

    @Override
    void tick() {
        raft.tickTowardsElection();
    }

    @Override
    StepResult propose(List<Entry> entries, long from) {
        if (raft.leader() == 0) {
            return StepResult.dropped(StepResult.Reason.NO_LEADER);
        }
        if (!raft.config.proposalForwarding()) {
            return StepResult.dropped(StepResult.Reason.FORWARDING_DISABLED);
        }
        raft.outbox.send(Message.newBuilder()
                .setType(MessageType.MSG_PROP)
                .setFrom(from)
                .setTo(raft.leader())
                .addAllEntries(entries)
                .build());
        return new StepResult.Forwarded(raft.leader());
    }

    @Override
    StepResult readIndex(Message request) {
        if (raft.leader() == 0) {
            return StepResult.dropped(StepResult.Reason.NO_LEADER);
        }
        raft.outbox.send(request.toBuilder().setTo(raft.leader()).build());
        return new StepResult.Forwarded(raft.leader());
    }

    @Override
    StepResult step(Message message) {
        switch (message.getType()) {
            case MSG_APP -> {
                raft.heardLeader(message.getFrom());
                raft.handleAppend(message);
            }
            case MSG_HEARTBEAT -> {
                raft.heardLeader(message.getFrom());
                raft.handleHeartbeat(message);
            }
            case MSG_SNAP -> {
                raft.heardLeader(message.getFrom());
                raft.handleSnapshot(message);
            }
            case MSG_TIMEOUT_NOW -> raft.startElection(Raft.Cause.TRANSFER);
            case MSG_TRANSFER_LEADER -> {
                return passOn(message);
            }
            case MSG_READ_INDEX_RESP -> raft.readAnswered(message);
            default -> {
                // An answer to what this node asked in an earlier role.
            }
        }
        return StepResult.DONE;
    }

    /** The sender of a transfer request is whom it is to go to; passing it on keeps that. */
    private StepResult passOn(Message message) {
        if (raft.leader() == 0) {
            return StepResult.dropped(StepResult.Reason.NO_LEADER);
        }
        raft.outbox.send(
                message.toBuilder().setTo(raft.leader()).setTerm(raft.term()).build());
        return new StepResult.Forwarded(raft.leader());
    }
}

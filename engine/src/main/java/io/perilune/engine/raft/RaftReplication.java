package io.perilune.engine.raft;

import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.replication.Replication;
import io.perilune.raft.node.ProposalOutcome;
import io.perilune.raft.node.RaftMetrics;
import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.node.RaftServer;
import io.perilune.raft.node.ReadConsistency;
import io.perilune.raft.node.ReadOutcome;
import io.perilune.raft.node.RefusalReason;
import io.perilune.raft.node.ServerStatus;
import io.perilune.raft.node.StateMachine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** One {@link RaftServer} as the engine's {@link Replication}. */
public final class RaftReplication implements Replication {
    private final RaftServer server;

    private RaftReplication(RaftServer server) {
        this.server = server;
    }

    /**
     * Opens the directory and joins in; see {@link RaftServer#start}.
     *
     * @param onFailure called once if the node has to stop by itself; the process is expected to exit
     * @throws IOException where the directory is in use, belongs to another node or is damaged: the message says which
     */
    public static RaftReplication start(RaftOptions options, ReplicatedState state, Consumer<Throwable> onFailure)
            throws IOException {
        return new RaftReplication(RaftServer.start(options, new Machine(state), onFailure));
    }

    /** The same with everything that the settings leave open at its default. */
    public static RaftReplication start(RaftSettings settings, ReplicatedState state, Consumer<Throwable> onFailure)
            throws IOException {
        return start(settings.options(), state, onFailure);
    }

    @Override
    public CompletableFuture<Proposal> propose(byte[] command, long timeoutMillis) {
        return server.propose(command, timeoutMillis).thenApply(RaftReplication::proposal);
    }

    private static Proposal proposal(ProposalOutcome outcome) {
        if (outcome instanceof ProposalOutcome.Applied applied) {
            return new Proposal.Applied(applied.index(), applied.term(), applied.reply());
        }
        if (outcome instanceof ProposalOutcome.NotProposed not) {
            return new Proposal.NotProposed(reason(not.reason()), not.detail());
        }
        if (outcome instanceof ProposalOutcome.Unknown unknown) {
            return new Proposal.Unknown(unknown.detail());
        }
        throw new IllegalStateException("no translation for " + outcome);
    }

    @Override
    public Measures measures() {
        var counted = server.metrics();
        return new Measures(
                counted.proposalsOpen(),
                counted.inboxDepth(),
                counted.inboxRefused(),
                counted.leaderChanges(),
                counted.entriesStored(),
                counted.forces(),
                counted.forceNanos(),
                counted.forceCounts(),
                RaftMetrics.FORCE_NANOS_BOUNDS,
                counted.snapshotsTaken(),
                counted.snapshotsInstalled(),
                counted.snapshotsSent(),
                counted.snapshotsFailed(),
                counted.messagesSent(),
                counted.messagesReceived(),
                counted.messagesDropped());
    }

    @Override
    public CompletableFuture<Barrier> readBarrier(Consistency consistency, long timeoutMillis) {
        return server.readBarrier(asked(consistency), timeoutMillis).thenApply(RaftReplication::barrier);
    }

    private static ReadConsistency asked(Consistency consistency) {
        return switch (consistency) {
            case LINEARIZABLE -> ReadConsistency.LINEARIZABLE;
            case LEASE -> ReadConsistency.LEASE;
            case LOCAL -> ReadConsistency.LOCAL;
        };
    }

    private static Barrier barrier(ReadOutcome outcome) {
        if (outcome instanceof ReadOutcome.Passed passed) {
            return new Barrier.Passed(passed.index());
        }
        if (outcome instanceof ReadOutcome.Refused refused) {
            return new Barrier.Refused(reason(refused.reason()), refused.detail());
        }
        throw new IllegalStateException("no translation for " + outcome);
    }

    private static Reason reason(RefusalReason reason) {
        return switch (reason) {
            case NO_LEADER -> Reason.NO_LEADER;
            case OVERLOADED -> Reason.OVERLOADED;
            case SHUTTING_DOWN -> Reason.SHUTTING_DOWN;
            case TOO_LARGE -> Reason.TOO_LARGE;
            case INVALID, CHANGE_IN_PROGRESS, NO_SUCH_MEMBER ->
                throw new IllegalStateException("an answer about members to what was not about them");
        };
    }

    @Override
    public ClusterStatus status() {
        var now = server.status();
        return new ClusterStatus(
                now.clusterId(),
                now.nodeId(),
                now.leader(),
                now.term(),
                now.role().label(),
                now.commit(),
                now.applied(),
                now.lastIndex(),
                now.snapshotIndex(),
                now.ready(),
                now.members().stream().map(RaftReplication::member).toList());
    }

    private static Member member(ServerStatus.Member member) {
        return new Member(
                member.id(),
                member.raft(),
                member.http(),
                member.voter(),
                member.match(),
                member.active(),
                member.replaces());
    }

    @Override
    public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
        return server.transferLeadership(member, timeoutMillis);
    }

    @Override
    public CompletableFuture<MemberChange> addMember(Newcomer newcomer, long timeoutMillis) {
        return server.addMember(newcomer.id(), newcomer.raft(), newcomer.http(), newcomer.replaces(), timeoutMillis)
                .thenApply(RaftReplication::memberChange);
    }

    @Override
    public CompletableFuture<MemberChange> removeMember(long id, long timeoutMillis) {
        return server.removeMember(id, timeoutMillis).thenApply(RaftReplication::memberChange);
    }

    private static MemberChange memberChange(ProposalOutcome outcome) {
        if (outcome instanceof ProposalOutcome.Applied applied) {
            return new MemberChange.Done(applied.index());
        }
        if (outcome instanceof ProposalOutcome.NotProposed not) {
            return switch (not.reason()) {
                case NO_LEADER, OVERLOADED, SHUTTING_DOWN, TOO_LARGE ->
                    new MemberChange.Unavailable(reason(not.reason()), not.detail());
                case INVALID -> new MemberChange.Refused(Mistake.UNSOUND, not.detail());
                case CHANGE_IN_PROGRESS -> new MemberChange.Refused(Mistake.IN_PROGRESS, not.detail());
                case NO_SUCH_MEMBER -> new MemberChange.Refused(Mistake.NO_SUCH_MEMBER, not.detail());
            };
        }
        if (outcome instanceof ProposalOutcome.Unknown unknown) {
            return new MemberChange.Unknown(unknown.detail());
        }
        throw new IllegalStateException("no translation for " + outcome);
    }

    @Override
    public CompletableFuture<SnapshotTaking> takeSnapshot() {
        return server.takeSnapshot()
                .<SnapshotTaking>thenApply(SnapshotTaking.Taken::new)
                .exceptionally(RaftReplication::notTaken);
    }

    private static SnapshotTaking notTaken(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return new SnapshotTaking.NotTaken(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }

    @Override
    public void close() {
        server.close();
    }

    record Machine(ReplicatedState state) implements StateMachine {
        @Override
        public void ahead(List<Command> commands) {
            state.ahead(commands.stream()
                    .map(each -> new ReplicatedState.Upcoming(each.index(), each.term(), each.time(), each.command()))
                    .toList());
        }

        @Override
        public Object apply(long index, long term, long time, ByteBuffer command) {
            return state.apply(index, term, time, command);
        }

        @Override
        public void skip(long index, long term) {
            state.skip(index, term);
        }

        @Override
        public Capture capture() {
            var captured = state.capture();
            return out -> {
                try {
                    captured.writeTo(out);
                } catch (ReplicatedState.CaptureRefused refused) {
                    throw new CaptureRefusedException(refused.getMessage(), refused);
                }
            };
        }

        @Override
        public void restore(long index, long term, InputStream captured) throws IOException {
            state.restore(index, term, captured);
        }
    }
}

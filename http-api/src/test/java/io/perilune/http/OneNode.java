package io.perilune.http;

import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.replication.Replication;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A cluster of one that agrees with itself at once and keeps nothing: consensus for tests of what stands above it. It
 * can be told to answer otherwise, and to hold what is proposed.
 */
final class OneNode implements Replication {
    private static final long TIME = 1_795_307_714_387L;

    private final ReplicatedState state;
    private final ExecutorService apply = Executors.newSingleThreadExecutor();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private boolean holding;
    private volatile Proposal answer;
    private volatile Barrier barrier;
    private volatile long leader = 1;
    private volatile long index;
    private volatile MemberChange memberChange = new MemberChange.Done(7);
    private volatile SnapshotTaking snapshot = new SnapshotTaking.Taken(7);
    private volatile String asked = "";

    OneNode(ReplicatedState state) {
        this.state = state;
    }

    /** From now on every proposal ends so; null for applying them. */
    void answerProposals(Proposal answer) {
        this.answer = answer;
    }

    /** From now on every read ends so; null for letting them pass. */
    void answerReads(Barrier barrier) {
        this.barrier = barrier;
    }

    /** 1 is this node, 2 another, 0 nobody. */
    void follow(long leader) {
        this.leader = leader;
    }

    /** Keeps proposals back until {@link #release}. */
    synchronized void hold() {
        holding = true;
    }

    synchronized int held() {
        return held.size();
    }

    synchronized void release() {
        holding = false;
        held.forEach(apply::execute);
        held.clear();
    }

    @Override
    public synchronized CompletableFuture<Proposal> propose(byte[] command, long timeoutMillis) {
        var given = answer;
        if (given != null) {
            return CompletableFuture.completedFuture(given);
        }
        var outcome = new CompletableFuture<Proposal>();
        Runnable apply = () -> apply(command, outcome);
        if (holding) {
            held.add(apply);
        } else {
            this.apply.execute(apply);
        }
        return outcome.completeOnTimeout(
                new Proposal.Unknown("not decided in time"), timeoutMillis, TimeUnit.MILLISECONDS);
    }

    private void apply(byte[] command, CompletableFuture<Proposal> outcome) {
        try {
            index++;
            var reply = state.apply(index, 1, TIME, ByteBuffer.wrap(command).asReadOnlyBuffer());
            outcome.complete(new Proposal.Applied(index, 1, reply));
        } catch (RuntimeException defect) {
            outcome.completeExceptionally(defect);
        }
    }

    @Override
    public CompletableFuture<Barrier> readBarrier(Consistency consistency, long timeoutMillis) {
        var given = barrier;
        return CompletableFuture.completedFuture(given != null ? given : new Barrier.Passed(index));
    }

    @Override
    public ClusterStatus status() {
        return new ClusterStatus(
                "test",
                1,
                leader,
                1,
                leader == 1 ? "leader" : "follower",
                index,
                index,
                index,
                0,
                leader != 0,
                List.of(
                        new Member(1, "127.0.0.1:7081", "127.0.0.1:7071", true, index, true, null),
                        new Member(2, "127.0.0.1:7082", "127.0.0.1:7072", true, null, null, null)));
    }

    @Override
    public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
        leader = member;
        return CompletableFuture.completedFuture(true);
    }

    /** From now on every change of members ends so. */
    void answerMemberChanges(MemberChange answer) {
        memberChange = answer;
    }

    @Override
    public CompletableFuture<MemberChange> addMember(Newcomer newcomer, long timeoutMillis) {
        asked = "add " + newcomer.id() + " " + newcomer.raft() + " " + newcomer.http()
                + (newcomer.replaces() == 0 ? "" : " for " + newcomer.replaces());
        return CompletableFuture.completedFuture(memberChange);
    }

    @Override
    public CompletableFuture<MemberChange> removeMember(long id, long timeoutMillis) {
        asked = "remove " + id;
        return CompletableFuture.completedFuture(memberChange);
    }

    /** From now on every snapshot ends so; null for none ending at all. */
    void answerSnapshots(SnapshotTaking answer) {
        snapshot = answer;
    }

    @Override
    public CompletableFuture<SnapshotTaking> takeSnapshot() {
        var given = snapshot;
        return given == null ? new CompletableFuture<>() : CompletableFuture.completedFuture(given);
    }

    /** The last change of members that came this far. */
    String askedMemberChange() {
        return asked;
    }

    @Override
    public void close() {
        release();
        apply.shutdown();
    }
}

package io.perilune.engine.replication;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Consensus for tests, without networks, disks or doubts: one log in memory, applied at once to every member that is
 * not held back, on the thread that proposes.
 */
public final class ReplicatedGroup {
    private record Slot(byte[] command, long time) {}

    private final LongSupplier clock;
    private final List<Slot> log = new ArrayList<>();
    private final Map<Long, Peer> members = new TreeMap<>();
    private long leader;

    /** @param clock the leader's, in milliseconds */
    public ReplicatedGroup(LongSupplier clock) {
        this.clock = clock;
    }

    /** For {@code Engine.start}; the member takes whatever is in the log already. The first to join leads. */
    public Function<ReplicatedState, Replication> member(long id) {
        return state -> join(new Peer(id, state));
    }

    /** Like {@link #member}, beginning from a snapshot of {@code other}. */
    public Function<ReplicatedState, Replication> memberFromSnapshotOf(long id, long other) {
        return state -> {
            synchronized (log) {
                var member = new Peer(id, state);
                member.restore(members.get(other));
                return join(member);
            }
        };
    }

    private Replication join(Peer member) {
        synchronized (log) {
            members.put(member.id, member);
            leader = leader == 0 ? member.id : leader;
            member.catchUp();
            return member;
        }
    }

    public void lead(long id) {
        synchronized (log) {
            leader = id;
        }
    }

    /** Nobody leads: whatever is proposed is refused. */
    public void depose() {
        lead(-1);
    }

    /** Commits, but does not apply, on this member. */
    public void holdBack(long id) {
        synchronized (log) {
            members.get(id).heldBack = true;
        }
    }

    public void letGo(long id) {
        synchronized (log) {
            members.get(id).heldBack = false;
            members.get(id).catchUp();
        }
    }

    /** Entries in the log. */
    public long lastIndex() {
        synchronized (log) {
            return log.size();
        }
    }

    private final class Peer implements Replication {
        private final long id;
        private final ReplicatedState state;
        private final Map<Long, CompletableFuture<Proposal>> open = new TreeMap<>();
        private long applied;
        private boolean heldBack;

        Peer(long id, ReplicatedState state) {
            this.id = id;
            this.state = state;
        }

        void restore(Peer other) {
            try {
                var out = new ByteArrayOutputStream();
                other.state.capture().writeTo(out);
                state.restore(other.applied, 1, new ByteArrayInputStream(out.toByteArray()));
                applied = other.applied;
            } catch (IOException impossible) {
                throw new AssertionError(impossible);
            }
        }

        void catchUp() {
            while (!heldBack && applied < log.size()) {
                var slot = log.get((int) applied);
                applied++;
                var command = ByteBuffer.wrap(slot.command).asReadOnlyBuffer();
                var reply = state.apply(applied, 1, slot.time, command);
                var waiting = open.remove(applied);
                if (waiting != null) {
                    waiting.complete(new Proposal.Applied(applied, 1, reply));
                }
            }
        }

        @Override
        public CompletableFuture<Proposal> propose(byte[] command, long timeoutMillis) {
            synchronized (log) {
                if (leader < 0) {
                    return CompletableFuture.completedFuture(
                            new Proposal.NotProposed(Reason.NO_LEADER, "nobody leads"));
                }
                log.add(new Slot(command, clock.getAsLong()));
                var future = new CompletableFuture<Proposal>();
                open.put((long) log.size(), future);
                members.values().forEach(Peer::catchUp);
                return future.completeOnTimeout(
                        new Proposal.Unknown("not applied here in time"), timeoutMillis, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public CompletableFuture<SnapshotTaking> takeSnapshot() {
            return CompletableFuture.completedFuture(new SnapshotTaking.NotTaken("this group keeps nothing on disk"));
        }

        @Override
        public CompletableFuture<Barrier> readBarrier(Consistency consistency, long timeoutMillis) {
            synchronized (log) {
                var fresh = consistency == Consistency.LOCAL || leader > 0 && applied == log.size();
                return CompletableFuture.completedFuture(
                        fresh
                                ? new Barrier.Passed(applied)
                                : new Barrier.Refused(Reason.NO_LEADER, "no leader confirmed the read"));
            }
        }

        @Override
        public ClusterStatus status() {
            synchronized (log) {
                var role = id == leader ? "leader" : "follower";
                var last = log.size();
                return new ClusterStatus(
                        "test", id, Math.max(0, leader), 1, role, last, applied, last, 0, true, roster());
            }
        }

        private List<Member> roster() {
            return members.keySet().stream()
                    .map(member -> new Member(member, "m" + member, null, true, null, null, null))
                    .toList();
        }

        @Override
        public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
            lead(member);
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletableFuture<MemberChange> addMember(Newcomer newcomer, long timeoutMillis) {
            return CompletableFuture.completedFuture(
                    new MemberChange.Refused(Mistake.UNSOUND, "members of this group join by themselves"));
        }

        @Override
        public CompletableFuture<MemberChange> removeMember(long id, long timeoutMillis) {
            return CompletableFuture.completedFuture(
                    new MemberChange.Refused(Mistake.UNSOUND, "members of this group leave by themselves"));
        }

        @Override
        public void close() {
            synchronized (log) {
                members.remove(id, this);
                open.values().forEach(future -> future.complete(new Proposal.Unknown("closed")));
            }
        }
    }
}

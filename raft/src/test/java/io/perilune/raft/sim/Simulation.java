package io.perilune.raft.sim;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.Config;
import io.perilune.raft.core.ReadMode;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.SnapshotStatus;
import io.perilune.raft.core.Status;
import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeTransition;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A cluster in one thread, whose whole fate follows from a seed: which message arrives, is lost, doubled or overtaken,
 * whose clock is slow, whose power fails, what users ask for. Every event is judged, and every answer to a user.
 *
 * <p>Where reads rely on leases, the rates of clocks differ by less than a tenth, as {@link ReadMode#LEASE} assumes; elsewhere
 * by up to a factor of ten.
 */
public final class Simulation {
    private static final int SPARES = 2;
    private static final int ELECTION_TICKS = 6;
    private static final int NETWORK_MAX = 500;
    private static final int HEALING_ROUNDS = 400;

    private final Random chance;
    private final Judge judge = new Judge();
    private final History history = new History();
    private final Clocks clocks;
    private final List<SimulatedReplica> replicas = new ArrayList<>();
    private final List<Message> network = new ArrayList<>();
    private final Set<Long> apart = new HashSet<>();
    private final int lossPercent;
    private final int mischiefPermille;
    private final int timePercent;
    private final boolean careful;
    private final boolean stubborn;
    private final boolean fragile;
    private final int confChangePercent;
    private long proposals;
    private long reads;

    public Simulation(long seed) {
        // Neighbouring seeds give like beginnings otherwise.
        chance = new Random(seed * 0x9E3779B97F4A7C15L);
        chance.nextInt();
        int founders = chance.nextInt(3) == 0 ? 5 : 3;
        boolean async = chance.nextBoolean();
        careful = chance.nextBoolean();
        boolean small = chance.nextBoolean();
        boolean lease = careful && chance.nextBoolean();
        lossPercent = chance.nextInt(3) * 10;
        mischiefPermille = 5 + chance.nextInt(30);
        timePercent = chance.nextBoolean() ? 4 : 10;
        stubborn = chance.nextBoolean();
        fragile = chance.nextBoolean();
        confChangePercent = chance.nextBoolean() ? 2 : 8;
        UnaryOperator<Config.Builder> options = config -> config.electionTicks(ELECTION_TICKS)
                .checkQuorum(careful)
                .preVote(careful)
                .readMode(lease ? ReadMode.LEASE : ReadMode.QUORUM)
                .stepDownOnRemoval(true)
                .messageEntryBytesMax(small ? 40 : 1 << 20)
                .inflightMessagesMax(small ? 2 : 64)
                .committedBytesMax(small ? 60 : 1 << 20);
        ConfState.Builder members = ConfState.newBuilder();
        for (long id = 1; id <= founders; id++) {
            members.addVoters(id);
        }
        Snapshot beginning = Snapshot.newBuilder()
                .setMetadata(
                        SnapshotMetadata.newBuilder().setIndex(2).setTerm(1).setConfState(members))
                .build();
        for (long id = 1; id <= founders + SPARES; id++) {
            Snapshot initial = id <= founders ? beginning : Snapshot.getDefaultInstance();
            replicas.add(new SimulatedReplica(id, initial, async, options, this::send, judge, history, chance));
        }
        clocks = new Clocks(replicas.size(), lease, chance);
    }

    public List<SimulatedReplica> replicas() {
        return replicas;
    }

    /** @throws Violation when a promise is broken */
    public void run(int events) {
        // A leader to begin with, or most of a run is spent on the first election.
        replicas.get(0).node().campaign();
        settle();
        for (int i = 0; i < events; i++) {
            SimulatedReplica replica = replicas.get(chance.nextInt(replicas.size()));
            if (chance.nextInt(1000) < mischiefPermille) {
                mischief(replica);
            } else if (chance.nextInt(100) < timePercent) {
                clocks.pass(each -> tick(replicas.get(each)));
            } else if (chance.nextInt(100) < 46) {
                // A long queue moves faster, or nothing would arrive within an election timeout.
                for (int count = 1 + network.size() / 10; count > 0; count--) {
                    deliverOne();
                }
            } else if (replica.isUp()) {
                happen(replica, chance.nextInt(100));
            }
        }
    }

    private void happen(SimulatedReplica replica, int roll) {
        if (roll < confChangePercent) {
            replica.node().proposeConfChange(someChange());
        } else if (roll < 50) {
            replica.handleReady(false);
        } else if (roll < 69) {
            replica.appendOne();
        } else if (roll < 79) {
            replica.applyOne();
        } else if (roll < 89) {
            replica.write(ByteString.copyFromUtf8("command " + proposals++));
        } else if (roll < 98) {
            replica.read(ByteString.copyFromUtf8("read " + reads++));
        } else {
            replica.compact();
        }
        replica.checkElectionIfUp();
    }

    private static void tick(SimulatedReplica replica) {
        if (replica.isUp()) {
            replica.node().tick();
            replica.checkElection();
        }
    }

    private void mischief(SimulatedReplica replica) {
        switch (chance.nextInt(8)) {
            case 0, 1, 2 -> {
                if (!replica.isUp()) {
                    replica.start();
                } else if (fragile || chance.nextInt(4) == 0) {
                    if (chance.nextBoolean()) {
                        replica.handleReady(true);
                    } else {
                        replica.crash();
                    }
                }
            }
            case 3 -> apart.add(replica.id());
            case 4 -> {
                // A leader that does not know that it is none: what is most easily believed wrongly.
                apart.clear();
                apart.add(someLeaderOr(replica));
            }
            case 5 -> {
                if (!stubborn || chance.nextInt(4) == 0) {
                    apart.clear();
                }
            }
            case 6 -> {
                if (replica.isUp()) {
                    replica.node().transferLeadership(1 + chance.nextInt(replicas.size()));
                }
            }
            default -> {
                if (replica.isUp()) {
                    replica.node().reportUnreachable(1 + chance.nextInt(replicas.size()));
                    replica.node().forgetLeader();
                }
            }
        }
    }

    private long someLeaderOr(SimulatedReplica other) {
        return replicas.stream()
                .filter(each -> each.isUp() && each.node().status().role() == Role.LEADER)
                .findFirst()
                .orElse(other)
                .id();
    }

    private ConfChangeV2 someChange() {
        ConfChangeV2.Builder change = ConfChangeV2.newBuilder();
        int count = chance.nextInt(4);
        for (int i = 0; i < count; i++) {
            change.addChanges(ConfChangeSingle.newBuilder()
                    .setNodeId(1 + chance.nextInt(replicas.size()))
                    .setType(ConfChangeType.forNumber(chance.nextInt(4))));
        }
        return change.setTransition(
                        count == 0 ? ConfChangeTransition.AUTO : ConfChangeTransition.forNumber(chance.nextInt(3)))
                .build();
    }

    private void send(Message message) {
        network.add(message);
        if (network.size() > NETWORK_MAX) {
            lose(network.remove(chance.nextInt(network.size())));
        }
    }

    private void deliverOne() {
        if (network.isEmpty()) {
            return;
        }
        // Mostly in order; now and then one overtakes the others.
        int place = chance.nextInt(4) == 0 ? chance.nextInt(network.size()) : 0;
        Message message = network.remove(place);
        boolean cut = apart.contains(message.getFrom()) != apart.contains(message.getTo());
        SimulatedReplica receiver = replicas.get((int) message.getTo() - 1);
        if (cut || !receiver.isUp() || chance.nextInt(100) < lossPercent) {
            lose(message);
            return;
        }
        if (chance.nextInt(20) == 0) {
            network.add(message);
        }
        receiver.deliver(message);
        report(message, SnapshotStatus.FINISHED);
    }

    private void lose(Message message) {
        report(message, SnapshotStatus.FAILED);
    }

    private void report(Message message, SnapshotStatus status) {
        SimulatedReplica sender = replicas.get((int) message.getFrom() - 1);
        if (message.getType() == MessageType.MSG_SNAP && sender.isUp()) {
            sender.node().reportSnapshot(message.getTo(), status);
        }
    }

    /**
     * Ends all mischief, and waits until a leader has committed something new and all its members hold it.
     *
     * @throws Violation when that does not come about
     */
    public void heal() {
        apart.clear();
        replicas.stream().filter(replica -> !replica.isUp()).forEach(SimulatedReplica::start);
        long committed = judge.committedMax();
        for (int round = 0; round < HEALING_ROUNDS; round++) {
            for (SimulatedReplica replica : replicas) {
                replica.node().tick();
            }
            settle();
            Status leader = leader();
            if (leader != null && round % 20 == 0) {
                replicas.get((int) leader.id() - 1).node().propose(ByteString.copyFromUtf8("command " + proposals++));
                settle();
                // A member that was removed and came back needs a snapshot that knows of it again.
                replicas.get((int) leader.id() - 1).compact();
            }
            if (leader != null && agreed(leader, committed)) {
                return;
            }
        }
        Status leader = leader();
        if (leader == null ? removedMemberIsNeeded() : aMemberIsInALaterTerm(leader)) {
            return;
        }
        throw new Violation("no agreement after healing; committed " + committed + ", nodes "
                + replicas.stream().map(replica -> replica.node().status()).toList());
    }

    /**
     * A member that was removed may be the only one that knows it, while another still needs its vote; and having the
     * longer log, it refuses. So with a leader that commits its own removal and steps down, or one that comes back without
     * the commit index that told it to leave a joint configuration. Etcd's rules have this hole; servers hand leadership
     * over first.
     */
    private boolean removedMemberIsNeeded() {
        return replicas.stream()
                .anyMatch(removed -> !isVoterFor(removed, removed)
                        && replicas.stream().anyMatch(other -> isVoterFor(removed, other) && isLonger(removed, other)));
    }

    /**
     * Without pre-votes and quorum checks, a removed member that campaigns in vain takes others along into its terms, where
     * they hear a leader no more that it does not know. That is what those two are for (§4.2.3).
     */
    private boolean aMemberIsInALaterTerm(Status leader) {
        return !careful
                && replicas.stream()
                        .map(replica -> replica.node().status())
                        .anyMatch(status -> leader.members().contains(status.id()) && status.term() > leader.term());
    }

    private static boolean isVoterFor(SimulatedReplica voter, SimulatedReplica of) {
        return of.node().status().members().voters().contains(voter.id());
    }

    private static boolean isLonger(SimulatedReplica one, SimulatedReplica other) {
        long last = one.node().status().lastIndex();
        long otherLast = other.node().status().lastIndex();
        int terms = Long.compare(one.node().termAt(last), other.node().termAt(otherLast));
        return terms > 0 || (terms == 0 && last > otherLast);
    }

    private void settle() {
        boolean more = true;
        for (int i = 0; more && i < 200; i++) {
            more = !network.isEmpty();
            while (!network.isEmpty()) {
                Message message = network.remove(0);
                replicas.get((int) message.getTo() - 1).deliver(message);
                report(message, SnapshotStatus.FINISHED);
            }
            for (SimulatedReplica replica : replicas) {
                more |= replica.hasWork();
                replica.handleReady(false);
                replica.appendOne();
                replica.applyOne();
            }
        }
    }

    private Status leader() {
        return replicas.stream()
                .map(replica -> replica.node().status())
                .filter(status -> status.role() == Role.LEADER)
                .max((one, other) -> Long.compare(one.term(), other.term()))
                .orElse(null);
    }

    private boolean agreed(Status leader, long committedBefore) {
        long applied = replicas.get((int) leader.id() - 1).applied();
        return applied > committedBefore
                && replicas.stream()
                        .filter(replica -> leader.members().contains(replica.id()))
                        .allMatch(replica -> replica.applied() == applied);
    }

    /** How much happened, so that a test can tell a quiet run from a good one. */
    public long committed() {
        return judge.committedMax();
    }

    /** Runs seeds until one shows a violation; its text, or null. Strings and numbers only, for calls across class loaders. */
    public static String firstViolation(long firstSeed, int seeds, int events) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            try {
                Simulation simulation = new Simulation(seed);
                simulation.run(events);
                simulation.heal();
            } catch (Violation | IllegalStateException e) {
                return "seed " + seed + ": " + e + " at " + e.getStackTrace()[0];
            }
        }
        return null;
    }
}

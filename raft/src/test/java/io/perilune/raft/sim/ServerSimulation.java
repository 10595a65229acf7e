package io.perilune.raft.sim;

import io.perilune.raft.node.Environment;
import io.perilune.raft.node.ProposalOutcome;
import io.perilune.raft.node.RaftOptions;
import io.perilune.raft.node.RaftServer;
import io.perilune.raft.node.ReadConsistency;
import io.perilune.raft.node.ReadOutcome;
import io.perilune.raft.node.ServerStatus;
import io.perilune.raft.storage.WalOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Three whole servers under a fate drawn from a seed: loss, delay and duplication of messages, cuts, pauses, clocks that
 * differ, processes that are killed and machines that lose power between two steps. One thread uses it.
 */
final class ServerSimulation {
    private static final long MILLI = 1_000_000;
    private static final int TIMEOUT_MILLIS = 2_000;
    private static final int CLIENTS = 3;
    private static final long HEALING_NANOS = 60_000 * MILLI;
    private static final RaftOptions.SnapshotPolicy SMALL = new RaftOptions.SnapshotPolicy(1L << 20, 25, 5);

    private final Random chance;
    private final SimulatedWorkers workers;
    private final SimulatedNetwork network;
    private final History history = new History();
    private final List<Member> members = new ArrayList<>();
    private final Map<Long, Long> leaderOfTerm = new HashMap<>();
    private final Map<Long, Long> hashes = new HashMap<>();
    private final Map<String, Long> acknowledged = new TreeMap<>();
    private final int mischiefPermille;
    private boolean healing;
    private long eventHash;
    private volatile Throwable failure;

    ServerSimulation(long seed) {
        this(seed, disk -> {});
    }

    /** @param planted spoils a disk: a mistake that is to be found */
    ServerSimulation(long seed, Consumer<SimulatedDisk> planted) {
        // Neighbouring seeds give like beginnings otherwise.
        chance = new Random(seed * 0x9E3779B97F4A7C15L);
        chance.nextInt();
        workers = new SimulatedWorkers(chance);
        network = new SimulatedNetwork(workers, chance, chance.nextInt(3) * 5);
        mischiefPermille = 1 + chance.nextInt(6);
        for (long id = 1; id <= 3; id++) {
            members.add(new Member(id));
            planted.accept(members.get(members.size() - 1).disk);
        }
        members.forEach(Member::start);
        for (int i = 0; i < CLIENTS; i++) {
            new Client(i).next();
        }
    }

    /** One that equal seeds share. */
    long eventHash() {
        return eventHash;
    }

    int acknowledged() {
        return acknowledged.size();
    }

    /** @throws Violation when a promise is broken */
    void run(int events) {
        for (int i = 0; i < events; i++) {
            if (chance.nextInt(1_000) < mischiefPermille) {
                mischief(members.get(chance.nextInt(members.size())));
            }
            step();
        }
    }

    /** Ends all mischief; everybody must come to the same state, and new commands must succeed. */
    void heal() {
        healing = true;
        network.endCuts();
        network.loseNothing();
        members.stream().filter(member -> member.server == null).forEach(Member::start);
        int before = acknowledged.size();
        long end = workers.now() + HEALING_NANOS;
        while (acknowledged.size() < before + 2 * CLIENTS || !agreed()) {
            if (workers.now() > end) {
                throw new Violation("no agreement " + HEALING_NANOS / MILLI + " ms after healing; "
                        + members.stream().map(member -> member.server.status()).toList());
            }
            step();
        }
        for (Member member : members) {
            acknowledged.forEach((command, place) -> {
                if (member.list.size() >= place && !place.equals(member.list.placeOf(command))) {
                    throw new Violation("command " + command + " was acknowledged at " + place + ", node " + member.id
                            + " has it at " + member.list.placeOf(command));
                }
            });
        }
    }

    private boolean agreed() {
        long applied = members.get(0).list.applied();
        return members.stream()
                .allMatch(member -> member.list.applied() == applied && member.list.size() >= acknowledged.size());
    }

    private void step() {
        String ran = workers.runOne();
        eventHash = (eventHash * 31 + workers.now()) * 31 + (ran == null ? 0 : ran.hashCode());
        Throwable seen = failure;
        if (seen != null) {
            throw new IllegalStateException("a node stopped by itself", seen);
        }
        for (Member member : members) {
            if (member.server != null) {
                check(member.server.status());
            }
        }
    }

    private void check(ServerStatus status) {
        if (status.role() == ServerStatus.Role.LEADER) {
            Long other = leaderOfTerm.putIfAbsent(status.term(), status.nodeId());
            if (other != null && other != status.nodeId()) {
                throw new Violation("nodes " + other + " and " + status.nodeId() + " both lead term " + status.term());
            }
        }
    }

    private void saw(long index, long hash) {
        Long other = hashes.putIfAbsent(index, hash);
        if (other != null && other != hash) {
            throw new Violation("two nodes differ in their state at index " + index);
        }
    }

    private void mischief(Member member) {
        switch (chance.nextInt(6)) {
            case 0, 1 -> {
                if (member.server == null) {
                    member.start();
                } else {
                    member.crash();
                }
            }
            case 2 -> network.cut(member.id, 1 + chance.nextInt(members.size()));
            case 3 -> network.endCuts();
            case 4 -> member.process.pause(chance.nextInt(800) * MILLI);
            default -> members.stream().filter(each -> each.server == null).forEach(Member::start);
        }
    }

    private final class Member {
        private final long id;
        private final SimulatedDisk disk = new SimulatedDisk(chance);
        private final int ratePermille = 955 + chance.nextInt(95);
        private SimulatedWorkers.NodeWorkers process;
        private RaftServer server;
        private CommandList list;

        Member(long id) {
            this.id = id;
        }

        void start() {
            RaftOptions options = RaftOptions.of(
                            "sim", id, Path.of("/sim"), "sim:" + id, Map.of(1L, "sim:1", 2L, "sim:2", 3L, "sim:3"))
                    .withSnapshots(SMALL);
            process = workers.node(ratePermille);
            list = new CommandList(ServerSimulation.this::saw);
            Environment environment = new Environment(
                    disk,
                    process,
                    (own, store) -> network.attach(id, store),
                    new WalOptions(16 << 10, 0, 1 << 20, 4 << 10),
                    true);
            try {
                server = RaftServer.start(options, list, cause -> failure = cause, environment);
            } catch (IOException e) {
                throw new IllegalStateException("node " + id + " does not start", e);
            }
        }

        void crash() {
            process.kill();
            network.detach(id);
            server = null;
            if (chance.nextBoolean()) {
                disk.kill();
            } else {
                disk.powerCut();
            }
        }
    }

    /** Sends one command until it is known to be done, under the same name each time; now and then it reads. */
    private final class Client {
        private final int number;
        private int sequence;
        private int attempt;
        private String command = "";
        private long begun;

        Client(int number) {
            this.number = number;
        }

        void next() {
            command = "client " + number + " command " + sequence++;
            begun = history.begin();
            send();
        }

        private void send() {
            int current = ++attempt;
            // A node that crashes answers nobody.
            workers.after((TIMEOUT_MILLIS + 500) * MILLI, () -> again(current));
            Member member = members.get(chance.nextInt(members.size()));
            if (member.server == null) {
                return;
            }
            if (chance.nextInt(3) == 0) {
                read(member);
            }
            member.server
                    .propose(command.getBytes(StandardCharsets.UTF_8), TIMEOUT_MILLIS)
                    .thenAccept(outcome -> answered(current, member.id, outcome));
        }

        private void read(Member member) {
            long since = history.begin();
            CommandList asked = member.list;
            member.server
                    .readBarrier(ReadConsistency.LINEARIZABLE, TIMEOUT_MILLIS)
                    .thenAccept(outcome -> {
                        if (outcome instanceof ReadOutcome.Passed) {
                            judged(() -> history.readAnswered(member.id, since, asked.size()));
                        }
                    });
        }

        private void answered(int current, long id, ProposalOutcome outcome) {
            if (current == attempt && outcome instanceof ProposalOutcome.Applied applied) {
                long place = (Long) applied.reply();
                judged(() -> history.writeAnswered(id, begun, place));
                acknowledged.put(command, place);
                attempt++;
                workers.after(1 + chance.nextInt(healing ? 400 : 100) * MILLI, this::next);
            }
        }

        private void again(int current) {
            if (current == attempt) {
                send();
            }
        }
    }

    /** A future would swallow it. */
    private void judged(Runnable judgement) {
        try {
            judgement.run();
        } catch (Violation e) {
            failure = e;
        }
    }
}

package io.perilune.raft.sim;

import io.perilune.raft.linearizability.KeyModel;
import io.perilune.raft.linearizability.KeyOperation;
import io.perilune.raft.linearizability.Linearizability;
import io.perilune.raft.linearizability.Operation;
import io.perilune.raft.linearizability.Verdict;
import io.perilune.raft.node.ProposalOutcome;
import io.perilune.raft.node.ServerStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Whole servers under a fate drawn from a seed: loss, delay and duplication of messages, cuts, pauses, clocks that differ,
 * processes that are killed, in the middle of a write too, machines that lose power, disks that are slow, full or fail, and
 * changes of members and leaders. One thread uses it.
 */
public final class ServerSimulation {
    /** Of one run, before everything is mended. */
    static final int EVENTS = 8_000;

    private static final long MILLI = 1_000_000;
    private static final int CLIENTS = 3;
    private static final int JOINING_MAX = 3;
    private static final int REMOVED_MAX = 2;
    private static final long HEALING_NANOS = 60_000 * MILLI;

    private final Random chance;
    private final SimulatedWorkers workers;
    private final SimulatedNetwork network;
    private final ServerJudge judge = new ServerJudge();
    private final SimulatedServer.World world;
    private final List<SimulatedServer> servers = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<Operation<KeyOperation, Long>> history = new ArrayList<>();
    private final Map<String, Long> acknowledged = new TreeMap<>();
    private final int founders;
    private final int mischiefPermille;
    private final boolean membersChange;
    private final boolean disksFail;
    private int joined;
    private int removals;
    private long eventHash;

    ServerSimulation(long seed) {
        this(seed, CommandList.KIND);
    }

    ServerSimulation(long seed, SimulatedMachine.Kind kind) {
        // Neighbouring seeds give like beginnings otherwise.
        chance = new Random(seed * 0x9E3779B97F4A7C15L);
        chance.nextInt();
        workers = new SimulatedWorkers(chance);
        network = new SimulatedNetwork(workers, chance, chance.nextInt(3) * 5, judge::sent);
        world = new SimulatedServer.World(chance, workers, network, judge, kind);
        mischiefPermille = 1 + chance.nextInt(6);
        membersChange = chance.nextBoolean();
        disksFail = chance.nextBoolean();
        founders = chance.nextInt(4) == 0 ? 5 : 3;
        Map<Long, String> initial = new TreeMap<>();
        for (long id = 1; id <= founders; id++) {
            initial.put(id, SimulatedServer.address(id));
        }
        initial.keySet().forEach(id -> servers.add(new SimulatedServer(id, initial, world)));
        servers.forEach(SimulatedServer::start);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new SimulatedClient(i, world, () -> servers, history, acknowledged));
        }
        clients.forEach(SimulatedClient::next);
        clients.forEach(SimulatedClient::readOn);
        happen(kind);
    }

    /** Whatever else there is for this kind of state. */
    private void happen(SimulatedMachine.Kind kind) {
        byte[] extra = kind.extra(chance);
        if (extra != null) {
            SimulatedServer asked = servers.get(chance.nextInt(servers.size()));
            if (asked.runs()) {
                asked.server().propose(extra, SimulatedClient.TIMEOUT_MILLIS);
            }
            workers.after((1 + chance.nextInt(80)) * MILLI, () -> happen(kind));
        }
    }

    /**
     * Runs seed after seed until a promise is broken.
     *
     * @return the seed and what was broken; null if nothing was
     */
    public static String firstViolation(long firstSeed, int seeds, int events) {
        return firstViolation(firstSeed, seeds, events, CommandList.KIND);
    }

    /** The same of another state. */
    public static String firstViolation(long firstSeed, int seeds, int events, SimulatedMachine.Kind kind) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            try {
                ServerSimulation simulation = new ServerSimulation(seed, kind);
                simulation.run(events);
                simulation.heal();
            } catch (Violation | IllegalStateException e) {
                return "seed " + seed + ": " + e.getMessage();
            }
        }
        return null;
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
                mischief(servers.get(chance.nextInt(servers.size())));
            }
            step();
        }
    }

    /** Ends all mischief; everybody must come to the same state, and new commands must succeed. */
    void heal() {
        network.endCuts();
        network.loseNothing();
        servers.forEach(server -> mend(server.disk()));
        int before = acknowledged.size();
        long end = workers.now() + HEALING_NANOS;
        while (acknowledged.size() < before + 2 * CLIENTS || !agreed()) {
            if (workers.now() > end) {
                throw new Violation("no agreement " + HEALING_NANOS / MILLI + " ms after healing; "
                        + servers.stream()
                                .filter(SimulatedServer::runs)
                                .map(SimulatedServer::status)
                                .toList());
            }
            startThoseWhoBelong();
            step();
        }
        for (SimulatedServer server : servers) {
            if (server.runs() && belongs(server.id())) {
                acknowledged.forEach((command, place) -> requireAt(server, command, place));
            }
        }
        requireLinearizable();
    }

    private static void mend(SimulatedDisk disk) {
        disk.setCapacityBytes(Long.MAX_VALUE);
        disk.failForceAfter(-1);
        disk.cancelCrash();
    }

    private static void requireAt(SimulatedServer server, String command, Long place) {
        if (!place.equals(server.list().placeOf(command))) {
            throw new Violation(command + " was acknowledged at " + place + ", node " + server.id() + " has it at "
                    + server.list().placeOf(command));
        }
    }

    private void requireLinearizable() {
        List<Operation<KeyOperation, Long>> all = new ArrayList<>(history);
        clients.forEach(client -> all.add(client.open()));
        Verdict verdict = Linearizability.check(new KeyModel(), all);
        if (verdict instanceof Verdict.NotLinearizable not) {
            throw new Violation("not linearizable: " + not.explanation());
        } else if (verdict instanceof Verdict.Undecided) {
            throw new IllegalStateException("the history is too long to be decided");
        }
    }

    private Optional<ServerStatus> leader() {
        return servers.stream()
                .filter(SimulatedServer::runs)
                .map(SimulatedServer::status)
                .filter(status -> status.role() == ServerStatus.Role.LEADER)
                .max(Comparator.comparingLong(ServerStatus::term));
    }

    private boolean belongs(long id) {
        return leader().stream().anyMatch(status -> status.members().stream().anyMatch(member -> member.id() == id));
    }

    /** A dead node is started by whoever looks after it; so is one that was added and of whom nobody was told. */
    private void startThoseWhoBelong() {
        for (SimulatedServer server : servers) {
            if (!server.runs() && !server.removed()) {
                server.start();
            }
        }
    }

    private boolean agreed() {
        Optional<ServerStatus> leader = leader();
        if (leader.isEmpty()) {
            return false;
        }
        return leader.get().members().stream()
                .allMatch(member -> servers.stream()
                        .filter(server -> server.id() == member.id() && server.runs())
                        .anyMatch(server ->
                                server.list().applied() == leader.get().applied()
                                        && server.list().size() >= acknowledged.size()));
    }

    private void step() {
        String ran = workers.runOne();
        eventHash = (eventHash * 31 + workers.now()) * 31 + (ran == null ? 0 : ran.hashCode());
        servers.forEach(SimulatedServer::check);
    }

    private void mischief(SimulatedServer server) {
        switch (chance.nextInt(14)) {
            case 0, 1 -> crashOrStart(server);
            case 2 -> cut(server);
            case 3 -> network.endCuts();
            case 4 -> ifRuns(server, () -> server.pause(chance.nextInt(800) * MILLI));
            case 5 -> ifRuns(server, () -> server.disk().crashIn(1 + chance.nextInt(30), anyCrash()));
            case 6 -> ifRuns(server, () -> server.stallLog(chance.nextInt(1_500) * MILLI));
            case 7 ->
                ifRuns(server, () -> server.server().transferLeadership(1 + chance.nextInt(servers.size()), 1_000));
            case 8 -> ifRuns(server, server::shutDown);
            case 9 -> changeMembers(server);
            case 10 -> troubleDisk(server);
            default -> {
                servers.forEach(each -> each.disk().setCapacityBytes(Long.MAX_VALUE));
                startThoseWhoBelong();
            }
        }
    }

    /** One way between two, or one from all others. */
    private void cut(SimulatedServer server) {
        if (chance.nextBoolean()) {
            network.cut(server.id(), 1 + chance.nextInt(servers.size()));
        } else {
            servers.forEach(other -> {
                network.cut(server.id(), other.id());
                network.cut(other.id(), server.id());
            });
        }
    }

    private static void ifRuns(SimulatedServer server, Runnable action) {
        if (server.runs()) {
            action.run();
        }
    }

    private SimulatedDisk.Crash anyCrash() {
        return chance.nextBoolean() ? SimulatedDisk.Crash.KILL : SimulatedDisk.Crash.POWER_CUT;
    }

    private void crashOrStart(SimulatedServer server) {
        if (server.runs()) {
            server.crash(anyCrash());
        } else if (!server.removed()) {
            server.start();
        }
    }

    private void troubleDisk(SimulatedServer server) {
        if (!disksFail || !server.runs()) {
            return;
        }
        if (chance.nextBoolean()) {
            server.disk().failForceAfter(chance.nextInt(10));
        } else {
            server.disk().setCapacityBytes(server.disk().usedBytes() + chance.nextInt(40_000));
        }
    }

    private void changeMembers(SimulatedServer asked) {
        if (!membersChange || !asked.runs()) {
            return;
        }
        if (joined < JOINING_MAX && chance.nextBoolean()) {
            long id = founders + ++joined;
            SimulatedServer fresh = new SimulatedServer(id, Map.of(), world);
            servers.add(fresh);
            asked.server()
                    .addMember(id, SimulatedServer.address(id), "", SimulatedClient.TIMEOUT_MILLIS)
                    .thenAccept(outcome -> {
                        if (outcome instanceof ProposalOutcome.Applied) {
                            workers.after(1 + chance.nextInt(50) * MILLI, () -> {
                                if (!fresh.runs() && !fresh.removed()) {
                                    fresh.start();
                                }
                            });
                        }
                    });
        } else if (removals < REMOVED_MAX) {
            removals++;
            asked.server().removeMember(1 + chance.nextInt(servers.size()), SimulatedClient.TIMEOUT_MILLIS);
        }
    }
}

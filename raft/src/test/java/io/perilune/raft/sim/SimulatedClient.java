package io.perilune.raft.sim;

import io.perilune.raft.linearizability.KeyOperation;
import io.perilune.raft.linearizability.Operation;
import io.perilune.raft.node.ProposalOutcome;
import io.perilune.raft.node.RaftServer;
import io.perilune.raft.node.ReadConsistency;
import io.perilune.raft.node.ReadOutcome;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Sends one command after another, each until it is known to be done and under the same name each time, and reads
 * meanwhile. What it does and is told goes into a history of additions to one number: the command list answers with places,
 * which is to say with its length. One thread uses it.
 */
final class SimulatedClient {
    static final int TIMEOUT_MILLIS = 2_000;
    private static final long MILLI = 1_000_000;
    /** A node's clock may be slow, and the node paused. */
    private static final long TIMEOUT_SLACK_NANOS = 2_000 * MILLI;

    private static final String KEY = "length";

    private final int number;
    private final Random chance;
    private final SimulatedMachine.Kind kind;
    private final SimulatedWorkers workers;
    private final Supplier<List<SimulatedServer>> servers;
    private final List<Operation<KeyOperation, Long>> history;
    private final Map<String, Long> acknowledged;
    private int sequence;
    private int attempt;
    private String command = "";
    private long begun;

    SimulatedClient(
            int number,
            SimulatedServer.World world,
            Supplier<List<SimulatedServer>> servers,
            List<Operation<KeyOperation, Long>> history,
            Map<String, Long> acknowledged) {
        this.number = number;
        this.chance = world.chance();
        this.kind = world.kind();
        this.workers = world.workers();
        this.servers = servers;
        this.history = history;
        this.acknowledged = acknowledged;
    }

    void next() {
        command = "client " + number + " command " + sequence++;
        begun = workers.now();
        send();
    }

    /** The command under way, whose fate is not known. */
    Operation<KeyOperation, Long> open() {
        return new Operation<>(number, begun, Operation.NEVER, new KeyOperation.Add(KEY, 1), 0L);
    }

    private void send() {
        int current = ++attempt;
        // A node that crashes answers nobody.
        workers.after((TIMEOUT_MILLIS + 500) * MILLI, () -> again(current));
        List<SimulatedServer> all = servers.get();
        SimulatedServer asked = all.get(chance.nextInt(all.size()));
        if (!asked.runs()) {
            return;
        }
        RaftServer server = asked.server();
        var answer = server.propose(kind.command(command), TIMEOUT_MILLIS);
        answer.thenAccept(outcome -> answered(current, outcome));
        asked.mustEnd(answer, "a proposal", TIMEOUT_MILLIS * MILLI + TIMEOUT_SLACK_NANOS);
    }

    /** Reads from any node again and again, beside what it sends. */
    void readOn() {
        List<SimulatedServer> all = servers.get();
        SimulatedServer asked = all.get(chance.nextInt(all.size()));
        if (asked.runs()) {
            read(asked);
        }
        workers.after((1 + chance.nextInt(120)) * MILLI, this::readOn);
    }

    private void read(SimulatedServer asked) {
        long since = workers.now();
        SimulatedMachine list = asked.list();
        var passed = asked.server().readBarrier(ReadConsistency.LINEARIZABLE, TIMEOUT_MILLIS);
        passed.thenAccept(outcome -> {
            if (outcome instanceof ReadOutcome.Passed) {
                history.add(new Operation<>(number, since, workers.now(), new KeyOperation.Read(KEY), list.size()));
            }
        });
        asked.mustEnd(passed, "a read", TIMEOUT_MILLIS * MILLI + TIMEOUT_SLACK_NANOS);
    }

    private void answered(int current, ProposalOutcome outcome) {
        if (current == attempt && outcome instanceof ProposalOutcome.Applied applied) {
            long place = kind.place(applied.reply());
            if (place == 0) {
                return;
            }
            history.add(new Operation<>(number, begun, workers.now(), new KeyOperation.Add(KEY, 1), place));
            acknowledged.put(command, place);
            attempt++;
            workers.after(1 + chance.nextInt(100) * MILLI, this::next);
        }
    }

    private void again(int current) {
        if (current == attempt) {
            send();
        }
    }
}

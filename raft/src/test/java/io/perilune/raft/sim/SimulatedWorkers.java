package io.perilune.raft.sim;

import io.perilune.raft.node.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The steps of all servers of a simulation under one virtual time; chance says which of those that could run does. One
 * thread uses it.
 */
final class SimulatedWorkers {
    private static final int STEP_NANOS_MAX = 200_000;
    private static final long NEVER = Long.MAX_VALUE;

    private final Random chance;
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private long now;

    SimulatedWorkers(Random chance) {
        this.chance = chance;
    }

    /** Virtual nanoseconds since the beginning. */
    long now() {
        return now;
    }

    /** Something that happens once, after a delay. */
    void after(long nanos, Runnable action) {
        SimulatedWorker once = new SimulatedWorker(new NodeWorkers(1_000), "once", () -> 0, failure -> {});
        once.action = action;
        once.woken = false;
        once.due = now + nanos;
        workers.add(once);
    }

    /** Threads and clock of one run of one node. {@code ratePermille} says how fast its clock goes. */
    NodeWorkers node(int ratePermille) {
        return new NodeWorkers(ratePermille);
    }

    /** Runs one step, or lets time pass until one can run. Returns what ran; null when time passed. */
    String runOne() {
        List<SimulatedWorker> ready = new ArrayList<>();
        long next = NEVER;
        for (SimulatedWorker worker : workers) {
            long at = worker.readyAt();
            if (at <= now) {
                ready.add(worker);
            }
            next = Math.min(next, at);
        }
        if (ready.isEmpty()) {
            if (next == NEVER) {
                throw new Violation("nothing will ever happen again");
            }
            now = next;
            return null;
        }
        SimulatedWorker chosen = ready.get(chance.nextInt(ready.size()));
        now += 1 + chance.nextInt(STEP_NANOS_MAX);
        chosen.run();
        return chosen.name;
    }

    final class NodeWorkers implements Workers {
        private final int ratePermille;
        private final long origin = chance.nextInt(1_000_000_000);
        private long pausedUntil;

        private NodeWorkers(int ratePermille) {
            this.ratePermille = ratePermille;
        }

        /** None of its steps runs for so long. */
        void pause(long nanos) {
            pausedUntil = now + nanos;
        }

        /** The process has ended: nothing of it runs again. */
        void kill() {
            workers.removeIf(worker -> worker.node == this);
        }

        @Override
        public long nanoTime() {
            return origin + now * ratePermille / 1_000;
        }

        @Override
        public long currentTimeMillis() {
            return nanoTime() / 1_000_000;
        }

        @Override
        public long randomSeed() {
            return chance.nextLong();
        }

        @Override
        public Worker start(String name, Step step, Consumer<Throwable> onFailure) {
            SimulatedWorker worker = new SimulatedWorker(this, name, step, onFailure);
            workers.add(worker);
            return worker;
        }

        private long globally(long due) {
            return due == Step.WHEN_WOKEN ? NEVER : Math.max(0, (due - origin) * 1_000 / ratePermille + 1);
        }
    }

    private final class SimulatedWorker implements Workers.Worker {
        private final NodeWorkers node;
        private final String name;
        private final Workers.Step step;
        private final Consumer<Throwable> onFailure;
        private Runnable action;
        private boolean woken = true;
        private long due = NEVER;

        SimulatedWorker(NodeWorkers node, String name, Workers.Step step, Consumer<Throwable> onFailure) {
            this.node = node;
            this.name = name;
            this.step = step;
            this.onFailure = onFailure;
        }

        private long readyAt() {
            return Math.max(node.pausedUntil, woken ? 0 : due);
        }

        private void run() {
            if (action != null) {
                workers.remove(this);
                action.run();
                return;
            }
            woken = false;
            try {
                due = node.globally(step.run());
            } catch (Exception | Error e) {
                workers.remove(this);
                onFailure.accept(e);
            }
        }

        @Override
        public void wake() {
            woken = true;
        }

        @Override
        public void stop() {
            workers.remove(this);
        }

        @Override
        public void awaitEnd(long millis) {
            // It has ended when it was stopped: nothing runs beside the caller.
        }
    }
}

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
        after(new NodeWorkers(1_000, () -> {}), nanos, action);
    }

    private void after(NodeWorkers node, long nanos, Runnable action) {
        SimulatedWorker once = new SimulatedWorker(node, "once", () -> 0, failure -> {});
        once.action = action;
        once.woken = false;
        once.due = now + nanos;
        workers.add(once);
    }

    /**
     * Threads and clock of one run of one node.
     *
     * @param ratePermille how fast its clock goes
     * @param crashed told when the process ends within a step of its own, by a {@link SimulatedDisk.Crashed}
     */
    NodeWorkers node(int ratePermille, Runnable crashed) {
        return new NodeWorkers(ratePermille, crashed);
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
        private final Runnable crashed;
        private long pausedUntil;
        private String stalledSuffix = "";
        private long stalledUntil;

        private NodeWorkers(int ratePermille, Runnable crashed) {
            this.ratePermille = ratePermille;
            this.crashed = crashed;
        }

        /** The worker whose name ends so does not run for so long, as if its disk took that time. */
        void stall(String suffix, long nanos) {
            stalledSuffix = suffix;
            stalledUntil = now + nanos;
        }

        private long blockedUntil(String worker) {
            return !stalledSuffix.isEmpty() && worker.endsWith(stalledSuffix)
                    ? Math.max(pausedUntil, stalledUntil)
                    : pausedUntil;
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

        @Override
        public void once(String name, Runnable action) {
            after(this, 0, action);
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
            return Math.max(node.blockedUntil(name), woken ? 0 : due);
        }

        private void run() {
            try {
                if (action != null) {
                    workers.remove(this);
                    action.run();
                    return;
                }
                woken = false;
                due = node.globally(step.run());
            } catch (SimulatedDisk.Crashed e) {
                node.crashed.run();
            } catch (Violation e) {
                throw e;
            } catch (Exception | Error e) {
                if (action != null) {
                    throw new IllegalStateException(e);
                }
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

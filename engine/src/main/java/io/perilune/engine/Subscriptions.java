package io.perilune.engine;

import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know when a machine is another. What has happened they look up themselves, at their own pace, so that
 * nothing is queued here and applying never waits: it leaves the newest world and wakes one thread, which wakes those
 * whose machine is not the same as the last time.
 */
final class Subscriptions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

    private final Map<String, Set<Runnable>> byMachine = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "engine-events");
    private volatile World newest = World.EMPTY;
    private volatile boolean asleep;
    private volatile boolean closed;

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Called by the thread that applies, for every index. */
    void reached(World world) {
        newest = world;
        if (asleep) {
            asleep = false;
            LockSupport.unpark(thread);
        }
    }

    /** @param wake called by a thread that must not be held up; several changes may be one call */
    Runnable add(String machine, Runnable wake) {
        byMachine.compute(machine, (name, known) -> {
            Set<Runnable> all = known == null ? ConcurrentHashMap.newKeySet() : known;
            all.add(wake);
            return all;
        });
        return () -> byMachine.computeIfPresent(machine, (name, known) -> {
            known.remove(wake);
            return known.isEmpty() ? null : known;
        });
    }

    private void run() {
        var seen = new HashMap<String, @Nullable Machine>();
        World last = World.EMPTY;
        while (!closed) {
            var world = newest;
            if (world == last) {
                asleep = true;
                if (newest == last && !closed) {
                    LockSupport.park(this);
                }
                asleep = false;
                continue;
            }
            last = world;
            tell(world, seen);
        }
    }

    private void tell(World world, Map<String, @Nullable Machine> seen) {
        seen.keySet().retainAll(byMachine.keySet());
        byMachine.forEach((name, wakes) -> {
            var isNew = !seen.containsKey(name);
            var machine = world.machine(name);
            if (seen.put(name, machine) != machine || isNew) {
                wakes.forEach(Subscriptions::wake);
            }
        });
    }

    private static void wake(Runnable subscriber) {
        try {
            subscriber.run();
        } catch (RuntimeException defect) {
            LOG.error("a subscriber could not be woken", defect);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}

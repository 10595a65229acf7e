package io.perilune.engine.apply;

import io.perilune.engine.Request;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.codec.Work.Submitted;
import io.perilune.engine.replication.ReplicatedState.Upcoming;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Applies what is about to come, machine by machine, on as many threads as there are cores: what an entry does to one
 * machine depends on no other. The results are then taken one by one in the order of the log. One that does not fit the
 * world by then, because something else happened to its machine first, is not used; so this changes how fast entries are
 * applied and nothing else.
 */
final class Ahead implements AutoCloseable {
    private static final int IDLE_SECONDS = 10;
    private static final Work NOBODYS = new Work.Check();

    private final Transition transition;
    private final Applier.Listener listener;
    private final int helpersMax;
    private final ThreadPoolExecutor helpers;
    private final Map<Long, Prepared> prepared = new HashMap<>();

    private record Prepared(String machine, Machine before, long timeBefore, Step step) {}

    /** @param timeBefore log time before this entry */
    private record Task(Upcoming entry, long timeBefore) {}

    /** Those of one machine, in their order, and what came of them. */
    private record Line(String name, Machine machine, List<Task> tasks, List<Prepared> results) {}

    /** @param listener told when entries begin and end, by the threads that apply them */
    Ahead(Transition transition, int cores, Applier.Listener listener) {
        this.listener = listener;
        this.transition = transition;
        this.helpersMax = cores - 1;
        this.helpers = new ThreadPoolExecutor(
                Math.max(1, helpersMax),
                Math.max(1, helpersMax),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new ScriptThreads("apply"));
        helpers.allowCoreThreadTimeOut(true);
    }

    /** To be called by the thread that applies. */
    void prepare(World world, List<Upcoming> entries) {
        prepared.clear();
        if (helpersMax < 1) {
            return;
        }
        var lines = lines(world, entries);
        if (lines.size() < 2) {
            return;
        }
        var open = new ConcurrentLinkedQueue<>(lines);
        var done = new CountDownLatch(lines.size());
        for (var i = 1; i < Math.min(lines.size(), helpersMax + 1); i++) {
            helpers.execute(() -> run(open, done));
        }
        run(open, done);
        await(done);
        for (var line : lines) {
            line.results.forEach(result -> prepared.put(result.step.world().index(), result));
        }
    }

    private static List<Line> lines(World world, List<Upcoming> entries) {
        var lines = new LinkedHashMap<String, Line>();
        var left = new HashSet<String>();
        var time = world.time();
        for (var entry : entries) {
            var name = machine(entry, left);
            var machine = world.machine(name);
            if (machine != null) {
                lines.computeIfAbsent(name, none -> new Line(name, machine, new ArrayList<>(), new ArrayList<>()))
                        .tasks
                        .add(new Task(entry, time));
            }
            time = Math.max(time, entry.time());
        }
        return List.copyOf(lines.values());
    }

    /** Empty where it is not for this place: what is about no machine, and a machine that goes, and all that comes to it afterwards, is left alone. */
    private static String machine(Upcoming entry, HashSet<String> left) {
        var work = work(entry);
        if (work instanceof Submitted submitted && submitted.request() instanceof Request.Delete) {
            left.add(work.machine());
        }
        return left.contains(work.machine()) ? "" : work.machine();
    }

    private static Work work(Upcoming entry) {
        try {
            return EntryCodec.decode(entry.command().duplicate())
                    .map(Instruction::work)
                    .orElse(NOBODYS);
        } catch (IllegalStateException ofLaterFormat) {
            return NOBODYS;
        }
    }

    private void run(Queue<Line> open, CountDownLatch done) {
        for (var line = open.poll(); line != null; line = open.poll()) {
            try {
                run(line);
            } catch (RuntimeException | Error defect) {
                // Whoever applies the entry in its turn meets it again.
                line.results.clear();
            } finally {
                done.countDown();
            }
        }
    }

    private void run(Line line) {
        var machine = line.machine;
        for (var task : line.tasks) {
            var entry = task.entry;
            var alone =
                    World.of(entry.index() - 1, entry.term(), task.timeBefore, TreePMap.singleton(line.name, machine));
            var begun = listener.begins();
            var step = transition.apply(alone, entry.index(), entry.term(), entry.time(), entry.command());
            listener.ended(begun);
            line.results.add(new Prepared(line.name, machine, task.timeBefore, step));
            machine = step.world().machine(line.name);
            if (machine == null) {
                return;
            }
        }
    }

    private static void await(CountDownLatch done) {
        var interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the entry at {@code index} makes of {@code world}; null if that was not prepared, or for another world. */
    @Nullable
    Step take(World world, long index, long term, long stamp) {
        var found = prepared.remove(index);
        if (found == null || found.timeBefore != world.time() || world.machine(found.machine) != found.before) {
            return null;
        }
        var next = world.at(index, term, stamp);
        var machine = found.step.world().machine(found.machine);
        if (machine == null) {
            next = next.without(found.machine);
        } else if (machine != found.before) {
            next = next.with(machine);
        }
        return found.step.in(next);
    }

    @Override
    public void close() {
        helpers.shutdown();
    }
}

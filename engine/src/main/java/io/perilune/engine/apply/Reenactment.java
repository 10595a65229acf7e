package io.perilune.engine.apply;

import io.perilune.engine.Past;
import io.perilune.engine.Rehearsal;
import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.View.Version;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Sandbox.Compilation;
import io.perilune.scripting.Script;
import io.perilune.scripting.Trace;
import java.util.ArrayList;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The past run again, without a trace: line by line, to see what happened, or with another script, to see what would
 * have. To be called on threads whose stack is large enough for scripts.
 */
public final class Reenactment {
    private final Scripts scripts;

    public Reenactment(Scripts scripts) {
        this.scripts = scripts;
    }

    // ---- with the script that ran

    /** {@link Reply.Traced}, or why not. */
    public Reply trace(Machine machine, Past past) {
        var before = Rewind.before(machine, past.index());
        if (before == null) {
            return notRetained("entry " + past.index() + " cannot be run again: the state before it is not kept");
        }
        var version = machine.versions().get(past.version());
        if (version == null) {
            return notRetained("entry " + past.index() + " ran version " + past.version() + ", which is not kept");
        }
        var traces = new ArrayList<Trace>();
        var runner = new Runner(scripts, (script, entry, host, invocation) -> {
            var trace = script.trace(entry, host, invocation);
            traces.add(trace);
            return trace.outcome();
        });
        var again = new Replay(runner).again(before, version, past);
        return new Reply.Traced(
                past.index(), traces, Rehearsal.compare(past, again.past()).isEmpty());
    }

    private static Reply notRetained(String detail) {
        return Replies.refused(Refusal.NOT_RETAINED, detail, null);
    }

    // ---- with another script

    /** {@link Reply.Rehearsed} over the last {@code last} commands, or {@link Reply.ScriptInvalid}. */
    public Reply rehearse(Machine machine, SortedMap<String, Bytes> files, int last) {
        if (scripts.compile(machine.name(), files) instanceof Compilation.Invalid invalid) {
            return Transition.invalid(invalid);
        }
        var candidate = new Version(machine.nextVersion(), HashChain.ofFiles(files), 0, 0, files);
        return new Reply.Rehearsed(new Rehearser(machine, candidate).rehearse(last));
    }

    private final class Rehearser {
        private final Machine present;
        private final Version candidate;
        private final Runner runner = new Runner(scripts, Script::call);
        private final ArrayList<Rehearsal.Difference> differences = new ArrayList<>();
        private final TreeMap<Long, Limits> limits = new TreeMap<>();
        private boolean migrated;
        private int commands;
        private int same;
        private long gas;
        private long bytes;

        Rehearser(Machine present, Version candidate) {
            this.present = present;
            this.candidate = candidate;
        }

        Rehearsal rehearse(int last) {
            var first = first(last);
            var past = first == null ? null : Rewind.before(present, first.index());
            if (first == null || past == null) {
                return report(null, false);
            }
            var migration = migrate(past, first);
            if (!(migration.reply instanceof Reply.Done)) {
                return report(migration.reply, false);
            }
            return run(migration.machine, first.index());
        }

        /** Where the last commands begin that can be run again; takes note of changes of limits on the way. */
        private @Nullable Past first(int last) {
            Past first = null;
            var after = present.limits();
            var left = last;
            for (var entry : present.history().backwards()) {
                var past = HistoryCodec.decode(present.name(), entry.getValue());
                if (left == 0 || past.undo() == null) {
                    break;
                }
                if (past.undo().limits() != null) {
                    limits.put(past.index(), after);
                    after = past.undo().limits();
                }
                if (!past.calls().isEmpty()) {
                    first = past;
                    left--;
                }
            }
            return first;
        }

        private record Migration(Machine machine, Reply reply) {}

        private Migration migrate(Machine machine, Past first) {
            var world = World.of(first.index(), first.term(), first.time(), TreePMap.empty());
            var draft = runner.draft(machine, candidate, world);
            var hook = new EntryPoint.Migrate(first.version());
            var reply = runner.run(
                    world, machine, candidate, draft, machine.limits(), hook, null, null, Runner.mix(first.index(), 0));
            migrated = !draft.changes().isEmpty();
            return new Migration(reply instanceof Reply.Done ? draft.keep(machine) : machine, reply);
        }

        private Rehearsal run(Machine start, long from) {
            var replay = new Replay(runner);
            var machine = start;
            for (var at = present.history().next(from);
                    at != null;
                    at = present.history().next(at + 1)) {
                var entry = present.history().get(at);
                if (entry == null) {
                    throw new IllegalStateException("no entry at " + at);
                }
                var was = HistoryCodec.decode(present.name(), entry);
                if (limits.containsKey(at)) {
                    machine = machine.with(limits.get(at));
                }
                if (was.calls().isEmpty()) {
                    machine = migrated ? machine : written(machine, was);
                    continue;
                }
                if (differences.size() == Rehearsal.DIFFERENCES_MAX
                        || gas > Rehearsal.GAS_MAX
                        || bytes > Rehearsal.BYTES_MAX) {
                    return report(null, true);
                }
                var again = replay.again(machine, candidate, was);
                machine = again.machine();
                compare(was, again.past(), entry.size());
            }
            return report(null, false);
        }

        private void compare(Past was, Past now, int size) {
            commands++;
            gas += Rehearsal.gas(now);
            var what = Rehearsal.compare(was, now);
            if (what.isEmpty()) {
                same++;
            } else {
                bytes += size
                        + now.writes().stream()
                                .mapToLong(write -> write.after() == null
                                        ? 0
                                        : write.after().value().size())
                                .sum();
                differences.add(new Rehearsal.Difference(was, now, what));
            }
        }

        /** What an activation wrote then, for a candidate that has nothing of its own to write. */
        private static Machine written(Machine machine, Past past) {
            var keyspace = machine.keyspace();
            for (var write : past.writes()) {
                keyspace = write.after() == null
                        ? keyspace.delete(write.key())
                        : keyspace.put(write.key(), Records.stored(write.after()));
            }
            return machine.with(keyspace);
        }

        private Rehearsal report(@Nullable Reply migration, boolean cut) {
            return new Rehearsal(commands, same, differences, migration, cut);
        }
    }
}

package io.perilune.engine.apply;

import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Request;
import io.perilune.engine.View.Version;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.ReplyCodec;
import io.perilune.engine.codec.Work;
import io.perilune.engine.codec.Work.FireTimer;
import io.perilune.engine.codec.Work.Submitted;
import io.perilune.engine.codec.Work.Sweep;
import io.perilune.engine.state.Change;
import io.perilune.engine.state.Draft;
import io.perilune.engine.state.Event;
import io.perilune.engine.state.History;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Remembered;
import io.perilune.engine.state.Timer;
import io.perilune.engine.state.TimerChange;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Sandbox.Compilation;
import io.perilune.scripting.Script;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * What an entry does to the world: a pure function, to be called on a thread whose stack is large enough for scripts.
 * Whatever a script or an entry does, there is a reply; an exception is a defect of this software.
 */
public final class Transition {
    /** Keys that one entry removes because they have expired. Those left over are not to be seen all the same. */
    public static final int EXPIRED_PER_ENTRY = 1_000;

    private static final Reply NONSENSE = Replies.refused(Refusal.NO_SUCH_COMMAND, "the entry cannot be read", null);

    private static final Reply NO_ANSWER = Replies.refused(Refusal.NO_SUCH_COMMAND, "there is no answer to this", null);

    private final Scripts scripts;
    private final Runner runner;

    public Transition(Scripts scripts) {
        this.scripts = scripts;
        this.runner = new Runner(scripts, Script::call);
    }

    /** @param stamp the leader's, in milliseconds; log time goes on from it but never back */
    public Step apply(World before, long index, long term, long stamp, ByteBuffer entry) {
        var world = before.at(index, term, stamp);
        var instruction = EntryCodec.decode(entry.duplicate());
        if (instruction.isPresent() && instruction.get().work() instanceof Work.Oversight oversight) {
            return new Step(world, NO_ANSWER, List.of(), List.of(), List.of(), oversight);
        }
        if (instruction.isPresent()
                && instruction.get().work() instanceof Submitted submitted
                && submitted.request() instanceof Request.Administration request) {
            return Administrator.apply(world, request);
        }
        return instruction.isEmpty() ? Step.unchanged(world, NONSENSE) : apply(world, instruction.get(), entry);
    }

    private Step apply(World world, Instruction instruction, ByteBuffer entry) {
        var work = instruction.work();
        var found = world.machine(work.machine());
        if (found == null) {
            return createOrRefuse(world, instruction, entry);
        }
        var expired = found.keyspace().expired(world.time(), EXPIRED_PER_ENTRY);
        var machine = found.with(found.keyspace().without(expired))
                .with(found.memory().aged(world.time()));
        return seal(world, found, work(world, machine, instruction), expired, entry);
    }

    private Step createOrRefuse(World world, Instruction instruction, ByteBuffer entry) {
        var name = instruction.work().machine();
        if (!(instruction.work() instanceof Submitted submitted)
                || !(submitted.request() instanceof Request.Deploy deploy)) {
            return Step.unchanged(world, Replies.noSuchMachine(world, name));
        }
        if (world.machines().size() >= Ceilings.MACHINES) {
            var detail = "there are " + Ceilings.MACHINES + " machines already";
            return Step.unchanged(world, Replies.refused(Refusal.TOO_LARGE, detail, null));
        }
        var empty = Machine.create(name);
        var made = request(world, empty, deploy, instruction.seed());
        // One that came to nothing leaves no machine; a machine without any version is nothing.
        return made.machine().versions().isEmpty()
                ? new Step(world, made.reply(), List.of(), List.of(), made.log())
                : seal(world, empty, made, List.of(), entry);
    }

    private static Step seal(World world, Machine before, Made made, List<Bytes> expired, ByteBuffer entry) {
        var machine = made.machine();
        if (made.deleted()) {
            return new Step(world.without(machine.name()), made.reply(), List.of(), List.of(), made.log());
        }
        var hash = HashChain.next(
                machine.hash(),
                world.index(),
                world.term(),
                world.time(),
                entry,
                expired,
                made.changes(),
                made.timers(),
                made.events(),
                made.reply());
        var sealed = machine.sealed(world.index(), hash).with(recorded(world, before, made, expired, hash));
        return new Step(world.with(sealed), made.reply(), made.changes(), made.events(), made.log());
    }

    private static History recorded(World world, Machine before, Made made, List<Bytes> expired, Bytes hash) {
        var machine = made.machine();
        var history = machine.history();
        var limits = before.limits().equals(machine.limits()) ? null : before.limits();
        var isNothing = made.calls().isEmpty()
                && made.changes().isEmpty()
                && made.events().isEmpty()
                && made.timers().isEmpty()
                && expired.isEmpty()
                && limits == null
                && before.active() == machine.active();
        if (isNothing || history.bounds().bytes() == 0) {
            return isNothing ? history : history.forgetting(world.index());
        }
        var past = new Past(
                world.index(),
                world.term(),
                world.time(),
                machine.active(),
                made.reply() instanceof Reply.Batch || made.reply() instanceof Reply.BatchFailed,
                made.reply() instanceof Reply.BatchFailed,
                made.timer(),
                made.calls(),
                made.changes().stream().map(Records::write).toList(),
                made.events().stream().map(Records::event).toList(),
                made.log(),
                hash,
                Records.undo(before.keyspace(), expired, made.timers(), limits));
        return history.plus(world.index(), world.time(), !made.calls().isEmpty(), HistoryCodec.encode(past));
    }

    private Made work(World world, Machine machine, Instruction instruction) {
        var work = instruction.work();
        if (work instanceof Submitted submitted) {
            return request(world, machine, submitted.request(), instruction.seed());
        }
        if (work instanceof FireTimer fire) {
            return fire(world, machine, fire, instruction.seed());
        }
        if (work instanceof Sweep) {
            return Made.of(machine, NO_ANSWER);
        }
        throw new IllegalStateException("no rule for " + work);
    }

    private Made request(World world, Machine machine, Request request, long seed) {
        var refusal = Ceilings.refusal(request);
        if (refusal.isPresent()) {
            return Made.of(machine, refusal.get());
        }
        if (request instanceof Request.Call call) {
            return calls(world, machine, List.of(call), seed);
        }
        if (request instanceof Request.AtomicBatch batch) {
            return batch(calls(world, machine, batch.calls(), seed));
        }
        if (request instanceof Request.Deploy deploy) {
            return deploy(world, machine, deploy, seed);
        }
        if (request instanceof Request.Activate activate) {
            return activate(world, machine, activate, seed);
        }
        if (request instanceof Request.SetLimits set) {
            return setLimits(world, machine, set);
        }
        if (request instanceof Request.Delete) {
            return Made.deleted(machine, new Reply.Deleted(machine.name(), world.index()));
        }
        throw new IllegalStateException("no rule for " + request);
    }

    private static Made setLimits(World world, Machine machine, Request.SetLimits set) {
        var history =
                set.history() == null ? machine.history() : machine.history().with(set.history(), world.time());
        return Made.of(machine.with(set.limits()).with(history), new Reply.LimitsSet(machine.name(), world.index()));
    }

    // ---- commands

    private static Made batch(Made made) {
        var failed = !(made.reply() instanceof Reply.Done);
        var reply =
                failed ? new Reply.BatchFailed(made.replies().size(), made.reply()) : new Reply.Batch(made.replies());
        return made.answering(reply);
    }

    /** All of them or, from the first that does not end well, none. The reply is the last call's. */
    private Made calls(World world, Machine machine, List<Request.Call> calls, long seed) {
        if (machine.active() == 0) {
            var reply = Replies.nothingActive(machine.name());
            return Made.of(machine, reply).withReplies(List.of(reply));
        }
        var draft = runner.draft(machine, machine.activeVersion(), world);
        var memory = machine.memory();
        var replies = new ArrayList<Reply>(calls.size());
        var ran = new ArrayList<Past.Call>(calls.size());
        var gasLeft = machine.limits().gas() * Ceilings.BATCH_GAS_COMMANDS;
        for (var call : calls) {
            var known = known(machine.with(memory), call, world.time());
            var limits = machine.limits().withGasAtMost(Math.max(1, gasLeft));
            var ownSeed = Runner.mix(seed, replies.size());
            var reply = known != null
                    ? known
                    : runner.run(
                            world,
                            machine,
                            machine.activeVersion(),
                            draft,
                            limits,
                            Runner.entry(call.name(), call.argument()),
                            call.key(),
                            call.caller(),
                            ownSeed);
            gasLeft -= known == null && reply instanceof Reply.Done done
                    ? done.receipt().gas()
                    : 0;
            replies.add(reply);
            if (known == null && ReplyCodec.memorable(reply)) {
                ran.add(new Past.Call(
                        call.name(), call.argument(), call.key(), call.caller(), ownSeed, reply, call.traceparent()));
            }
            var remembered = known == null ? remembered(call, reply, world.time()) : null;
            if (!(reply instanceof Reply.Done)) {
                var left = remembered == null
                        ? machine
                        : machine.with(machine.memory().plus(remembered));
                return Made.undone(left, reply, draft).withReplies(replies).having(ran, null);
            }
            memory = remembered == null ? memory : memory.plus(remembered);
        }
        var last = replies.get(replies.size() - 1);
        return Made.kept(machine.with(memory), last, draft).withReplies(replies).having(ran, null);
    }

    /** The answer that this call already has, or null. */
    private static @Nullable Reply known(Machine machine, Request.Call call, long now) {
        if (call.key() == null) {
            return null;
        }
        var found = machine.memory().find(caller(call), call.key(), now);
        if (found == null) {
            return null;
        }
        if (found.fingerprint().equals(HashChain.fingerprint(call.name(), call.argument()))) {
            return ReplyCodec.decode(machine.name(), found.reply());
        }
        var detail = "the idempotency key " + call.key() + " was used for another command";
        return Replies.refused(Refusal.IDEMPOTENCY_KEY_REUSED, detail, null);
    }

    private static @Nullable Remembered remembered(Request.Call call, Reply reply, long now) {
        if (call.key() == null || !ReplyCodec.memorable(reply)) {
            return null;
        }
        var fingerprint = HashChain.fingerprint(call.name(), call.argument());
        return new Remembered(caller(call), call.key(), fingerprint, now, ReplyCodec.encode(reply));
    }

    private static String caller(Request.Call call) {
        return call.caller() == null ? "" : call.caller();
    }

    /** Whatever comes of it, the timer has fired: it is pending no more unless its command sets it again. */
    private Made fire(World world, Machine machine, FireTimer fire, long seed) {
        var timer = machine.timers().get(fire.id());
        if (timer == null || timer.due() != fire.due() || timer.due() > world.time()) {
            var detail = "no timer " + fire.id() + " is due";
            return Made.of(machine, Replies.refused(Refusal.NO_SUCH_COMMAND, detail, null));
        }
        var fired = machine.with(machine.timers().minus(timer.id()));
        var draft = runner.draft(fired, fired.activeVersion(), world);
        var entry = new EntryPoint.Command(timer.command(), timer.argument());
        var ownSeed = Runner.mix(seed, 0);
        var reply = runner.run(world, fired, fired.activeVersion(), draft, fired.limits(), entry, null, null, ownSeed);
        var made = reply instanceof Reply.Done ? Made.kept(fired, reply, draft) : Made.undone(fired, reply, draft);
        var ran = ReplyCodec.memorable(reply)
                ? List.of(new Past.Call(timer.command(), timer.argument(), null, null, ownSeed, reply, null))
                : List.<Past.Call>of();
        return made.fired(timer).having(ran, timer.id());
    }

    // ---- versions

    private Made deploy(World world, Machine machine, Request.Deploy deploy, long seed) {
        var mismatch = mismatch(machine, deploy.expected());
        if (mismatch != null) {
            return Made.of(machine, mismatch);
        }
        var compilation = scripts.compile(machine.name(), deploy.files());
        if (compilation instanceof Compilation.Invalid invalid) {
            return Made.of(machine, invalid(invalid));
        }
        var active = machine.activeVersion();
        if (active.files().equals(deploy.files())) {
            return Made.of(machine, deployed(world, machine, active, false));
        }
        var sha256 = HashChain.ofFiles(deploy.files());
        var version = new Version(machine.nextVersion(), sha256, world.index(), world.time(), deploy.files());
        var versions = bounded(machine.versions().plus(version.number(), version), machine.active());
        if (!deploy.activate()) {
            return Made.of(machine.with(versions, machine.active()), deployed(world, machine, version, true));
        }
        return activate(world, machine, versions, version, seed);
    }

    public static Reply invalid(Compilation.Invalid invalid) {
        return new Reply.ScriptInvalid(invalid.message(), invalid.file(), invalid.line(), invalid.sourceLine());
    }

    private Made activate(World world, Machine machine, Request.Activate activate, long seed) {
        var mismatch = mismatch(machine, activate.expected());
        if (mismatch != null) {
            return Made.of(machine, mismatch);
        }
        var version = machine.versions().get(activate.version());
        if (version == null) {
            var detail = machine.name() + " has no version " + activate.version();
            return Made.of(machine, Replies.refused(Refusal.NO_SUCH_VERSION, detail, null));
        }
        return version.number() == machine.active()
                ? Made.of(machine, deployed(world, machine, version, false))
                : activate(world, machine, machine.versions(), version, seed);
    }

    /** Runs {@code init} for the first activation of all, {@code migrate} for others, in the version to come. */
    private Made activate(World world, Machine machine, TreePMap<Long, Version> versions, Version version, long seed) {
        var hook = machine.active() == 0 ? new EntryPoint.Init() : new EntryPoint.Migrate(machine.active());
        var draft = runner.draft(machine, version, world);
        var reply = runner.run(world, machine, version, draft, machine.limits(), hook, null, null, Runner.mix(seed, 0));
        return reply instanceof Reply.Done
                ? Made.kept(machine.with(versions, version.number()), deployed(world, machine, version, true), draft)
                : Made.undone(machine, reply, draft);
    }

    private static Reply deployed(World world, Machine machine, Version version, boolean created) {
        return new Reply.Deployed(machine.name(), version.number(), version.sha256(), world.index(), created);
    }

    private static @Nullable Reply mismatch(Machine machine, @Nullable Long expected) {
        if (expected == null || expected == machine.active()) {
            return null;
        }
        var detail = machine.active() == 0
                ? "no version is active, expected " + expected
                : "version " + machine.active() + " is active, not " + expected;
        return Replies.refused(Refusal.VERSION_MISMATCH, detail, null);
    }

    /** Without the oldest ones that are too many or too much; never without the newest or the active one. */
    private static TreePMap<Long, Version> bounded(TreePMap<Long, Version> versions, long active) {
        var left = versions;
        var bytes = versions.values().stream().mapToLong(Transition::bytes).sum();
        for (var version : versions.headMap(versions.lastKey(), false).values()) {
            if (left.size() <= Ceilings.VERSIONS && bytes <= Ceilings.VERSIONS_BYTES) {
                break;
            }
            if (version.number() != active) {
                left = left.minus(version.number());
                bytes -= bytes(version);
            }
        }
        return left;
    }

    private static long bytes(Version version) {
        return version.files().values().stream().mapToLong(Bytes::size).sum();
    }

    /** Compiles and runs what activating would run, and throws the outcome away. */
    public Reply rehearse(World world, Request.Deploy deploy, long seed) {
        var refusal = Ceilings.refusal(deploy);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        var found = world.machine(deploy.machine());
        return deploy(world, found == null ? Machine.create(deploy.machine()) : found, deploy, seed)
                .reply();
    }

    /**
     * What an entry made of its machine.
     *
     * @param replies those of the calls in it
     * @param calls those of them that ran, for the history
     * @param timer that fired
     */
    private record Made(
            Machine machine,
            boolean deleted,
            Reply reply,
            List<Reply> replies,
            List<Change> changes,
            List<TimerChange> timers,
            List<Event> events,
            List<Bytes> log,
            List<Past.Call> calls,
            @Nullable String timer) {
        static Made of(Machine machine, Reply reply) {
            return new Made(
                    machine, false, reply, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null);
        }

        static Made deleted(Machine machine, Reply reply) {
            return new Made(
                    machine, true, reply, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null);
        }

        static Made kept(Machine machine, Reply reply, Draft draft) {
            return new Made(
                    draft.keep(machine),
                    false,
                    reply,
                    List.of(),
                    draft.changes(),
                    draft.timerChanges(),
                    draft.events(),
                    draft.log(),
                    List.of(),
                    null);
        }

        static Made undone(Machine machine, Reply reply, Draft draft) {
            return new Made(
                    machine, false, reply, List.of(), List.of(), List.of(), List.of(), draft.log(), List.of(), null);
        }

        Made having(List<Past.Call> ran, @Nullable String fired) {
            return new Made(machine, deleted, reply, replies, changes, timers, events, log, List.copyOf(ran), fired);
        }

        Made answering(Reply other) {
            return new Made(machine, deleted, other, replies, changes, timers, events, log, calls, timer);
        }

        Made withReplies(List<Reply> all) {
            return new Made(machine, deleted, reply, List.copyOf(all), changes, timers, events, log, calls, timer);
        }

        /** Of the changes of timers, the one of this timer began when it was still pending. */
        Made fired(Timer timer) {
            var own = new TimerChange(timer.id(), timer, machine.timers().get(timer.id()));
            var all = new ArrayList<>(timers);
            all.replaceAll(change -> change.id().equals(own.id()) ? own : change);
            if (!all.contains(own)) {
                all.add(own);
            }
            return new Made(machine, deleted, reply, replies, changes, all, events, log, calls, this.timer);
        }
    }
}

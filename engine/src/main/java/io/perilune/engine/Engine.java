package io.perilune.engine;

import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Reply.Why;
import io.perilune.engine.apply.Applied;
import io.perilune.engine.apply.Applier;
import io.perilune.engine.apply.Ceilings;
import io.perilune.engine.apply.QueryHost;
import io.perilune.engine.apply.Reenactment;
import io.perilune.engine.apply.Replies;
import io.perilune.engine.apply.Scripts;
import io.perilune.engine.apply.Transition;
import io.perilune.engine.codec.EntryCodec;
import io.perilune.engine.codec.Instruction;
import io.perilune.engine.codec.Work;
import io.perilune.engine.codec.Work.Submitted;
import io.perilune.engine.replication.ReplicatedState;
import io.perilune.engine.replication.Replication;
import io.perilune.engine.replication.Replication.Barrier;
import io.perilune.engine.replication.Replication.ClusterStatus;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.engine.replication.Replication.Proposal;
import io.perilune.engine.replication.Replication.Reason;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.EntryPoint;
import io.perilune.scripting.Invocation;
import io.perilune.scripting.Outcome;
import io.perilune.scripting.Sandbox.Compilation;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The platform behind its API: commands in, replies out, on any node. Safe for use by any thread; no method waits, and
 * every future completes. Futures complete on threads of the engine that must not be held up: hand work that can wait
 * to threads of your own.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Logger SCRIPTS = LoggerFactory.getLogger("io.perilune.script");

    /** How often a leader looks for timers and keys whose time has come. */
    private static final long AGENDA_MILLIS = 50;

    /** Traces and rehearsals; one runs at a time. */
    private static final int REENACTMENTS_WAITING_MAX = 64;

    /** For entries that nobody waits for. */
    private static final long AGENDA_TIMEOUT_MILLIS = 10_000;

    private final InstantSource clock;
    private final RandomGenerator chance;
    private final Scripts scripts = new Scripts();
    private final Transition transition = new Transition(scripts);
    private final Reenactment reenactment = new Reenactment(scripts);
    private final ScheduledThreadPoolExecutor scheduler;
    private final Guests guests;
    /** For what may take seconds, and so must not keep queries waiting. */
    private final Guests historians = new Guests("history", 1, REENACTMENTS_WAITING_MAX);

    private final Waiters waiters;
    private final ClusterWatch clusterWatch;
    private final Admission admission = new Admission();
    private final Subscriptions subscriptions = new Subscriptions();
    private final Audit audit =
            new Audit(this::statusIfJoined, work -> propose(work, Deadline.in(AGENDA_TIMEOUT_MILLIS)));
    private final Applier applier;
    private final Agenda agenda = new Agenda(work -> propose(work, Deadline.in(AGENDA_TIMEOUT_MILLIS)));
    private final Replication replication;
    private volatile boolean closed;
    private volatile Observer observer = Observer.NONE;

    private Engine(
            EngineOptions options,
            Function<ReplicatedState, Replication> replication,
            InstantSource clock,
            RandomGenerator chance) {
        this.clock = clock;
        this.chance = chance;
        this.scheduler = scheduler();
        this.guests = new Guests("query", options.queryThreads(), options.queryQueue());
        this.clusterWatch = new ClusterWatch(clock);
        this.waiters = new Waiters(scheduler);
        this.applier = new Applier(transition, new Listening());
        this.replication = join(replication);
    }

    private final class Listening implements Applier.Listener {
        @Override
        public void reached(World world) {
            waiters.reached(world);
            subscriptions.reached(world);
        }

        @Override
        public void oversees(Work.Oversight oversight, World world) {
            audit.applied(oversight, world);
        }

        @Override
        public long begins() {
            return System.nanoTime();
        }

        @Override
        public void ended(long begun) {
            observer.took(Observer.Stage.APPLY, System.nanoTime() - begun);
        }

        @Override
        public boolean mayBeKept() {
            return !audit.hasDiverged();
        }
    }

    /** Entries are applied before this node has come to know what it has joined. */
    private @Nullable ClusterStatus statusIfJoined() {
        var joined = replication;
        return joined == null ? null : joined.status();
    }

    private Replication join(Function<ReplicatedState, Replication> replication) {
        try {
            return replication.apply(applier);
        } catch (RuntimeException failed) {
            scheduler.shutdownNow();
            guests.close();
            historians.close();
            throw failed;
        }
    }

    /** Starts over consensus that {@code replication} builds around the engine's state. */
    public static Engine start(EngineOptions options, Function<ReplicatedState, Replication> replication) {
        return start(options, replication, InstantSource.system(), new SecureRandom());
    }

    /**
     * @param clock by which a leader finds what is due; the time that machines see is replication's stamp
     * @param chance of the seeds that entries and queries carry
     */
    static Engine start(
            EngineOptions options,
            Function<ReplicatedState, Replication> replication,
            InstantSource clock,
            RandomGenerator chance) {
        var engine = new Engine(options, replication, clock, chance);
        engine.subscriptions.start();
        engine.scheduler.scheduleWithFixedDelay(
                engine::lookAtAgenda, AGENDA_MILLIS, AGENDA_MILLIS, TimeUnit.MILLISECONDS);
        return engine;
    }

    private static ScheduledThreadPoolExecutor scheduler() {
        var scheduler = new ScheduledThreadPoolExecutor(1, work -> {
            var thread = new Thread(work, "engine-scheduler");
            thread.setDaemon(true);
            return thread;
        });
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    // ---- requests

    /** @param timeoutMillis after which an undecided request ends as {@link Reply.Unknown} */
    public CompletableFuture<Reply> submit(Request request, long timeoutMillis) {
        return submit(request, timeoutMillis, false);
    }

    /** Like {@link #submit}, by somebody who sends the next only so far ahead: it waits its turn however long that is. */
    public CompletableFuture<Reply> submitPatiently(Request request, long timeoutMillis) {
        return submit(request, timeoutMillis, true);
    }

    /** Why a command of {@code machine} would not be taken now; null if it would. Cheap: to be asked first. */
    public Reply.@Nullable Unavailable refusal(String machine) {
        return admission.refusal(machine);
    }

    private CompletableFuture<Reply> submit(Request request, long timeoutMillis, boolean isPatient) {
        var deadline = Deadline.in(timeoutMillis);
        var refusal = Ceilings.refusal(request);
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(refusal.get());
        }
        if (request instanceof Request.Deploy deploy) {
            return guests.host(deploy.machine(), () -> compileAndPropose(deploy, deadline));
        }
        if (request instanceof Request.Administration) {
            return propose(new Submitted(request), deadline, isPatient);
        }
        // A machine that is not known here may have been created elsewhere a moment ago; one that is not known anywhere
        // is not worth an entry.
        return applier.world().machine(request.machine()) == null
                ? fresh(Consistency.LINEARIZABLE, 0, deadline)
                        .thenCompose(known -> proposeIfThere(request, known, deadline, isPatient))
                : propose(new Submitted(request), deadline, isPatient);
    }

    /** What does not compile here need not go into the log, for it would not compile anywhere. */
    private CompletableFuture<Reply> compileAndPropose(Request.Deploy deploy, Deadline deadline) {
        return scripts.compile(deploy.machine(), deploy.files()) instanceof Compilation.Invalid invalid
                ? CompletableFuture.completedFuture(Transition.invalid(invalid))
                : propose(new Submitted(deploy), deadline);
    }

    private CompletableFuture<Reply> proposeIfThere(Request request, Read known, Deadline deadline, boolean isPatient) {
        if (known instanceof Read.Refused refused) {
            return CompletableFuture.completedFuture(refused.reason());
        }
        return applier.world().machine(request.machine()) == null
                ? CompletableFuture.completedFuture(Replies.noSuchMachine(applier.world(), request.machine()))
                : propose(new Submitted(request), deadline, isPatient);
    }

    /** What machines want by themselves, so many at a time: clients that are too many must not keep a timer from firing. */
    private CompletableFuture<Reply> propose(Work work, Deadline deadline) {
        return propose(work, deadline, true);
    }

    private CompletableFuture<Reply> propose(Work work, Deadline deadline, boolean isPatient) {
        var unable = unable();
        // That it is the odd one out, a node may still tell the others.
        if (unable != null && (closed || !(work instanceof Work.Oversight))) {
            return CompletableFuture.completedFuture(unable);
        }
        var entry = EntryCodec.encode(new Instruction(chance.nextLong(), work));
        if (entry.length > Ceilings.ENTRY_BYTES) {
            var detail = "the request has " + entry.length + " bytes, at most " + Ceilings.ENTRY_BYTES + " are allowed";
            return CompletableFuture.completedFuture(new Reply.Refused(Refusal.TOO_LARGE, detail, null));
        }
        return work instanceof Work.Oversight
                ? propose(work, entry, deadline)
                : admit(work, entry, deadline, isPatient);
    }

    private CompletableFuture<Reply> admit(Work work, byte[] entry, Deadline deadline, boolean isPatient) {
        var came = System.nanoTime();
        return admission.admit(work, applier.world(), deadline, isPatient, () -> {
            var admitted = System.nanoTime();
            observer.took(Observer.Stage.ADMISSION, admitted - came);
            var applied = propose(work, entry, deadline);
            applied.whenComplete(
                    (reply, fault) -> observer.took(Observer.Stage.AGREEMENT, System.nanoTime() - admitted));
            return applied;
        });
    }

    private CompletableFuture<Reply> propose(Work work, byte[] entry, Deadline deadline) {
        return replication
                .propose(entry, deadline.millisLeft())
                .handle((proposal, failure) -> reply(work, proposal, failure));
    }

    private Reply reply(Work work, @Nullable Proposal proposal, @Nullable Throwable failure) {
        if (proposal instanceof Proposal.Applied applied && applied.reply() instanceof Applied known) {
            log(work, known.log());
            return known.reply();
        }
        if (proposal instanceof Proposal.NotProposed not) {
            return not.reason() == Reason.TOO_LARGE
                    ? new Reply.Refused(Refusal.TOO_LARGE, not.detail(), null)
                    : new Reply.Unavailable(why(not.reason()), not.detail());
        }
        if (proposal instanceof Proposal.Unknown unknown) {
            return new Reply.Unknown(unknown.detail());
        }
        return new Reply.Unknown(failure == null ? "no answer to a proposal but " + proposal : failure.toString());
    }

    /** Lines of scripts show on the node that answers. */
    private static void log(Work work, List<Bytes> lines) {
        for (var line : lines) {
            SCRIPTS.info("{}: {}{}", work.machine(), shown(line), trace(work));
        }
    }

    /** A script must not be able to forge lines of the log, or move the cursor of whoever reads it. */
    private static String shown(Bytes line) {
        var text = line.toString();
        var shown = new StringBuilder(text.length());
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (Character.isISOControl(c)) {
                shown.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                shown.append(c);
            }
        }
        return shown.toString();
    }

    private static String trace(Work work) {
        return work instanceof Submitted submitted
                        && submitted.request() instanceof Request.Call call
                        && call.traceparent() != null
                ? " traceparent=" + call.traceparent()
                : "";
    }

    /** Compiles and runs what activating would run ({@code init}, {@code migrate}), without leaving a trace. */
    public CompletableFuture<Reply> dryRun(Request.Deploy deploy) {
        return guests.host(
                deploy.machine(),
                () -> CompletableFuture.completedFuture(
                        transition.rehearse(applier.world(), deploy, chance.nextLong())));
    }

    // ---- reads

    public CompletableFuture<Reply> query(Query query) {
        var options = query.options();
        return read(options)
                .thenCompose(read -> read instanceof Read.At at && at.view() instanceof WorldView view
                        ? guests.host(
                                query.machine(), () -> CompletableFuture.completedFuture(answer(query, view.world())))
                        : CompletableFuture.completedFuture(((Read.Refused) read).reason()));
    }

    private Reply answer(Query query, World world) {
        var machine = world.machine(query.machine());
        if (machine == null) {
            return Replies.noSuchMachine(world, query.machine());
        }
        if (machine.active() == 0) {
            return Replies.nothingActive(machine.name());
        }
        var invocation = new Invocation(
                machine.name(),
                machine.active(),
                world.index(),
                world.term(),
                world.time(),
                null,
                query.caller(),
                chance.nextLong(),
                machine.limits());
        var host = new QueryHost(machine.keyspace(), world.time());
        var outcome = scripts.of(machine.name(), machine.activeVersion())
                .call(new EntryPoint.Query(query.name(), query.argument()), host, invocation);
        return outcome instanceof Outcome.Returned returned
                ? new Reply.Answer(
                        returned.result(),
                        world.index(),
                        machine.active(),
                        returned.usage().gas())
                : Replies.of(outcome, Refusal.NO_SUCH_QUERY, machine.name(), machine.active(), world);
    }

    /** Runs the commands of an entry of a machine's history again, line by line: {@link Reply.Traced}. */
    public CompletableFuture<Reply> trace(View.Machine machine, Past past) {
        return historians.host(
                machine.name(), () -> CompletableFuture.completedFuture(reenactment.trace(state(machine), past)));
    }

    /**
     * Runs a script over the last commands of a machine, as if it had been there then: {@link Reply.Rehearsed}, or
     * {@link Reply.ScriptInvalid}. Leaves no trace.
     *
     * @param last 1..{@link Rehearsal#COMMANDS_MAX}; fewer are run if the history does not go back so far
     */
    public CompletableFuture<Reply> rehearse(View.Machine machine, SortedMap<String, Bytes> files, int last) {
        var refusal = Ceilings.refusal(new Request.Deploy(machine.name(), files, false, null));
        return refusal.isPresent()
                ? CompletableFuture.completedFuture(refusal.get())
                : historians.host(
                        machine.name(),
                        () -> CompletableFuture.completedFuture(reenactment.rehearse(state(machine), files, last)));
    }

    private static Machine state(View.Machine machine) {
        return ((WorldView.OneMachine) machine).machine();
    }

    /** The state at a freshness, or why not. */
    public CompletableFuture<Read> read(ReadOptions options) {
        var deadline = Deadline.in(options.timeoutMillis());
        if (options.atIndex() == 0) {
            return fresh(options.consistency(), options.minIndex(), deadline);
        }
        var unable = unable();
        if (unable != null) {
            return CompletableFuture.completedFuture(new Read.Refused(unable));
        }
        // What has been applied does not change any more, so the past needs no barrier.
        return reached(Math.max(options.minIndex(), options.atIndex()), deadline)
                .thenApply(read -> read instanceof Read.Refused ? read : past(options.atIndex()));
    }

    private Read past(long index) {
        var world = applier.at(index);
        if (world != null) {
            return new Read.At(new WorldView(world));
        }
        var detail = "this node keeps the state of the indexes " + applier.oldest() + " to "
                + applier.world().index() + ", not of " + index;
        return new Read.Refused(new Reply.Refused(Refusal.NOT_RETAINED, detail, null));
    }

    private CompletableFuture<Read> fresh(Consistency consistency, long minIndex, Deadline deadline) {
        var unable = unable();
        if (unable != null) {
            return CompletableFuture.completedFuture(new Read.Refused(unable));
        }
        return replication
                .readBarrier(consistency, deadline.millisLeft())
                .exceptionally(failure -> new Barrier.Refused(Reason.SHUTTING_DOWN, failure.toString()))
                .thenCompose(barrier -> barrier instanceof Barrier.Refused refused
                        ? CompletableFuture.completedFuture(
                                new Read.Refused(new Reply.Unavailable(why(refused.reason()), refused.detail())))
                        : reached(minIndex, deadline));
    }

    private CompletableFuture<Read> reached(long minIndex, Deadline deadline) {
        return waiters.await(minIndex, deadline.millisLeft())
                .thenApply(reached -> reached
                        ? new Read.At(local())
                        : new Read.Refused(new Reply.Unavailable(
                                Why.NOT_CAUGHT_UP,
                                "this node has applied index " + applier.world().index() + ", not yet " + minIndex)));
    }

    /** The state as this node has it now. */
    public View local() {
        return new WorldView(applier.world());
    }

    /**
     * Calls {@code wake} after something was done to {@code machine}, whether or not it exists now; several changes may
     * be one call. What happened is for the subscriber to look up ({@link View.Machine#occurrences}).
     *
     * @param wake called by a thread of the engine's that must not be held up
     * @return ends it
     */
    public Runnable subscribe(String machine, Runnable wake) {
        return subscriptions.add(machine, wake);
    }

    /** The number of the newest of this node's cluster events; 0 before the first. */
    public long lastClusterEvent() {
        return clusterWatch.last();
    }

    /** The events after {@code number}, as far as they are kept ({@value ClusterWatch#KEPT_MAX}). */
    public List<ClusterEvent> clusterEvents(long number) {
        return clusterWatch.after(number);
    }

    /** Like {@link #subscribe}, for {@link #clusterEvents}. */
    public Runnable subscribeToCluster(Runnable wake) {
        return clusterWatch.subscribe(wake);
    }

    private static Why why(Reason reason) {
        return switch (reason) {
            case NO_LEADER -> Why.NO_LEADER;
            case OVERLOADED, TOO_LARGE -> Why.OVERLOADED;
            case SHUTTING_DOWN -> Why.SHUTTING_DOWN;
        };
    }

    /** Why this node serves nothing; null if it does. */
    private Reply.@Nullable Unavailable unable() {
        if (closed) {
            return new Reply.Unavailable(Why.SHUTTING_DOWN, "this node is shutting down");
        }
        return audit.hasDiverged()
                ? new Reply.Unavailable(
                        Why.DIVERGED,
                        "the state of this node was not that of the majority at index " + trust().index()
                                + "; turn to another")
                : null;
    }

    // ---- the node

    /** Whether the replicas agree. */
    public Trust trust() {
        return audit.trust();
    }

    /** Has the replicas compare their states now rather than later; {@link #trust} tells what came of it. */
    public void check() {
        audit.check();
    }

    /** Has {@code other} told from now on, in place of whoever was before. */
    public void observe(Observer other) {
        observer = other;
    }

    /** Requests that wait for their turn on the way into the log. */
    public int admissionsWaiting() {
        return admission.waiting();
    }

    /** Those of one machine: whoever has many to come better holds them back. */
    public int admissionsWaiting(String machine) {
        return admission.waiting(machine);
    }

    /** Queries that wait for a thread. */
    public int queriesWaiting() {
        return guests.waiting();
    }

    /** What replication has counted since it started. */
    public Replication.Measures measures() {
        return replication.measures();
    }

    public ClusterStatus status() {
        return replication.status();
    }

    public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
        return replication.transferLeadership(member, timeoutMillis);
    }

    /** See {@link Replication#addMember}. */
    public CompletableFuture<Replication.MemberChange> addMember(Replication.Newcomer newcomer, long timeoutMillis) {
        return replication.addMember(newcomer, timeoutMillis);
    }

    /** See {@link Replication#removeMember}. */
    public CompletableFuture<Replication.MemberChange> removeMember(long id, long timeoutMillis) {
        return replication.removeMember(id, timeoutMillis);
    }

    /** See {@link Replication#takeSnapshot}. */
    public CompletableFuture<Replication.SnapshotTaking> takeSnapshot() {
        return replication.takeSnapshot();
    }

    /** A leader that does not serve is of no use. */
    private void handOver(ClusterStatus status) {
        status.members().stream()
                .filter(member -> member.id() != status.self() && member.voter())
                .findAny()
                .ifPresent(member -> transferLeadership(member.id(), AGENDA_TIMEOUT_MILLIS));
    }

    private void lookAtAgenda() {
        try {
            var status = replication.status();
            clusterWatch.look(status, audit.trust());
            if (closed || !status.role().equals("leader")) {
                return;
            }
            if (audit.hasDiverged()) {
                handOver(status);
                return;
            }
            var world = applier.world();
            agenda.proposeDue(world, Math.max(world.time(), clock.millis()));
            if (status.members().size() > 1) {
                audit.checkIfDue(world);
            }
        } catch (RuntimeException defect) {
            // A scheduled task that throws is never run again; timers would stop in silence.
            LOG.error("looking for due timers failed", defect);
        }
    }

    /** Ends what is open, as unavailable or unknown; closes replication. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        subscriptions.close();
        audit.close();
        scheduler.shutdownNow();
        replication.close();
        applier.close();
        waiters.giveUpAll();
        historians.close();
        guests.close();
    }

    public sealed interface Read {
        record At(View view) implements Read {}

        /** @param reason {@link Reply.Unavailable}, or {@link Reply.Refused} for a past that is not kept */
        record Refused(Reply reason) implements Read {}
    }
}

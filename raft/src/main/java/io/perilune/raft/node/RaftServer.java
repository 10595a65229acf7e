package io.perilune.raft.node;

import io.perilune.raft.core.Config;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.Status;
import io.perilune.raft.node.ProposalOutcome.NotProposed;
import io.perilune.raft.node.ReadOutcome.Passed;
import io.perilune.raft.node.ReadOutcome.Refused;
import io.perilune.raft.node.Workers.Worker;
import io.perilune.raft.proto.ConfChangeType;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.storage.Files.DiskFullException;
import io.perilune.raft.tracker.Progress;
import io.perilune.raft.transport.Admission;
import io.perilune.raft.transport.Receiver;
import io.perilune.raft.transport.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica of one Raft group. Safe for use by any thread; no method waits, except {@link #start} and {@link #close}.
 * Futures complete on the server's own threads: whoever hangs work on them moves it elsewhere.
 */
public final class RaftServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RaftServer.class);
    /** How long a close waits for leadership to move and for open proposals to end. */
    private static final long DRAIN_MILLIS_MAX = 2_000;

    private static final long STOP_MILLIS_MAX = 10_000;

    private enum Phase {
        RUNNING,
        CLOSING,
        FAILED
    }

    private final RaftOptions options;
    private final Storage storage;
    private final Transport transport;
    private final Workers workers;
    private final Metering metering = new Metering();
    private final Proposals proposals;
    private final Snapshotter snapshotter;
    private final Applier applier;
    private final LogWriter logWriter;
    private final EventLoop loop;
    private final Map<Long, String> httpAddresses = new ConcurrentHashMap<>();
    private final long commitAtStart;
    private final Consumer<Throwable> onFailure;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.RUNNING);
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final AtomicBoolean stopping = new AtomicBoolean();
    /** The loop takes nothing any more. */
    private volatile boolean ended;

    private volatile @Nullable Throwable failure;

    private volatile @Nullable Worker loopWorker;
    private volatile @Nullable Worker logWorker;
    private volatile @Nullable Worker applyWorker;
    private volatile @Nullable Worker snapshotWorker;

    private RaftServer(
            RaftOptions options,
            StateMachine machine,
            Storage storage,
            Transport transport,
            Workers workers,
            Consumer<Throwable> onFailure)
            throws IOException {
        this.options = options;
        this.storage = storage;
        this.transport = transport;
        this.workers = workers;
        this.onFailure = onFailure;
        this.commitAtStart = storage.commitAtStart();
        SplittableRandom random = new SplittableRandom(workers.randomSeed());
        this.proposals = new Proposals(options.nodeId(), random.nextLong(), options.limits(), metering);
        this.snapshotter = new Snapshotter(storage.snapshots(), this::snapshotWritten, metering);
        ReplayLog replay = new ReplayLog(options.nodeId(), storage.commitAtStart(), workers::nanoTime);
        this.applier = new Applier(
                machine,
                storage.snapshots(),
                proposals,
                options.snapshots(),
                snapshotter,
                this::tell,
                metering,
                replay,
                workers::nanoTime);
        Membership membership = restoreNewest();
        replay.begin(applier.applied());
        this.logWriter =
                new LogWriter(storage.wal(), storage.snapshots(), options.nodeId(), deliveries, workers, metering);
        Node core = new Node(config(random.split()));
        this.loop = new EventLoop(
                core, options, membership.roster(), transport, outlets, proposals, workers, random.split(), metering);
        if (membership == Membership.NONE) {
            options.initialMembers().forEach(transport::putPeer);
        }
        membership.roster().places().forEach((id, place) -> transport.putPeer(id, place.raft()));
    }

    /**
     * Opens the directory, restores the newest snapshot, reads the log, listens for peers and joins in. Returns as soon
     * as it listens; {@link ServerStatus#ready()} tells when it serves.
     *
     * @param onFailure called once if the node has to stop by itself, with what it could not go on from; by then every
     *     open future has ended. The process is expected to exit.
     * @throws IOException where the directory is in use, belongs to another node or is damaged, or the address cannot be
     *     bound: the message says which
     */
    public static RaftServer start(RaftOptions options, StateMachine machine, Consumer<Throwable> onFailure)
            throws IOException {
        return start(options, machine, onFailure, Environment.real());
    }

    /** Likewise, in a world of one's own. */
    public static RaftServer start(
            RaftOptions options, StateMachine machine, Consumer<Throwable> onFailure, Environment environment)
            throws IOException {
        Storage storage = Storage.open(options, environment);
        Transport transport = null;
        try {
            transport = environment.transports().open(options, storage.snapshots());
            RaftServer server = new RaftServer(options, machine, storage, transport, environment.workers(), onFailure);
            server.run();
            return server;
        } catch (IOException | RuntimeException | Error e) {
            if (transport != null) {
                transport.close();
            }
            storage.close();
            throw e;
        }
    }

    private Membership restoreNewest() throws IOException {
        SnapshotMetadata newest = storage.newestSnapshot();
        if (newest == null) {
            return Membership.NONE;
        }
        long began = workers.nanoTime();
        Membership restored = applier.restore(newest);
        long millis = TimeUnit.NANOSECONDS.toMillis(workers.nanoTime() - began);
        log.info("node {} has restored the snapshot at index {} in {} ms", options.nodeId(), newest.getIndex(), millis);
        return restored;
    }

    private Config config(SplittableRandom random) {
        RaftOptions.Limits limits = options.limits();
        return Config.builder(options.nodeId(), storage.log(), random)
                .applied(applier.applied())
                .electionTicks(options.timing().electionTicks())
                .heartbeatTicks(options.timing().heartbeatTicks())
                .messageEntryBytesMax(limits.messageBytes())
                .inflightMessagesMax(limits.inflightCount())
                .inflightBytesMax(limits.inflightBytes())
                .uncommittedBytesMax(limits.uncommittedBytes())
                .committedBytesMax(limits.committedBytes())
                .checkQuorum(true)
                .preVote(true)
                .stepDownOnRemoval(true)
                .asyncStorageWrites(true)
                .proposalForwarding(false)
                .build();
    }

    private void run() throws IOException {
        String name = "raft-" + options.nodeId();
        applyWorker = workers.start(name + "-apply", applier, this::fail);
        logWorker = workers.start(name + "-log", logWriter, this::fail);
        Worker snapshots = workers.start(name + "-snapshot", snapshotter, this::fail);
        snapshotter.wakeWith(snapshots::wake);
        snapshotWorker = snapshots;
        loopWorker = workers.start(name + "-loop", loop, this::fail);
        transport.start(receiver);
        log.info(
                "node {} of cluster {} listens for peers on {}",
                options.nodeId(),
                options.clusterId(),
                transport.address());
    }

    /**
     * Proposes a command from this node, passing it on to the leader where that is another. The future always
     * completes, at the latest when {@code timeoutMillis} have passed.
     *
     * @param command copied
     */
    public CompletableFuture<ProposalOutcome> propose(byte[] command, long timeoutMillis) {
        if (command.length > options.limits().commandBytesMax()) {
            return refusedProposal(
                    RefusalReason.TOO_LARGE,
                    "a command of " + command.length + " bytes, where at most "
                            + options.limits().commandBytesMax() + " are allowed");
        }
        return enter(proposals.open(command, deadline(timeoutMillis)));
    }

    /**
     * Adds a member from any node, as a learner; the leader makes it a voter once it has caught up. An id that was in use
     * once is refused for ever, as are an address or id in use, with {@link RefusalReason#INVALID}.
     *
     * @param raftAddress {@code host:port} at which the others reach it
     * @param httpAddress of its HTTP API; empty if not known
     * @param replaces the member whose place it takes: in the step in which it gets its vote, through a joint
     *     configuration, that one is removed; 0 for none
     */
    public CompletableFuture<ProposalOutcome> addMember(
            long id, String raftAddress, String httpAddress, long replaces, long timeoutMillis) {
        if (!Roster.isAddress(raftAddress)) {
            return refusedProposal(RefusalReason.INVALID, "not a HOST:PORT that peers could reach: " + raftAddress);
        }
        if (!httpAddress.isEmpty() && !Roster.isAddress(httpAddress)) {
            return refusedProposal(RefusalReason.INVALID, "not a HOST:PORT that clients could reach: " + httpAddress);
        }
        String place = Roster.format(id, new Roster.Place(raftAddress, httpAddress, replaces));
        return propose(ConfChangeType.ADD_LEARNER_NODE, id, place, timeoutMillis);
    }

    /** As {@link #addMember(long, String, String, long, long)}, in nobody's place. */
    public CompletableFuture<ProposalOutcome> addMember(
            long id, String raftAddress, String httpAddress, long timeoutMillis) {
        return addMember(id, raftAddress, httpAddress, 0, timeoutMillis);
    }

    /**
     * Removes a member from any node. A leader first hands leadership over. Refused with {@link RefusalReason#INVALID}
     * for the last voter, and where the voters that would be left could not be reached.
     */
    public CompletableFuture<ProposalOutcome> removeMember(long id, long timeoutMillis) {
        return propose(ConfChangeType.REMOVE_NODE, id, "", timeoutMillis);
    }

    private CompletableFuture<ProposalOutcome> propose(ConfChangeType type, long id, String place, long timeoutMillis) {
        ConfChangeV2.Builder change = ConfChangeV2.newBuilder();
        change.addChangesBuilder().setType(type).setNodeId(id);
        return enter(proposals.open(change.build(), place, deadline(timeoutMillis)));
    }

    /**
     * Proposes any change of members, passing it on like a command.
     *
     * @param change its context is ignored
     * @param addresses raft addresses of those who are added
     */
    public CompletableFuture<ProposalOutcome> proposeConfChange(
            ConfChangeV2 change, Map<Long, String> addresses, long timeoutMillis) {
        List<String> texts = new ArrayList<>();
        addresses.forEach((id, address) -> texts.add(Roster.format(id, new Roster.Place(address, ""))));
        return enter(proposals.open(change, String.join(",", texts), deadline(timeoutMillis)));
    }

    private CompletableFuture<ProposalOutcome> enter(@Nullable Pending pending) {
        if (pending == null) {
            return refusedProposal(RefusalReason.OVERLOADED, "too many proposals wait on this node");
        }
        if (phase.get() != Phase.RUNNING) {
            proposals.refuse(pending, RefusalReason.SHUTTING_DOWN, stopReason());
        } else if (!offer(new Event.Propose(pending))) {
            proposals.refuse(pending, RefusalReason.OVERLOADED, "the inbox of this node is full");
        } else if (ended) {
            // The loop may have ended between the two looks, and will not see it.
            proposals.unknown(pending, stopReason());
        }
        return pending.future;
    }

    private static CompletableFuture<ProposalOutcome> refusedProposal(RefusalReason reason, String detail) {
        return CompletableFuture.completedFuture(new NotProposed(reason, detail));
    }

    /** Completes once this node's state may be read at {@code consistency}. */
    public CompletableFuture<ReadOutcome> readBarrier(ReadConsistency consistency, long timeoutMillis) {
        if (consistency == ReadConsistency.LOCAL) {
            return CompletableFuture.completedFuture(new Passed(applier.applied()));
        }
        long deadline = deadline(timeoutMillis);
        long wait = workers.nanoTime() + options.timing().leaderWait().toNanos();
        CompletableFuture<ReadOutcome> future = new CompletableFuture<>();
        Reads.Request request = new Reads.Request(consistency, deadline, wait - deadline < 0 ? wait : deadline, future);
        if (phase.get() != Phase.RUNNING) {
            future.complete(new Refused(RefusalReason.SHUTTING_DOWN, stopReason()));
        } else if (!offer(new Event.Read(request))) {
            future.complete(new Refused(RefusalReason.OVERLOADED, "the inbox of this node is full"));
        } else if (ended) {
            future.complete(new Refused(RefusalReason.SHUTTING_DOWN, stopReason()));
        }
        return future;
    }

    /** As of now; cheap. */
    public ServerStatus status() {
        EventLoop.View view = loop.view();
        Status core = view.status();
        long applied = applier.applied();
        Throwable failed = failure;
        SnapshotMetadata snapshot = storage.newestSnapshot();
        return new ServerStatus(
                options.clusterId(),
                options.nodeId(),
                core.leader(),
                core.term(),
                role(core),
                Math.max(core.commit(), applied),
                applied,
                core.lastIndex(),
                snapshot == null ? 0 : snapshot.getIndex(),
                phase.get() == Phase.RUNNING && core.leader() != 0 && applied >= commitAtStart,
                failed == null ? null : String.valueOf(failed.getMessage()),
                members(view));
    }

    private ServerStatus.Role role(Status core) {
        return switch (core.role()) {
            case LEADER -> ServerStatus.Role.LEADER;
            case CANDIDATE -> ServerStatus.Role.CANDIDATE;
            case PRE_CANDIDATE -> ServerStatus.Role.PRE_CANDIDATE;
            case FOLLOWER ->
                core.members().learners().contains(options.nodeId())
                        ? ServerStatus.Role.LEARNER
                        : ServerStatus.Role.FOLLOWER;
        };
    }

    private List<ServerStatus.Member> members(EventLoop.View view) {
        Status core = view.status();
        boolean leads = core.role() == Role.LEADER;
        List<ServerStatus.Member> members = new ArrayList<>();
        view.roster().places().forEach((id, place) -> {
            Progress.View progress = core.progress().get(id);
            members.add(new ServerStatus.Member(
                    id,
                    place.raft(),
                    httpAddress(id, place),
                    core.members().voters().contains(id),
                    leads && progress != null ? (Long) progress.match() : null,
                    leads && progress != null ? (Boolean) view.reachable().contains(id) : null,
                    place.replaces() == 0 ? null : (Long) place.replaces()));
        });
        return members;
    }

    /** What the node itself said counts more than what was said when it was added. */
    private @Nullable String httpAddress(long id, Roster.Place place) {
        String address = id == options.nodeId() ? options.httpAddress() : httpAddresses.get(id);
        String known = address == null || address.isEmpty() ? place.http() : address;
        return known.isEmpty() ? null : known;
    }

    public RaftMetrics metrics() {
        return metering.read(proposals.count(), loop.inboxDepth(), transport.status());
    }

    /** Where peers reach this node, with the port it really listens on. */
    public String raftAddress() {
        return transport.address();
    }

    /** Asks that leadership go to {@code member}; true once it leads. */
    public CompletableFuture<Boolean> transferLeadership(long member, long timeoutMillis) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        boolean taken =
                phase.get() == Phase.RUNNING && offer(new Event.Transfer(member, deadline(timeoutMillis), done));
        if (!taken || ended) {
            done.complete(false);
        }
        return done;
    }

    /** Takes a snapshot of what is applied by then; its index. Fails where one is being written, or there is nothing. */
    public CompletableFuture<Long> takeSnapshot() {
        CompletableFuture<Long> done = new CompletableFuture<>();
        if (phase.get() != Phase.RUNNING) {
            done.completeExceptionally(new IllegalStateException(stopReason()));
            return done;
        }
        applier.put(new Applier.Work.Snapshot(done));
        wake(applyWorker);
        return done;
    }

    private long deadline(long timeoutMillis) {
        return workers.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(timeoutMillis, 0));
    }

    private boolean offer(Event event) {
        boolean taken = loop.offer(event);
        wake(loopWorker);
        return taken;
    }

    private void tell(Event event) {
        loop.put(event);
        wake(loopWorker);
    }

    private static void wake(@Nullable Worker worker) {
        if (worker != null) {
            worker.wake();
        }
    }

    private void snapshotWritten(Snapshotter.Job job) {
        logWriter.put(new LogWriter.Work.Marker(job));
        wake(logWorker);
    }

    private String stopReason() {
        Throwable failed = failure;
        return failed == null ? "the node is closing" : "the node has stopped: " + failed.getMessage();
    }

    /** Stops at once, keeping nothing going that could promise what is not so. Called by any worker. */
    private void fail(Throwable cause) {
        Phase before = phase.getAndSet(Phase.FAILED);
        if (before == Phase.FAILED) {
            return;
        }
        failure = cause;
        if (cause instanceof RemovedFromClusterException || cause instanceof DataLostException) {
            log.warn("node {} stops: {}", options.nodeId(), cause.getMessage());
        } else {
            log.error("node {} stops: {}", options.nodeId(), cause.getMessage(), cause);
        }
        // Not this worker: it may be one of those that have to end first.
        workers.once(stopperName(), () -> {
            stop();
            if (before == Phase.RUNNING) {
                onFailure.accept(cause);
            }
        });
    }

    private String stopperName() {
        return "raft-" + options.nodeId() + "-stop";
    }

    /**
     * Hands leadership over where this node leads, ends what is open, stops. The future completes when nothing runs any
     * more, also where the node had stopped or was being closed before. Does not wait.
     */
    public CompletableFuture<Void> shutDown() {
        if (phase.compareAndSet(Phase.RUNNING, Phase.CLOSING)) {
            CompletableFuture<Void> drained = new CompletableFuture<>();
            drained.thenRun(() -> workers.once(stopperName(), this::stop));
            tell(new Event.Drain(deadline(DRAIN_MILLIS_MAX), drained));
        }
        return stopped.copy();
    }

    /** As {@link #shutDown}, and waits for the end. Idempotent. */
    @Override
    public void close() {
        try {
            shutDown().get(DRAIN_MILLIS_MAX + STOP_MILLIS_MAX, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("node {} did not stop in time", options.nodeId());
        }
    }

    /** In the order of the flow: nothing new comes in, then nothing is promised, then nothing is written. */
    private void stop() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        snapshotter.close();
        List<Worker> all = new ArrayList<>();
        for (@Nullable Worker worker : new Worker[] {loopWorker, logWorker, applyWorker, snapshotWorker}) {
            if (worker != null) {
                worker.stop();
                all.add(worker);
            }
        }
        // A peer that finds nobody listening takes this node for dead: by then it must not answer reads any more.
        if (!all.isEmpty()) {
            all.get(0).awaitEnd(STOP_MILLIS_MAX);
        }
        transport.close();
        all.forEach(worker -> worker.awaitEnd(STOP_MILLIS_MAX));
        ended = true;
        loop.close(stopReason());
        applier.close();
        proposals.endAll(stopReason());
        storage.close();
        stopped.complete(null);
    }

    private final Receiver receiver = new Receiver() {
        @Override
        public boolean receive(Message message) {
            if (message.getReject() && message.getType() == MessageType.MSG_PROP) {
                // As many as this node has proposals waiting.
                tell(new Event.Received(message));
                return true;
            }
            boolean taken = offer(new Event.Received(message));
            if (!taken && message.getType() == MessageType.MSG_PROP) {
                loop.refuseForwarded(message, RefusalReason.OVERLOADED, "the inbox of the leader is full");
            }
            return taken;
        }

        @Override
        public void unreachable(long peer) {
            offer(new Event.Unreachable(peer));
        }

        @Override
        public void connected(long peer, String httpAddress) {
            httpAddresses.put(peer, httpAddress);
        }

        @Override
        public void gone(long peer) {
            offer(new Event.Gone(peer));
        }

        @Override
        public void snapshotSent(long peer, boolean complete) {
            tell(new Event.SnapshotSent(peer, complete));
        }

        @Override
        public String mark() {
            return storage.acquaintances().mark();
        }

        @Override
        public Admission admit(long node, String mark) {
            if (loop.view().removed().contains(node)) {
                return Admission.REMOVED;
            }
            try {
                return storage.acquaintances().meet(node, mark) ? Admission.WELCOME : Admission.OTHER_DATA;
            } catch (DiskFullException e) {
                log.warn(
                        "node {} has no room to remember that it met node {}: {}",
                        options.nodeId(),
                        node,
                        e.getMessage());
                return Admission.NOT_NOW;
            } catch (IOException e) {
                fail(new IOException("whom this node has met cannot be written: " + e.getMessage(), e));
                return Admission.NOT_NOW;
            }
        }

        @Override
        public void turnedAway(long byPeer, Admission why) {
            offer(new Event.TurnedAway(byPeer, why));
        }
    };

    private final LogWriter.Deliveries deliveries = new LogWriter.Deliveries() {
        @Override
        public void stored(List<Message> responses) {
            tell(new Event.Stored(responses));
        }

        @Override
        public void send(Message message) {
            transport.send(message);
        }

        @Override
        public void installed(SnapshotMetadata metadata) {
            storage.marked();
            log.info(
                    "node {} takes over a snapshot of the leader's at index {}", options.nodeId(), metadata.getIndex());
            applier.put(new Applier.Work.Install(metadata));
            wake(applyWorker);
        }

        @Override
        public void marked(Snapshotter.Job job) {
            storage.marked();
            metering.snapshotsTaken.increment();
            log.info(
                    "node {} has taken a snapshot at index {}; nothing was applied for {} us",
                    options.nodeId(),
                    job.metadata().getIndex(),
                    TimeUnit.NANOSECONDS.toMicros(job.pauseNanos()));
            snapshotter.finished(job);
            // The next may be due already.
            wake(applyWorker);
            job.done().complete(job.metadata().getIndex());
            tell(new Event.SnapshotTaken(job.metadata().getIndex()));
        }
    };

    private final EventLoop.Outlets outlets = new EventLoop.Outlets() {
        @Override
        public void append(LogWriter.Work.Append work) {
            logWriter.put(work);
            wake(logWorker);
        }

        @Override
        public void compact(long index) {
            logWriter.put(new LogWriter.Work.Compact(index));
            wake(logWorker);
        }

        @Override
        public void apply(Applier.Work.Entries work) {
            applier.put(work);
            wake(applyWorker);
        }

        @Override
        public void installing(long index) {
            applier.expectInstall(index);
        }

        @Override
        public long applied() {
            return applier.applied();
        }

        @Override
        public @Nullable String fullDisk() {
            return logWriter.fullDisk();
        }

        @Override
        public void removed(String detail) {
            fail(new RemovedFromClusterException(detail));
        }

        @Override
        public void dataLost(String detail) {
            fail(new DataLostException(detail));
        }
    };
}

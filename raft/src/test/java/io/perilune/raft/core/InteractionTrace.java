package io.perilune.raft.core;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.raft.confchange.ConfChanges;
import io.perilune.raft.core.Transcript.Argument;
import io.perilune.raft.core.Transcript.Case;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeSingle;
import io.perilune.raft.proto.ConfChangeTransition;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.ConfState;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.proto.Snapshot;
import io.perilune.raft.proto.SnapshotMetadata;
import io.perilune.raft.text.ConfChangeText;
import io.perilune.raft.text.Describe;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/** Clusters in memory, driven by the commands of a transcript. */
final class InteractionTrace {
    private static final int ELECTION_TICKS = 3;
    private static final int HEARTBEAT_TICKS = 1;
    /** Far more than any cluster needs that ever comes to rest. */
    private static final int ROUNDS_MAX = 10_000;

    private static final List<String> LEVELS = List.of("DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE");

    private final List<Member> members = new ArrayList<>();
    private final List<Message> network = new ArrayList<>();
    private String level = "DEBUG";
    private StringBuilder out = new StringBuilder();

    private static final class Member {
        final long id;
        final boolean async;
        final MemoryStorage storage;
        final List<Snapshot> history = new ArrayList<>();
        final Deque<Message> appendWork = new ArrayDeque<>();
        final Deque<Message> applyWork = new ArrayDeque<>();
        final Node node;

        Member(long id, boolean async, Snapshot initial, MemoryStorage storage, Config.Builder config) {
            this.id = id;
            this.async = async;
            this.storage = storage;
            history.add(initial);
            if (initial.getMetadata().getIndex() > 0) {
                storage.applySnapshot(initial);
            }
            // The core is given snapshots of what was applied last, not the one that is in the store.
            storage.setSnapshotSource(() -> Optional.of(last()));
            node = new Node(config.build());
        }

        Snapshot last() {
            return history.get(history.size() - 1);
        }
    }

    String run(Case step) {
        out = new StringBuilder();
        String error = null;
        try {
            handle(step);
        } catch (TraceError e) {
            error = e.getMessage();
        }
        if (level.equals("NONE")) {
            return error == null ? "ok" : error;
        }
        if (error != null) {
            out.append(error);
        }
        return out.isEmpty() ? "ok" : out.toString();
    }

    private void handle(Case step) {
        switch (step.command()) {
            case "_breakpoint" -> {}
            case "log-level" -> setLevel(step.bare().get(0));
            case "add-nodes" -> addNodes(step);
            case "campaign" -> first(step).node.campaign();
            case "propose" -> propose(step);
            case "propose-conf-change" -> proposeConfChange(step);
            case "process-ready" -> each(step, "handling Ready", this::processReady);
            case "process-append-thread" -> each(step, "processing append thread", this::processAppend);
            case "process-apply-thread" -> each(step, "processing apply thread", this::processApply);
            case "deliver-msgs" -> deliver(step);
            case "stabilize" -> stabilize(step);
            case "tick-election" -> tick(first(step), ELECTION_TICKS);
            case "tick-heartbeat" -> tick(first(step), HEARTBEAT_TICKS);
            case "set-randomized-election-timeout" ->
                first(step)
                        .node
                        .setElectionTimeout(Integer.parseInt(
                                step.argument("timeout").orElseThrow().value()));
            case "transfer-leadership" -> transfer(step);
            case "forget-leader" -> first(step).node.forgetLeader();
            case "report-unreachable" -> reportUnreachable(step);
            case "send-snapshot" -> sendSnapshot(step);
            case "compact" -> compact(step);
            case "raft-log" -> printLog(first(step));
            case "raft-state" -> members.forEach(this::printState);
            case "status" ->
                first(step)
                        .node
                        .status()
                        .progress()
                        .forEach(
                                (id, progress) -> line(Long.toUnsignedString(id) + ": " + Describe.progress(progress)));
            default -> throw new TraceError("unknown command");
        }
    }

    // ---- set-up

    private void setLevel(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        if (!LEVELS.contains(upper)) {
            throw new TraceError("log levels must be either of [DEBUG INFO WARN ERROR FATAL NONE]");
        }
        level = upper;
    }

    private void addNodes(Case step) {
        int count = Integer.parseInt(step.bare().get(0));
        List<Long> voters = step.argument("voters").map(Argument::ids).orElse(List.of());
        List<Long> learners = step.argument("learners").map(Argument::ids).orElse(List.of());
        long index = step.argument("index").map(a -> Long.parseLong(a.value())).orElse(0L);
        String content = step.argument("content").map(Argument::value).orElse("");
        boolean blank = voters.isEmpty() && learners.isEmpty() && index == 0 && content.isEmpty();
        for (int i = 0; i < count; i++) {
            if (!blank && index <= 1) {
                throw new TraceError("index must be specified as > 1 due to bootstrap");
            }
            Snapshot initial = Snapshot.newBuilder()
                    .setData(ByteString.copyFromUtf8(content))
                    .setMetadata(SnapshotMetadata.newBuilder()
                            .setIndex(index)
                            .setTerm(blank ? 0 : 1)
                            .setConfState(
                                    ConfState.newBuilder().addAllVoters(voters).addAllLearners(learners)))
                    .build();
            addNode(step, initial);
        }
    }

    private void addNode(Case step, Snapshot initial) {
        long id = members.size() + 1;
        boolean async = flag(step, "async-storage-writes");
        MemoryStorage storage = new MemoryStorage();
        Config.Builder config = Config.builder(id, storage, new Random(id))
                .electionTicks(ELECTION_TICKS)
                .heartbeatTicks(HEARTBEAT_TICKS)
                .applied(initial.getMetadata().getIndex())
                .checkQuorum(flag(step, "checkquorum"))
                .preVote(flag(step, "prevote"))
                .asyncStorageWrites(async)
                .confChangeValidation(!flag(step, "disable-conf-change-validation"))
                .stepDownOnRemoval(flag(step, "step-down-on-removal"))
                .freshSnapshots(true);
        // Ours, not the reference's: figure 8 needs entries that travel one by one.
        step.argument("max-entry-bytes-per-msg").ifPresent(a -> config.messageEntryBytesMax(Long.parseLong(a.value())));
        step.argument("inflight").ifPresent(a -> config.inflightMessagesMax(Integer.parseInt(a.value())));
        step.argument("max-committed-size-per-ready")
                .ifPresent(a -> config.committedBytesMax(Long.parseLong(a.value())));
        step.argument("read-only").ifPresent(a -> config.readMode(readMode(a.value())));
        members.add(new Member(id, async, initial, storage, config));
    }

    private static ReadMode readMode(String name) {
        return switch (name) {
            case "safe" -> ReadMode.QUORUM;
            case "lease-based" -> ReadMode.LEASE;
            default -> throw new TraceError("invalid read-only option \"" + name + "\"");
        };
    }

    private static boolean flag(Case step, String key) {
        return step.argument(key)
                .map(a -> List.of("1", "t", "T", "TRUE", "true", "True").contains(a.value()))
                .orElse(false);
    }

    // ---- what users do

    private void propose(Case step) {
        List<String> bare = step.bare();
        check(member(bare.get(0)).node.propose(ByteString.copyFromUtf8(bare.get(1))));
    }

    private void proposeConfChange(Case step) {
        Node node = first(step).node;
        List<ConfChangeSingle> changes;
        try {
            changes = ConfChangeText.parse(step.input());
        } catch (IllegalArgumentException e) {
            throw new TraceError(e.getMessage());
        }
        ConfChangeTransition transition = ConfChangeTransition.AUTO;
        boolean v1 = false;
        for (Argument argument : step.arguments()) {
            if (!argument.values().isEmpty()) {
                switch (argument.key()) {
                    case "v1" -> v1 = flag(step, "v1");
                    case "transition" -> transition = transition(argument.value());
                    default -> throw new TraceError("unknown command " + argument.key());
                }
            }
        }
        if (!v1) {
            check(node.proposeConfChange(ConfChangeV2.newBuilder()
                    .setTransition(transition)
                    .addAllChanges(changes)
                    .build()));
            return;
        }
        if (changes.size() != 1 || transition != ConfChangeTransition.AUTO) {
            throw new TraceError("v1 conf change can only have one operation and no transition");
        }
        check(node.proposeConfChange(ConfChange.newBuilder()
                .setType(changes.get(0).getType())
                .setNodeId(changes.get(0).getNodeId())
                .build()));
    }

    private static ConfChangeTransition transition(String name) {
        return switch (name) {
            case "auto" -> ConfChangeTransition.AUTO;
            case "implicit" -> ConfChangeTransition.JOINT_IMPLICIT;
            case "explicit" -> ConfChangeTransition.JOINT_EXPLICIT;
            default -> throw new TraceError("unknown transition " + name);
        };
    }

    private static void check(StepResult result) {
        if (result instanceof StepResult.Dropped dropped) {
            throw new TraceError(text(dropped.reason()));
        }
    }

    private static String text(StepResult.Reason reason) {
        return switch (reason) {
            case PEER_NOT_FOUND -> "raft: cannot step as peer not found";
            case LOCAL_MESSAGE -> "raft: cannot step raft local message";
            case MALFORMED -> "malformed message";
            case NO_LEADER,
                    CAMPAIGNING,
                    NOT_A_MEMBER,
                    TRANSFERRING,
                    TOO_MUCH_UNCOMMITTED,
                    TOO_MANY_READS,
                    FORWARDING_DISABLED -> "raft proposal dropped";
        };
    }

    private static void tick(Member member, int ticks) {
        for (int i = 0; i < ticks; i++) {
            member.node.tick();
        }
    }

    private void transfer(Case step) {
        Member from = member(step.argument("from").orElseThrow().value());
        from.node.transferLeadership(step.argument("to").orElseThrow().ids().get(0));
    }

    private void reportUnreachable(Case step) {
        List<String> bare = step.bare();
        if (bare.size() != 2) {
            throw new TraceError("must specify exactly two node indexes: node on which to report, and reported node");
        }
        member(bare.get(0)).node.reportUnreachable(Long.parseLong(bare.get(1)));
    }

    private void sendSnapshot(Case step) {
        Member from = first(step);
        Message message = Message.newBuilder()
                .setType(MessageType.MSG_SNAP)
                .setFrom(from.id)
                .setTo(Long.parseLong(step.bare().get(1)))
                .setTerm(from.node.status().term())
                .setSnapshot(from.last())
                .build();
        network.add(message);
        line(Describe.message(message));
    }

    private void compact(Case step) {
        Member member = first(step);
        if (member.storage.compact(Long.parseLong(step.bare().get(1))) == MemoryStorage.Change.OUT_OF_DATE) {
            throw new TraceError("requested index is unavailable due to compaction");
        }
        printLog(member);
    }

    private void printLog(Member member) {
        long first = member.storage.firstIndex();
        long last = member.storage.lastIndex();
        if (first > last) {
            line("log is empty: first index=" + first + ", last index=" + last);
        } else if (member.storage.entries(first, last + 1, Long.MAX_VALUE) instanceof LogStorage.Slice.Found found) {
            out.append(Describe.entries(found.entries()));
        }
    }

    private void printState(Member member) {
        Status status = member.node.status();
        String voter = status.members().voters().contains(member.id) ? "(Voter)" : "(Non-Voter)";
        line(member.id + ": " + Describe.role(status.role()) + " " + voter + " Term:" + status.term() + " Lead:"
                + Long.toUnsignedString(status.leader()));
    }

    // ---- what the world does

    private interface Action {
        void on(Member member);
    }

    private void each(Case step, String doing, Action action) {
        List<Member> listed = step.bare().stream().map(this::member).toList();
        for (Member member : listed) {
            if (listed.size() == 1) {
                action.on(member);
            } else {
                line("> " + member.id + " " + doing);
                indented(() -> action.on(member));
            }
        }
    }

    private void indented(Runnable body) {
        StringBuilder outer = out;
        out = new StringBuilder();
        body.run();
        String inner = out.toString();
        out = outer;
        inner.lines().forEach(each -> line("  " + each));
    }

    private void processReady(Member member) {
        Ready ready = member.node.ready();
        line(Describe.ready(ready));
        if (!member.async) {
            store(member, ready.hardState(), ready.snapshot(), ready.entries());
            ready.committedEntries().forEach(entry -> apply(member, entry));
        }
        for (Message message : ready.messages()) {
            if (message.getTo() == Node.APPEND_THREAD) {
                member.appendWork.add(message);
            } else if (message.getTo() == Node.APPLY_THREAD) {
                member.applyWork.add(message);
            } else {
                network.add(message);
            }
        }
        if (!member.async) {
            member.node.advance();
        }
    }

    private static void store(Member member, HardState hardState, Snapshot snapshot, List<Entry> entries) {
        if (hardState != null) {
            member.storage.setHardState(hardState);
        }
        if (snapshot != null && !entries.isEmpty()) {
            throw new TraceError("can't apply snapshot and entries at the same time");
        }
        if (snapshot != null && member.storage.applySnapshot(snapshot) == MemoryStorage.Change.OUT_OF_DATE) {
            throw new TraceError("requested index is older than the existing snapshot");
        }
        member.storage.append(entries);
    }

    private static void apply(Member member, Entry entry) {
        ByteString update = entry.getData();
        ConfState state = member.last().getMetadata().getConfState();
        if (ConfChanges.isConfChange(entry)) {
            ConfChangeV2 change = decode(entry);
            update = change.getContext();
            state = member.node.applyConfChange(change);
        }
        member.history.add(Snapshot.newBuilder()
                .setData(member.last().getData().concat(update))
                .setMetadata(SnapshotMetadata.newBuilder()
                        .setIndex(entry.getIndex())
                        .setTerm(entry.getTerm())
                        .setConfState(state))
                .build());
    }

    private static ConfChangeV2 decode(Entry entry) {
        try {
            return ConfChanges.decode(entry);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private void processAppend(Member member) {
        work(member, member.appendWork, "append", message -> {
            boolean state = message.getTerm() != 0 || message.getVote() != 0 || message.getCommit() != 0;
            HardState hardState = HardState.newBuilder()
                    .setTerm(message.getTerm())
                    .setVote(message.getVote())
                    .setCommit(message.getCommit())
                    .build();
            store(
                    member,
                    state ? hardState : null,
                    message.hasSnapshot() ? message.getSnapshot() : null,
                    message.getEntriesList());
        });
    }

    private void processApply(Member member) {
        work(
                member,
                member.applyWork,
                "apply",
                message -> message.getEntriesList().forEach(entry -> apply(member, entry)));
    }

    private interface Work {
        void on(Message message);
    }

    private void work(Member member, Deque<Message> queue, String name, Work work) {
        Message message = queue.poll();
        if (message == null) {
            line("no " + name + " work to perform");
            return;
        }
        line("Processing:");
        line(Describe.message(message.toBuilder().clearResponses().build()));
        work.on(message);
        line("Responses:");
        for (Message response : message.getResponsesList()) {
            line(Describe.message(response));
            network.add(response);
        }
    }

    private void deliver(Case step) {
        Optional<String> type = step.argument("type").map(Argument::value);
        boolean any = false;
        for (Argument argument : step.arguments()) {
            if (argument.values().isEmpty()) {
                any |= deliver(Long.parseLong(argument.key()), type, false);
            } else if (argument.key().equals("drop")) {
                for (long id : argument.ids()) {
                    any |= deliver(id, type, true);
                }
            }
        }
        if (!any) {
            line("no messages");
        }
    }

    private boolean deliver(long to, Optional<String> type, boolean drop) {
        List<Message> taken = new ArrayList<>();
        for (Iterator<Message> each = network.iterator(); each.hasNext(); ) {
            Message message = each.next();
            boolean wanted = message.getTo() == to
                    && type.map(name -> Describe.type(message.getType()).equals(name))
                            .orElse(true);
            if (wanted && !(drop && isLocal(message))) {
                taken.add(message);
                each.remove();
            }
        }
        for (Message message : taken) {
            line((drop ? "dropped: " : "") + Describe.message(message));
            if (!drop && member(Long.toString(to)).node.step(message) instanceof StepResult.Dropped dropped) {
                refused(message, dropped);
            }
        }
        return !taken.isEmpty();
    }

    /** A transfer, or a read, that nobody leads to is no error to the reference. */
    private void refused(Message message, StepResult.Dropped dropped) {
        if (message.getType() != MessageType.MSG_TRANSFER_LEADER && message.getType() != MessageType.MSG_READ_INDEX) {
            line(text(dropped.reason()));
        }
    }

    private static boolean isLocal(Message message) {
        return message.getFrom() == message.getTo() || message.getFrom() < 0 || message.getTo() < 0;
    }

    private void stabilize(Case step) {
        String before = level;
        step.argument("log-level").ifPresent(a -> setLevel(a.value()));
        List<Member> listed = step.bare().isEmpty()
                ? List.copyOf(members)
                : step.bare().stream().map(this::member).toList();
        StringBuilder outer = out;
        int rounds = 0;
        while (round(listed)) {
            rounds++;
            if (rounds > ROUNDS_MAX) {
                throw new IllegalStateException("not stable after " + rounds + " rounds");
            }
        }
        if (level.equals("NONE")) {
            out = outer;
            out.setLength(0);
        }
        level = before;
    }

    private boolean round(List<Member> listed) {
        boolean any = false;
        for (Member member : listed) {
            if (member.node.hasReady()) {
                any = true;
                line("> " + member.id + " handling Ready");
                indented(() -> processReady(member));
            }
        }
        for (Member member : listed) {
            if (network.stream().anyMatch(message -> message.getTo() == member.id)) {
                any = true;
                line("> " + member.id + " receiving messages");
                indented(() -> deliver(member.id, Optional.empty(), false));
            }
        }
        for (Member member : listed) {
            any |= drain(member, member.appendWork, "append", this::processAppend);
        }
        for (Member member : listed) {
            any |= drain(member, member.applyWork, "apply", this::processApply);
        }
        return any;
    }

    private boolean drain(Member member, Deque<Message> queue, String name, Action action) {
        if (queue.isEmpty()) {
            return false;
        }
        line("> " + member.id + " processing " + name + " thread");
        while (!queue.isEmpty()) {
            indented(() -> action.on(member));
        }
        return true;
    }

    private Member first(Case step) {
        return member(step.bare().get(0));
    }

    private Member member(String id) {
        return members.get(Integer.parseInt(id) - 1);
    }

    private void line(String text) {
        out.append(text).append('\n');
    }
}

package io.perilune.raft.node;

import com.google.protobuf.ByteString;
import io.perilune.raft.core.Node;
import io.perilune.raft.core.Role;
import io.perilune.raft.core.Status;
import io.perilune.raft.core.StepResult;
import io.perilune.raft.node.Pending.Stage;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.MessageType;
import io.perilune.raft.transport.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings proposals to the leader, here or elsewhere, and takes those of followers. A proposal is placed in one term:
 * forwarded proposals carry the term they are meant for, and a leader of another refuses them. So when the first entry of
 * a later term is committed, every proposal of an earlier term that has not been seen is certainly lost, and may be made
 * again. Belongs to the event loop.
 */
final class Routing {
    /** What the rest of the loop knows of taking proposals. */
    interface Gate {
        /** Whether a change of members may go into the log now: fine, refused or later. */
        MemberRules.Verdict judge(Entry change);

        /** Why the disk takes no more proposals, or null. */
        @Nullable
        String fullDisk();
    }

    private final Node core;
    private final RaftOptions options;
    private final Transport transport;
    private final Proposals proposals;
    private final Workers workers;
    private final Gate gate;
    private final List<Pending> fresh = new ArrayList<>();
    private List<Pending> parked = new ArrayList<>();
    private boolean draining;

    Routing(Node core, RaftOptions options, Transport transport, Proposals proposals, Workers workers, Gate gate) {
        this.core = core;
        this.options = options;
        this.transport = transport;
        this.proposals = proposals;
        this.workers = workers;
        this.gate = gate;
    }

    void add(Pending pending) {
        fresh.add(pending);
    }

    /** What was parked is tried again by the next {@link #route}. */
    void retryParked() {
        fresh.addAll(parked);
        parked = new ArrayList<>();
    }

    /** From now on this node takes no proposals, of its own or of others. */
    void drain() {
        draining = true;
        retryParked();
    }

    /** Places what waits, wherever the leader is. */
    void route() {
        if (fresh.isEmpty()) {
            return;
        }
        List<Pending> due = new ArrayList<>(fresh);
        fresh.clear();
        due.removeIf(pending -> pending.future.isDone());
        if (draining) {
            due.forEach(pending -> proposals.refuse(pending, RefusalReason.SHUTTING_DOWN, "the node is closing"));
            return;
        }
        long wait = workers.nanoTime() + options.timing().leaderWait().toNanos();
        for (Pending pending : due) {
            if (pending.leaderDeadlineNanos == 0) {
                pending.leaderDeadlineNanos = wait - pending.deadlineNanos < 0 ? wait : pending.deadlineNanos;
            }
        }
        inBatches(due, this::place);
    }

    private interface Place {
        void place(List<Pending> batch);
    }

    /** A batch becomes one append message to each peer, instead of one a proposal. */
    private void inBatches(List<Pending> all, Place place) {
        List<Pending> batch = new ArrayList<>();
        long bytes = 0;
        for (Pending pending : all) {
            boolean alone = pending.entry.getType() != EntryType.NORMAL;
            if (!batch.isEmpty()
                    && (alone || bytes + pending.bytes() > options.limits().messageBytes())) {
                place.place(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(pending);
            bytes += alone ? options.limits().messageBytes() : pending.bytes();
        }
        if (!batch.isEmpty()) {
            place.place(batch);
        }
    }

    private void place(List<Pending> batch) {
        Status status = core.status();
        if (status.role() == Role.LEADER) {
            placeHere(batch);
        } else if (status.leader() != 0) {
            forward(batch, status.leader(), status.term());
        } else {
            park(batch, "no leader is known");
        }
    }

    private void placeHere(List<Pending> batch) {
        if (batch.get(0).entry.getType() != EntryType.NORMAL && !admit(batch.get(0))) {
            return;
        }
        String full = gate.fullDisk();
        if (full != null) {
            batch.forEach(pending -> proposals.refuse(pending, RefusalReason.OVERLOADED, full));
            return;
        }
        List<Entry> entries = new ArrayList<>(batch.size());
        batch.forEach(pending -> entries.add(pending.entry));
        StepResult result = core.propose(stamped(entries));
        if (result instanceof StepResult.Appended appended) {
            placed(batch, appended.term());
            StepResult.Refusal refusal = appended.refused();
            if (refusal != null) {
                batch.forEach(pending -> proposals.refuse(pending, reason(refusal), text(refusal)));
            }
        } else if (result instanceof StepResult.Dropped dropped) {
            dropped(batch, dropped.reason());
        } else {
            throw new IllegalStateException("a leader's proposal became " + result);
        }
    }

    private static void placed(List<Pending> batch, long term) {
        for (Pending pending : batch) {
            pending.stage = Stage.PLACED;
            pending.term = term;
        }
    }

    private void dropped(List<Pending> batch, StepResult.Reason reason) {
        if (reason == StepResult.Reason.TOO_MUCH_UNCOMMITTED) {
            batch.forEach(pending -> proposals.refuse(pending, RefusalReason.OVERLOADED, text(reason)));
        } else {
            park(batch, text(reason));
        }
    }

    private List<Entry> stamped(List<Entry> entries) {
        long time = workers.currentTimeMillis();
        List<Entry> stamped = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            stamped.add(entry.toBuilder().setTime(time).build());
        }
        return stamped;
    }

    private void forward(List<Pending> batch, long leader, long term) {
        Message.Builder message = Message.newBuilder()
                .setType(MessageType.MSG_PROP)
                .setFrom(options.nodeId())
                .setTo(leader)
                .setTerm(term);
        batch.forEach(pending -> message.addEntries(pending.entry));
        if (transport.send(message.build())) {
            placed(batch, term);
        } else {
            park(batch, "the leader, node " + leader + ", cannot be reached");
        }
    }

    private void park(List<Pending> batch, String why) {
        for (Pending pending : batch) {
            pending.stage = Stage.WAITING;
            pending.waitingFor = why;
        }
        parked.addAll(batch);
    }

    private static String text(StepResult.Reason reason) {
        return switch (reason) {
            case NO_LEADER -> "no leader is known";
            case CAMPAIGNING -> "an election is under way";
            case NOT_A_MEMBER -> "the leader was removed from the cluster";
            case TRANSFERRING -> "leadership is being handed over";
            case TOO_MUCH_UNCOMMITTED -> "too many bytes wait to be committed";
            case TOO_MANY_READS, FORWARDING_DISABLED, PEER_NOT_FOUND, LOCAL_MESSAGE, MALFORMED -> "refused: " + reason;
        };
    }

    private static RefusalReason reason(StepResult.Refusal refusal) {
        return switch (refusal) {
            case ANOTHER_IS_PENDING, MUST_LEAVE_JOINT_FIRST -> RefusalReason.CHANGE_IN_PROGRESS;
            case NOT_JOINT, INVALID -> RefusalReason.INVALID;
        };
    }

    private static String text(StepResult.Refusal refusal) {
        return switch (refusal) {
            case ANOTHER_IS_PENDING -> "another change of members is under way";
            case MUST_LEAVE_JOINT_FIRST -> "a change of members is half done";
            case NOT_JOINT -> "no change of members is half done";
            case INVALID -> "the change of members cannot be made, as when it removes the last voter";
        };
    }

    /** A follower's proposals. They are taken in the term they were sent for or not at all, and the follower is told. */
    void takeForwarded(Message message) {
        Status status = core.status();
        if (status.role() != Role.LEADER || status.term() != message.getTerm() || draining) {
            refuseForwarded(message, RefusalReason.NO_LEADER, "leadership moved");
        } else if (gate.fullDisk() != null) {
            refuseForwarded(message, RefusalReason.OVERLOADED, "the disk of the leader is full");
        } else if (admitForwarded(message)) {
            StepResult result = core.propose(stamped(message.getEntriesList()));
            if (result instanceof StepResult.Dropped dropped) {
                boolean full = dropped.reason() == StepResult.Reason.TOO_MUCH_UNCOMMITTED;
                refuseForwarded(
                        message, full ? RefusalReason.OVERLOADED : RefusalReason.NO_LEADER, text(dropped.reason()));
            } else if (result instanceof StepResult.Appended appended && appended.refused() != null) {
                refuseForwarded(message, reason(appended.refused()), text(appended.refused()));
            }
        }
    }

    // ---- those of others

    /**
     * Any thread. The refusal is a MSG_PROP that rejects: reason in {@code reject_hint}, incarnation and sequences in
     * context, words in an entry.
     */
    void refuseForwarded(Message message, RefusalReason reason, String detail) {
        ByteBuffer context = ByteBuffer.allocate(8 * (1 + message.getEntriesCount()));
        boolean first = true;
        for (Entry entry : message.getEntriesList()) {
            Tag tag = Proposals.tag(entry);
            if (tag == null) {
                continue;
            }
            if (first) {
                context.putLong(tag.incarnation());
                first = false;
            }
            context.putLong(tag.sequence());
        }
        transport.send(Message.newBuilder()
                .setType(MessageType.MSG_PROP)
                .setFrom(options.nodeId())
                .setTo(message.getFrom())
                .setTerm(message.getTerm())
                .setReject(true)
                .setRejectHint(reason.ordinal())
                .setContext(ByteString.copyFrom(context.flip()))
                .addEntries(Entry.newBuilder().setData(ByteString.copyFromUtf8(detail)))
                .build());
    }

    void forwardRefused(Message message) {
        ByteBuffer context = message.getContext().asReadOnlyByteBuffer();
        int reason = (int) message.getRejectHint();
        if (context.remaining() < 8
                || context.getLong() != proposals.incarnation()
                || reason < 0
                || reason >= RefusalReason.values().length) {
            return;
        }
        String detail =
                message.getEntriesCount() == 1 ? message.getEntries(0).getData().toStringUtf8() : "";
        while (context.remaining() >= 8) {
            Pending pending = proposals.find(context.getLong());
            if (pending != null && pending.stage == Stage.PLACED && pending.term == message.getTerm()) {
                refused(pending, RefusalReason.values()[reason], detail);
            }
        }
    }

    private void refused(Pending pending, RefusalReason reason, String detail) {
        switch (reason) {
            case NO_LEADER, SHUTTING_DOWN -> park(List.of(pending), detail);
            case OVERLOADED, INVALID, TOO_LARGE, CHANGE_IN_PROGRESS, NO_SUCH_MEMBER ->
                proposals.refuse(pending, reason, detail);
        }
    }

    /** The first entry of {@code term} is committed: what was placed before it and not seen never will be. */
    void loseBefore(long term) {
        List<Pending> lost = new ArrayList<>();
        for (Pending pending : proposals.all()) {
            if (pending.stage == Stage.PLACED && pending.term < term) {
                lost.add(pending);
            }
        }
        if (!lost.isEmpty()) {
            long wait = workers.nanoTime() + options.timing().leaderWait().toNanos();
            lost.forEach(pending ->
                    pending.leaderDeadlineNanos = wait - pending.deadlineNanos < 0 ? wait : pending.deadlineNanos);
            park(lost, "the leader changed before it was committed");
        }
    }

    /** Whether a change of members may go into the log now; otherwise it is refused, or waits. */
    private boolean admit(Pending pending) {
        MemberRules.Verdict verdict = gate.judge(pending.entry);
        if (verdict instanceof MemberRules.Verdict.Refused refused) {
            proposals.refuse(pending, refused.reason(), refused.why());
        } else if (verdict instanceof MemberRules.Verdict.Later later) {
            park(List.of(pending), later.why());
        }
        return verdict instanceof MemberRules.Verdict.Fine;
    }

    private boolean admitForwarded(Message message) {
        for (Entry entry : message.getEntriesList()) {
            MemberRules.Verdict verdict = entry.getType() == EntryType.NORMAL ? MemberRules.FINE : gate.judge(entry);
            if (verdict instanceof MemberRules.Verdict.Refused refused) {
                refuseForwarded(message, refused.reason(), refused.why());
                return false;
            } else if (verdict instanceof MemberRules.Verdict.Later later) {
                // Whoever asks parks it, and asks again.
                refuseForwarded(message, RefusalReason.NO_LEADER, later.why());
                return false;
            }
        }
        return true;
    }
}

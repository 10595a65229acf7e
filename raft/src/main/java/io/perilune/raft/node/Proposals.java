package io.perilune.raft.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.perilune.raft.node.ProposalOutcome.Applied;
import io.perilune.raft.node.ProposalOutcome.NotProposed;
import io.perilune.raft.node.ProposalOutcome.Unknown;
import io.perilune.raft.proto.ConfChange;
import io.perilune.raft.proto.ConfChangeV2;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.EntryType;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The proposals of this node whose fate is open. Any thread opens them, the applier ends those that are applied, the
 * event loop all others; whoever comes first decides, and each is told the truth.
 */
final class Proposals {
    private final long origin;
    private final long incarnation;
    private final RaftOptions.Limits limits;
    private final Metering metering;
    private final Map<Long, Pending> open = new ConcurrentHashMap<>();
    private final AtomicLong sequences = new AtomicLong();
    private final AtomicLong openCount = new AtomicLong();
    private final AtomicLong openBytes = new AtomicLong();

    Proposals(long origin, long incarnation, RaftOptions.Limits limits, Metering metering) {
        this.origin = origin;
        this.incarnation = incarnation;
        this.limits = limits;
        this.metering = metering;
    }

    long incarnation() {
        return incarnation;
    }

    /** @return null where too many are open */
    @Nullable
    Pending open(byte[] command, long deadlineNanos) {
        long sequence = sequences.incrementAndGet();
        byte[] data = new Tag(origin, incarnation, sequence).before(command);
        return open(sequence, EntryType.NORMAL, UnsafeByteOperations.unsafeWrap(data), deadlineNanos);
    }

    /** Likewise for a change of members; its context becomes the tag and {@code addresses}. */
    @Nullable
    Pending open(ConfChangeV2 change, String addresses, long deadlineNanos) {
        long sequence = sequences.incrementAndGet();
        byte[] context = new Tag(origin, incarnation, sequence)
                .before(ByteString.copyFromUtf8(addresses).toByteArray());
        ConfChangeV2 tagged =
                change.toBuilder().setContext(ByteString.copyFrom(context)).build();
        return open(sequence, EntryType.CONF_CHANGE_V2, tagged.toByteString(), deadlineNanos);
    }

    private @Nullable Pending open(long sequence, EntryType type, ByteString data, long deadlineNanos) {
        long count = openCount.incrementAndGet();
        long bytes = openBytes.addAndGet(data.size());
        if (count > limits.waitingCount() || bytes > limits.waitingBytes()) {
            openCount.decrementAndGet();
            openBytes.addAndGet(-data.size());
            return null;
        }
        Entry entry = Entry.newBuilder().setType(type).setData(data).build();
        Pending pending = new Pending(sequence, entry, deadlineNanos);
        open.put(sequence, pending);
        return pending;
    }

    Collection<Pending> all() {
        return open.values();
    }

    int count() {
        return open.size();
    }

    /** The open proposal that this entry is, or null. */
    @Nullable
    Pending find(Entry entry) {
        Tag tag = tag(entry);
        if (tag == null || tag.origin() != origin || tag.incarnation() != incarnation) {
            return null;
        }
        return open.get(tag.sequence());
    }

    @Nullable
    Pending find(long sequence) {
        return open.get(sequence);
    }

    static @Nullable Tag tag(Entry entry) {
        return switch (entry.getType()) {
            case NORMAL -> Tag.of(entry.getData());
            case CONF_CHANGE, CONF_CHANGE_V2 -> Tag.of(confChange(entry).getContext());
            case UNRECOGNIZED -> throw new IllegalStateException("entry " + entry.getIndex() + " has an unknown type");
        };
    }

    /**
     * Whether a peer's entry is one that this software could have made: what is in it is read by every node when it is
     * committed, and one that cannot be would stop them all.
     */
    static boolean isReadable(Entry entry) {
        switch (entry.getType()) {
            case NORMAL:
                return true;
            case CONF_CHANGE, CONF_CHANGE_V2:
                try {
                    Roster.parse(context(confChange(entry)));
                    return true;
                } catch (IllegalStateException | IllegalArgumentException unreadable) {
                    return false;
                }
            default:
                return false;
        }
    }

    /** Where the members are, as a change tells it. */
    static String context(ConfChangeV2 change) {
        ByteString context = change.getContext();
        return (Tag.of(context) == null ? context : context.substring(Tag.BYTES)).toStringUtf8();
    }

    /** The change in a committed entry; an old-style one as the new style says it. */
    static ConfChangeV2 confChange(Entry entry) {
        try {
            if (entry.getType() == EntryType.CONF_CHANGE_V2) {
                return ConfChangeV2.parseFrom(entry.getData());
            }
            ConfChange old = ConfChange.parseFrom(entry.getData());
            ConfChangeV2.Builder change = ConfChangeV2.newBuilder().setContext(old.getContext());
            change.addChangesBuilder().setType(old.getType()).setNodeId(old.getNodeId());
            return change.build();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("entry " + entry.getIndex() + " is no conf change", e);
        }
    }

    /** The applier's part: tells whoever waits for this entry, if that is on this node and still waits. */
    void applied(Entry entry, Object reply) {
        Pending pending = find(entry);
        if (pending != null) {
            end(pending, new Applied(entry.getIndex(), entry.getTerm(), reply));
        }
    }

    /** Likewise: this node will not see what the entry does, since a snapshot holds it already. */
    void overtaken(Entry entry) {
        Pending pending = find(entry);
        if (pending != null) {
            unknown(pending, "this node fell behind and took a snapshot instead of the log");
        }
    }

    void refuse(Pending pending, RefusalReason reason, String detail) {
        end(pending, new NotProposed(reason, detail));
    }

    void unknown(Pending pending, String detail) {
        end(pending, new Unknown(detail));
    }

    private void end(Pending pending, ProposalOutcome outcome) {
        if (open.remove(pending.sequence) == null) {
            return;
        }
        openCount.decrementAndGet();
        openBytes.addAndGet(-pending.bytes());
        metering.ended(outcome);
        pending.future.complete(outcome);
    }

    /** The server ends: nothing is known any more of what was placed. */
    void endAll(String detail) {
        for (Pending pending : open.values()) {
            if (pending.stage == Pending.Stage.WAITING) {
                refuse(pending, RefusalReason.SHUTTING_DOWN, detail);
            } else {
                unknown(pending, detail);
            }
        }
    }
}

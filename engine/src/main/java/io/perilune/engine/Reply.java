package io.perilune.engine;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Trace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a {@link Request} or a {@link Query} ended. */
public sealed interface Reply {
    /**
     * Where in the log it happened and what it cost.
     *
     * @param time of the entry, in milliseconds since the epoch
     * @param replayed whether this is the remembered answer of an earlier command with the same idempotency key
     */
    record Receipt(
            String machine,
            long index,
            long term,
            long version,
            long gas,
            int writes,
            int events,
            long time,
            boolean replayed) {}

    /** A command was applied. */
    record Done(Receipt receipt, Bytes result) implements Reply {}

    /** A query was answered; {@code index} is that of the state it read. */
    record Answer(Bytes result, long index, long version, long gas) implements Reply {}

    /** The script said no. */
    record Rejected(
            Receipt receipt,
            String code,
            String message,
            @Nullable Bytes details,
            int status,
            @Nullable String at) implements Reply {}

    /** The script broke. */
    record Failed(Receipt receipt, String message, @Nullable String at, String traceback) implements Reply {}

    /** The script crossed the limit named {@code budget}. */
    record OverBudget(
            Receipt receipt,
            String budget,
            long limit,
            long used,
            @Nullable String at) implements Reply {}

    /** One reply for each call of an atomic batch that was kept. */
    record Batch(List<Reply> replies) implements Reply {}

    /** An atomic batch left nothing because of its call number {@code line}, counted from 1. */
    record BatchFailed(int line, Reply cause) implements Reply {}

    /** {@code created}: whether there is a new version now; otherwise the same text was active already. */
    record Deployed(String machine, long version, String sha256, long index, boolean created) implements Reply {}

    /**
     * The commands of an entry were run again, one trace for each.
     *
     * @param faithful whether they did what they had done
     */
    record Traced(long index, List<Trace> traces, boolean faithful) implements Reply {}

    record Rehearsed(Rehearsal rehearsal) implements Reply {}

    record LimitsSet(String machine, long index) implements Reply {}

    record Deleted(String machine, long index) implements Reply {}

    record TokenCreated(Token token, long index) implements Reply {}

    record TokenRevoked(String name, long index) implements Reply {}

    /** One part of an archive is in the log. */
    record PartTaken(int number, long index) implements Reply {}

    /** An archive has become the state. */
    record Restored(int machines, long keys, int tokens, long index) implements Reply {}

    /** Not a script: nothing was replicated. {@code line} is 0 where the fault is not in one line. */
    record ScriptInvalid(
            String message, String file, int line, @Nullable String sourceLine) implements Reply {}

    /** The request cannot be done as things stand; it left nothing behind. */
    record Refused(Refusal refusal, String detail, @Nullable String suggestion) implements Reply {}

    enum Refusal {
        NO_SUCH_MACHINE,
        NO_SUCH_COMMAND,
        NO_SUCH_QUERY,
        NO_SUCH_VERSION,
        VERSION_MISMATCH,
        IDEMPOTENCY_KEY_REUSED,
        /** A past was asked for that is not kept. */
        NOT_RETAINED,
        NO_SUCH_TOKEN,
        TOKEN_EXISTS,
        /** Nobody could administer the cluster any more. */
        ADMIN_NEEDED,
        /** A restore is for an empty cluster. */
        NOT_EMPTY,
        /** Another restore has begun, or this one has lost a part. */
        RESTORE_INTERRUPTED,
        ARCHIVE_DAMAGED,
        TOO_LARGE
    }

    /** Not now: certainly not done, worth trying again. */
    record Unavailable(Why why, String detail) implements Reply {}

    enum Why {
        NO_LEADER,
        OVERLOADED,
        SHUTTING_DOWN,
        NOT_CAUGHT_UP,
        /** The node is not to be trusted: see {@link Trust.Finding#DIVERGED}. */
        DIVERGED
    }

    /** It may or may not have been done. */
    record Unknown(String detail) implements Reply {}

    /** Of the answer that a script gave to one command; null for others. */
    static @Nullable Receipt receipt(Reply reply) {
        if (reply instanceof Done done) {
            return done.receipt();
        } else if (reply instanceof Rejected rejected) {
            return rejected.receipt();
        } else if (reply instanceof Failed failed) {
            return failed.receipt();
        }
        return reply instanceof OverBudget over ? over.receipt() : null;
    }
}

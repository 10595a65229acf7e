package io.perilune.engine.apply;

import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Reply.Refused;
import io.perilune.engine.Request;
import io.perilune.scripting.Limits;
import java.util.Optional;

/** How large a request, and what is made of it, may be. Asked before proposing and again when applying. */
public final class Ceilings {
    /** One entry; leaves room for the largest bundle and its envelope. */
    public static final int ENTRY_BYTES = 12 << 20;

    public static final int SCRIPT_BYTES = 1 << 20;
    public static final int BUNDLE_BYTES = 8 << 20;
    public static final int BUNDLE_FILES = 1_000;
    public static final int BATCH_CALLS = 10_000;

    /** An atomic batch may use the gas of this many commands in all: one entry holds up every other machine. */
    public static final int BATCH_GAS_COMMANDS = 10;

    public static final int MACHINES = 10_000;

    public static final int TOKENS = 1_000;

    /** Of an archive that is restored: as long as it is on its way, it is in the memory of every node. */
    public static final long ARCHIVE_BYTES = 1L << 30;

    /** Of one part of it, at most. */
    public static final int PART_BYTES = 1 << 20;

    /** Versions kept of one machine, the oldest dropped first. */
    public static final int VERSIONS = 1_000;

    public static final long VERSIONS_BYTES = 64L << 20;

    /**
     * What a machine's own limits may be raised to. One command may hold up all others for seconds with them, not for
     * hours; depth is what the stacks of the threads that run scripts are made for.
     */
    public static final Limits LIMITS = new Limits(
            1_000_000_000,
            10_000_000_000L,
            Limits.DEFAULT.depth(),
            16 << 20,
            512L << 20,
            16 << 10,
            8 << 20,
            1_000_000,
            100_000,
            10_000);

    private Ceilings() {}

    /** Why not, if {@code request} is too large. */
    public static Optional<Refused> refusal(Request request) {
        if (request instanceof Request.Deploy deploy) {
            return refusal(deploy);
        }
        if (request instanceof Request.AtomicBatch batch && batch.calls().size() > BATCH_CALLS) {
            return tooLarge("an atomic batch has at most " + BATCH_CALLS + " calls, not "
                    + batch.calls().size());
        }
        if (request instanceof Request.RestorePart part && part.bytes().size() > PART_BYTES) {
            return tooLarge("a part of an archive has at most " + PART_BYTES + " bytes, not "
                    + part.bytes().size());
        }
        return request instanceof Request.SetLimits set ? refusal(set.limits()) : Optional.empty();
    }

    private static Optional<Refused> refusal(Request.Deploy deploy) {
        var bytes =
                deploy.files().values().stream().mapToLong(file -> file.size()).sum();
        var most = deploy.files().size() == 1 ? SCRIPT_BYTES : BUNDLE_BYTES;
        if (bytes > most) {
            return tooLarge("the script has " + bytes + " bytes, at most " + most + " are allowed");
        }
        return deploy.files().size() > BUNDLE_FILES
                ? tooLarge("a bundle has at most " + BUNDLE_FILES + " files, not "
                        + deploy.files().size())
                : Optional.empty();
    }

    private static Optional<Refused> refusal(Limits asked) {
        return over("gas", asked.gas(), LIMITS.gas())
                .or(() -> over("query_gas", asked.queryGas(), LIMITS.queryGas()))
                .or(() -> over("depth", asked.depth(), LIMITS.depth()))
                .or(() -> over("string_bytes", asked.stringBytes(), LIMITS.stringBytes()))
                .or(() -> over("memory_bytes", asked.memoryBytes(), LIMITS.memoryBytes()))
                .or(() -> over("key_bytes", asked.keyBytes(), LIMITS.keyBytes()))
                .or(() -> over("value_bytes", asked.valueBytes(), LIMITS.valueBytes()))
                .or(() -> over("writes", asked.writes(), LIMITS.writes()))
                .or(() -> over("events", asked.events(), LIMITS.events()))
                .or(() -> over("log_lines", asked.logLines(), LIMITS.logLines()));
    }

    private static Optional<Refused> over(String limit, long asked, long most) {
        return asked > most
                ? tooLarge("limit " + limit + " can be at most " + most + ", not " + asked)
                : Optional.empty();
    }

    private static Optional<Refused> tooLarge(String detail) {
        return Optional.of(new Refused(Refusal.TOO_LARGE, detail, null));
    }
}

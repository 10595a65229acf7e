package io.perilune.scripting;

import org.jspecify.annotations.Nullable;

/**
 * How a call of a script ended. Each is a pure function of script, state and invocation: the same on every replica.
 * Only after {@link Returned} may the host keep what the call wrote.
 */
public sealed interface Outcome {
    Usage usage();

    /** What the call used up. {@code logDropped} lines were over {@link Limits#logLines()}. */
    record Usage(long gas, long memoryBytes, int writes, int events, int logDropped) {}

    /** Ended well; {@code result} is canonical. */
    record Returned(Bytes result, Usage usage) implements Outcome {}

    /**
     * A business rejection: the script called {@code fail} or {@code error} with a table.
     *
     * @param code the script's own; {@code "rejected"} where it gave none
     * @param details canonical value, or null
     * @param status 400..499; 422 where the script gave none or another
     * @param at {@code "bank.lua:14"}, or null where it is not known
     */
    record Rejected(
            String code,
            String message,
            @Nullable Bytes details,
            int status,
            @Nullable String at,
            Usage usage) implements Outcome {}

    /** Any other error; {@code message} is Lua's, position included. */
    record Failed(String message, @Nullable String at, String traceback, Usage usage) implements Outcome {}

    /** A limit was crossed; no {@code pcall} saw it. */
    record OverBudget(
            Budget budget, long limit, long used, @Nullable String at, Usage usage) implements Outcome {}

    /** The script has no such command or query. {@code suggestion}: the nearest name it has, or null. */
    record NoSuchFunction(String name, @Nullable String suggestion, Usage usage) implements Outcome {}

    /** The limit that was crossed. The name in answers is the lower-case one. */
    enum Budget {
        GAS,
        DEPTH,
        STRING_BYTES,
        MEMORY_BYTES,
        WRITES,
        EVENTS
    }
}

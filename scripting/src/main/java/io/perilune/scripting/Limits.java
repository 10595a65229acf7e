package io.perilune.scripting;

/**
 * How much one call of a script may use. Counted by us, never measured, so that every replica draws the line at the
 * same place. All are maxima; crossing {@code keyBytes} or {@code valueBytes} is an ordinary error of {@code put},
 * crossing any other ends the call as {@link Outcome.OverBudget}, except that log lines over their number are dropped
 * and counted.
 *
 * @param gas for a command, {@code init}, {@code migrate}; instructions and library work
 * @param queryGas for a query
 * @param depth Lua calls on the stack
 * @param stringBytes one string
 * @param memoryBytes the sum of everything that one call allocates
 * @param keyBytes one key
 * @param valueBytes one value in its canonical encoding
 * @param writes puts and deletes
 * @param events emitted
 * @param logLines kept
 */
public record Limits(
        long gas,
        long queryGas,
        int depth,
        int stringBytes,
        long memoryBytes,
        int keyBytes,
        int valueBytes,
        int writes,
        int events,
        int logLines) {
    /** Levels nested through Java: {@code pcall}, callbacks of library functions, metamethods they call, resumes. */
    public static final int JAVA_DEPTH = 200;

    public static final Limits DEFAULT =
            new Limits(5_000_000, 50_000_000, 5_000, 1 << 20, 32L << 20, 1 << 10, 256 << 10, 10_000, 1_000, 100);

    public Limits {
        if (Math.min(gas, Math.min(queryGas, memoryBytes)) < 1
                || Math.min(Math.min(depth, stringBytes), Math.min(keyBytes, valueBytes)) < 1
                || Math.min(writes, Math.min(events, logLines)) < 0) {
            throw new IllegalArgumentException("a limit is below its least value");
        }
    }

    /** These with no more than {@code most} gas. */
    public Limits withGasAtMost(long most) {
        return most >= gas
                ? this
                : new Limits(
                        most,
                        queryGas,
                        depth,
                        stringBytes,
                        memoryBytes,
                        keyBytes,
                        valueBytes,
                        writes,
                        events,
                        logLines);
    }
}

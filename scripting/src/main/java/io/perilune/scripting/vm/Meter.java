package io.perilune.scripting.vm;

import io.perilune.scripting.Limits;
import io.perilune.scripting.Outcome.Budget;
import org.jspecify.annotations.Nullable;

/**
 * Counts what one call uses, and ends it at its limits. What is counted depends on the script and its arguments alone:
 * never on a clock, on the heap or on what the JVM has compiled. Owned by the thread that runs the call.
 *
 * <p>A crossed limit stays crossed: every later charge throws the same {@link BudgetExceeded} again.
 */
public final class Meter {
    /** Version of the gas schedule, {@code GAS.md}: what nodes of one cluster must agree on. */
    public static final int SCHEDULE = 1;

    /** Gas for a library function's work, besides the instruction that called it: a unit is about one instruction. */
    public static final int GAS_PER_CALL = 2;

    /** Copying, comparing or scanning this many bytes costs one unit of gas. */
    public static final int BYTES_PER_GAS = 16;

    /** What we take a string to need besides its bytes. Ours, not the JVM's: it must be the same everywhere. */
    public static final int STRING_OVERHEAD = 32;

    private final long gasLimit;
    private final long memoryLimit;
    private final int stringLimit;
    private final boolean sortsKeys;
    private long gasUsed;
    private long memoryUsed;
    private int identities;
    private @Nullable BudgetExceeded crossed;
    private volatile boolean cancelled;

    public Meter(long gasLimit, long memoryLimit, int stringLimit) {
        this(gasLimit, memoryLimit, stringLimit, true);
    }

    private Meter(long gasLimit, long memoryLimit, int stringLimit, boolean sortsKeys) {
        this.sortsKeys = sortsKeys;
        this.gasLimit = gasLimit;
        this.memoryLimit = memoryLimit;
        this.stringLimit = stringLimit;
    }

    public static Meter of(Limits limits) {
        return new Meter(limits.gas(), limits.memoryBytes(), limits.stringBytes());
    }

    /** For trusted scripts, and for tables that outlive a call: counts, and never ends anything. */
    public static Meter unlimited() {
        return new Meter(Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE - 64, false);
    }

    /** Charges {@code units} of gas, about one for each instruction's worth of work. */
    public void gas(long units) {
        gasUsed += units;
        if (gasUsed > gasLimit || crossed != null || cancelled) {
            end(Budget.GAS, gasLimit, gasUsed);
        }
    }

    /** Adds gas that has been used already, while something else is on its way; the next charge looks at it. */
    void count(long units) {
        gasUsed += units;
    }

    /** Charges for looking at or copying {@code bytes} bytes. */
    public void work(long bytes) {
        gas(bytes / BYTES_PER_GAS + 1);
    }

    /** Charges {@code bytes} of memory that is about to be allocated. */
    public void memory(long bytes) {
        memoryUsed += bytes;
        if (memoryUsed > memoryLimit || crossed != null) {
            end(Budget.MEMORY_BYTES, memoryLimit, memoryUsed);
        }
    }

    /** To be called before a string of {@code bytes} bytes is made: checks its size, charges memory and work. */
    public void string(long bytes) {
        if (bytes > stringLimit) {
            end(Budget.STRING_BYTES, stringLimit, bytes);
        }
        memory(bytes + STRING_OVERHEAD);
        work(bytes);
    }

    /** Ends the call because {@code budget} is used up. */
    public void end(Budget budget, long limit, long used) {
        if (crossed == null) {
            if (cancelled) {
                cancelled = false;
                throw new Cancelled();
            }
            crossed = new BudgetExceeded(budget, limit, used);
        }
        throw crossed;
    }

    /** Does something that costs nothing and crosses nothing: for those who look on, and whom no script must notice. */
    public void uncounted(Runnable look) {
        long gas = gasUsed;
        long memory = memoryUsed;
        BudgetExceeded before = crossed;
        gasUsed = Long.MIN_VALUE / 2;
        memoryUsed = Long.MIN_VALUE / 2;
        crossed = null;
        try {
            look.run();
        } finally {
            gasUsed = gas;
            memoryUsed = memory;
            crossed = before;
        }
    }

    /** Makes the next charge throw {@link Cancelled}. May be called by any thread; for trusted scripts only. */
    public void cancel() {
        cancelled = true;
    }

    public long gasUsed() {
        return gasUsed;
    }

    public long memoryUsed() {
        return memoryUsed;
    }

    public int stringLimit() {
        return stringLimit;
    }

    /** Whether tables are walked in the order of their keys, as they are in machines. */
    boolean sortsKeys() {
        return sortsKeys;
    }

    /** A number for an object that has no content to hash or print: counts up, so that it is the same everywhere. */
    int nextIdentity() {
        return ++identities;
    }

    /** Another thread has asked the script to stop. */
    public static final class Cancelled extends Error {
        private static final long serialVersionUID = 1;

        Cancelled() {
            super("cancelled", null, false, false);
        }
    }
}

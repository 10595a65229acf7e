package io.perilune.scripting.vm;

import io.perilune.scripting.Outcome.Budget;
import org.jspecify.annotations.Nullable;

/**
 * A limit was crossed: the call is over. An {@link Error}, and not a Lua error, so that nothing in a script can catch
 * it; library functions must let it pass.
 */
public final class BudgetExceeded extends Error {
    private static final long serialVersionUID = 1;

    private final Budget budget;
    private final long limit;
    private final long used;
    private @Nullable String position;

    BudgetExceeded(Budget budget, long limit, long used) {
        super(budget + ": used " + used + " of " + limit, null, false, false);
        this.budget = budget;
        this.limit = limit;
        this.used = used;
    }

    public Budget budget() {
        return budget;
    }

    public long limit() {
        return limit;
    }

    public long used() {
        return used;
    }

    /** {@code "bank.lua:14"} of the line that crossed it, where that is known. */
    public @Nullable String position() {
        return position;
    }

    void position(@Nullable String place) {
        if (position == null) {
            position = place;
        }
    }
}

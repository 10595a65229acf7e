package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Receipt;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.state.World;
import io.perilune.scripting.Outcome;
import io.perilune.scripting.Suggestion;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Outcomes of scripts as replies. */
public final class Replies {
    private Replies() {}

    /**
     * @param missing what a function is called that the script does not have
     * @param at the state that the script ran on
     */
    public static Reply of(Outcome outcome, Refusal missing, String machine, long version, World at) {
        var usage = outcome.usage();
        var receipt = new Receipt(
                machine, at.index(), at.term(), version, usage.gas(), usage.writes(), usage.events(), at.time(), false);
        if (outcome instanceof Outcome.Returned returned) {
            return new Reply.Done(receipt, returned.result());
        }
        if (outcome instanceof Outcome.Rejected no) {
            return new Reply.Rejected(receipt, no.code(), no.message(), no.details(), no.status(), no.at());
        }
        if (outcome instanceof Outcome.Failed failed) {
            return new Reply.Failed(receipt, failed.message(), failed.at(), failed.traceback());
        }
        if (outcome instanceof Outcome.OverBudget over) {
            var budget = over.budget().name().toLowerCase(Locale.ROOT);
            return new Reply.OverBudget(receipt, budget, over.limit(), over.used(), over.at());
        }
        if (outcome instanceof Outcome.NoSuchFunction none) {
            return refused(missing, "version " + version + " has no " + none.name(), none.suggestion());
        }
        throw new IllegalStateException("no reply for " + outcome);
    }

    static Reply refused(Refusal refusal, String detail, @Nullable String suggestion) {
        return new Reply.Refused(refusal, detail, suggestion);
    }

    public static Reply noSuchMachine(World world, String name) {
        var suggestion = Suggestion.nearest(name, world.machines().keySet());
        return refused(Refusal.NO_SUCH_MACHINE, "there is no machine " + name, suggestion);
    }

    public static Reply nothingActive(String machine) {
        return refused(Refusal.NO_SUCH_VERSION, "no version of " + machine + " has been activated yet", null);
    }
}

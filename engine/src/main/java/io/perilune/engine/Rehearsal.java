package io.perilune.engine;

import io.perilune.scripting.Bytes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a script would have made of commands that another one ran.
 *
 * @param commands that were run again; those of an atomic batch count as one
 * @param same those of them that did just what they had done
 * @param migration why {@code migrate} failed, before any command; null if it did not
 * @param cut whether it ended before its end: there were too many differences, or too much gas was used
 */
public record Rehearsal(
        int commands,
        int same,
        List<Difference> differences,
        @Nullable Reply migration,
        boolean cut) {
    /** Entries with differences that are told. */
    public static final int DIFFERENCES_MAX = 1_000;

    /** Of arguments, values and results in them, as far as those are counted: a rehearsal ends beyond it. */
    public static final long BYTES_MAX = 8L << 20;

    /** Of all commands together. */
    public static final long GAS_MAX = 2_000_000_000L;

    /** Commands that can be asked for. */
    public static final int COMMANDS_MAX = 100_000;

    public Rehearsal {
        differences = List.copyOf(differences);
    }

    /** Whether the script did not show itself to be different. */
    public boolean isSame() {
        return differences.isEmpty() && migration == null && !cut;
    }

    /** @param what never empty */
    public record Difference(Past was, Past now, Set<What> what) {}

    public enum What {
        /** Done, rejected, failed, over budget. */
        OUTCOME,
        /** Of the same outcome: what was returned, or the reason. */
        RESULT,
        STATE,
        EVENTS,
        GAS
    }

    /** In what two runs of the same commands differ. */
    public static Set<What> compare(Past was, Past now) {
        var what = EnumSet.noneOf(What.class);
        if (!kinds(was).equals(kinds(now))) {
            what.add(What.OUTCOME);
        } else if (!answers(was).equals(answers(now))) {
            what.add(What.RESULT);
        }
        if (!was.writes().equals(now.writes())) {
            what.add(What.STATE);
        }
        if (!was.events().equals(now.events())) {
            what.add(What.EVENTS);
        }
        if (gas(was) != gas(now)) {
            what.add(What.GAS);
        }
        return what;
    }

    private static List<Class<?>> kinds(Past past) {
        var kinds = new ArrayList<Class<?>>();
        past.calls().forEach(call -> kinds.add(call.reply().getClass()));
        return kinds;
    }

    private static List<Object> answers(Past past) {
        return past.calls().stream().map(call -> answer(call.reply())).toList();
    }

    /** What those who sent the command were told, but for where in which version it happened. */
    private static Object answer(Reply reply) {
        if (reply instanceof Reply.Done done) {
            return done.result();
        } else if (reply instanceof Reply.Rejected no) {
            var details = no.details() == null ? Bytes.EMPTY : no.details();
            return List.of(no.code(), no.message(), details, no.status());
        } else if (reply instanceof Reply.Failed failed) {
            var at = failed.at();
            // The position is the beginning of the message too.
            return at != null && failed.message().startsWith(at)
                    ? failed.message().substring(at.length())
                    : failed.message();
        } else if (reply instanceof Reply.OverBudget over) {
            return List.of(over.budget(), over.limit());
        } else if (reply instanceof Reply.Refused refused) {
            return refused.refusal();
        }
        throw new IllegalStateException("no command ends in " + reply);
    }

    /** Of all commands together. */
    public static long gas(Past past) {
        return past.calls().stream().mapToLong(call -> gas(call.reply())).sum();
    }

    private static long gas(Reply reply) {
        var receipt = Reply.receipt(reply);
        return receipt == null ? 0 : receipt.gas();
    }
}

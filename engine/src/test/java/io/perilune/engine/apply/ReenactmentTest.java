package io.perilune.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Past;
import io.perilune.engine.Rehearsal;
import io.perilune.engine.Rehearsal.What;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.codec.Work;
import io.perilune.scripting.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReenactmentTest {
    private static final String COUNTER = """
            function commands.add(by)
              local n = (get("n") or 0) + by
              if n > 100 then fail("FULL", "too much") end
              put("n", n)
              emit("added", by)
              return n
            end
            function commands.later(ms) schedule(ms, "add", 5, "t") end
            """;

    private final Replica replica = new Replica();
    private final Reenactment reenactment = new Reenactment(new Scripts());

    private Rehearsal rehearse(String script, int last) {
        var reply = reenactment.rehearse(replica.machine(), Replica.files(script), last);
        return ((Reply.Rehearsed) reply).rehearsal();
    }

    private Past last() {
        var history = replica.machine().history();
        return HistoryCodec.decode(Replica.MACHINE, history.get(history.last()));
    }

    private Reply trace(long index) {
        var entry = replica.machine().history().get(index);
        return reenactment.trace(replica.machine(), HistoryCodec.decode(Replica.MACHINE, entry));
    }

    @Test
    void a_trace_shows_the_state_as_it_was_then() {
        replica.deploy(COUNTER);
        replica.call("add", 1);
        replica.call("add", 2);
        var index = replica.world().index();
        replica.call("add", 4);

        var traced = (Reply.Traced) trace(index);

        assertThat(traced.faithful()).isTrue();
        var steps = traced.traces().get(0).steps();
        assertThat(steps.get(0).call().result()).isEqualTo(Values.of(1));
        assertThat(steps.get(1).locals()).containsEntry("n", Values.of(3)).containsEntry("by", Values.of(2));
    }

    @Test
    void a_command_is_traced_in_the_version_that_ran_it() {
        replica.deploy(COUNTER);
        replica.call("add", 1);
        var index = replica.world().index();
        replica.deploy("function apply() end function migrate() put('n', 'no number') end");

        assertThat(((Reply.Traced) trace(index)).faithful()).isTrue();
    }

    @Test
    void the_same_script_does_the_same() {
        replica.deploy(COUNTER);
        replica.call("later", 50);
        for (var i = 0; i < 60; i++) {
            replica.call("add", 2);
        }
        replica.clock += 100;
        replica.apply(new Work.FireTimer(
                Replica.MACHINE, "t", replica.machine().timers().get("t").due()));
        replica.batch(Replica.command("add", 1), Replica.command("add", 1));

        var rehearsal = rehearse(COUNTER + "-- the same", 1_000);

        assertThat(rehearsal.commands()).isEqualTo(63);
        assertThat(rehearsal.isSame()).isTrue();
        assertThat(rehearsal.same()).isEqualTo(63);
    }

    @Test
    void differences_say_what_was_and_what_would_have_been() {
        replica.deploy(COUNTER);
        replica.call("add", 99);
        replica.call("add", 2);
        replica.call("add", 1);

        var rehearsal = rehearse(COUNTER.replace("n > 100", "n > 1000"), 2);

        assertThat(rehearsal.commands()).isEqualTo(2);
        assertThat(rehearsal.differences())
                .extracting(Rehearsal.Difference::what)
                .satisfiesExactly(
                        what -> assertThat(what).contains(What.OUTCOME, What.STATE, What.EVENTS, What.GAS),
                        // It goes on from what it made of the one before.
                        what -> assertThat(what).containsExactly(What.RESULT, What.STATE));
        var second = rehearsal.differences().get(1);
        assertThat(second.was().writes().get(0).after().value()).isEqualTo(Values.of(100));
        assertThat(second.now().writes().get(0).after().value()).isEqualTo(Values.of(102));
    }

    @Test
    void a_candidate_that_lacks_a_command_or_fails_to_migrate_is_told_so() {
        replica.deploy(COUNTER);
        replica.call("add", 99);

        var missing = rehearse("function commands.sub() end", 10);
        assertThat(missing.differences()).hasSize(1);
        assertThat(missing.differences().get(0).now().calls().get(0).reply()).isInstanceOf(Reply.Refused.class);
        var failing = rehearse(COUNTER + "function migrate(v) error('cannot: ' .. v) end", 10);
        assertThat(failing.migration()).isInstanceOf(Reply.Failed.class);
        assertThat(failing.isSame()).isFalse();
    }

    @Test
    void a_candidate_begins_with_what_it_migrates() {
        replica.deploy(COUNTER);
        replica.call("add", 1);
        replica.call("add", 1);

        var rehearsal = rehearse("""
                function migrate(from) put("total", get("n")) delete("n") end
                function commands.add(by) put("total", get("total") + by) emit("added", by) return get("total") end
                """, 1);

        assertThat(rehearsal.migration()).isNull();
        assertThat(rehearsal.differences().get(0).what()).containsExactly(What.STATE, What.GAS);
    }

    @Test
    void limits_are_those_of_then() {
        replica.deploy("function apply(n) for i = 1, n do end return n end");
        replica.submit(new Request.SetLimits(Replica.MACHINE, gas(1_000), null));
        replica.call(null, 5_000);
        replica.submit(new Request.SetLimits(Replica.MACHINE, gas(1_000_000), null));
        replica.call(null, 5_000);

        assertThat(rehearse("function apply(n) for i = 1, n do end return n end --", 10)
                        .same())
                .isEqualTo(2);
    }

    private static Limits gas(long gas) {
        return Limits.DEFAULT.withGasAtMost(gas);
    }

    @Test
    void what_is_no_script_is_not_rehearsed() {
        replica.deploy(COUNTER);

        assertThat(reenactment.rehearse(replica.machine(), Replica.files("function"), 1))
                .isInstanceOf(Reply.ScriptInvalid.class);
        assertThat(rehearse("function apply() end", 10)).isEqualTo(new Rehearsal(0, 0, List.of(), null, false));
    }

    @Test
    void what_an_activation_wrote_is_there_in_a_rehearsal_too() {
        replica.deploy(COUNTER);
        replica.call("add", 1);
        replica.deploy(COUNTER + "function migrate() put('n', 50) end");
        replica.call("add", 1);
        assertThat(last().calls().get(0).reply()).isInstanceOf(Reply.Done.class);

        var rehearsal = rehearse(COUNTER, 10);
        assertThat(rehearsal.same()).isEqualTo(1);
        // Loading a script with one function less costs less.
        assertThat(rehearsal.differences().get(0).what()).containsExactly(What.GAS);
    }
}

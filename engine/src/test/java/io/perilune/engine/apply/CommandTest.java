package io.perilune.engine.apply;

import static io.perilune.engine.apply.Replica.command;
import static io.perilune.engine.apply.Replica.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import io.perilune.engine.codec.Work;
import io.perilune.engine.state.Memory;
import io.perilune.engine.state.Timer;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandTest {
    private static final String BANK = """
            function commands.open(args)
              put("acct/" .. args.who, args.amount)
            end
            function commands.transfer(args)
              local have = get("acct/" .. args.from) or 0
              update("acct/" .. args.to, function(v) return (v or 0) + args.amount end)
              if have < args.amount then
                error { code = "INSUFFICIENT_FUNDS", message = "not enough", details = { have = have } }
              end
              update("acct/" .. args.from, function(v) return v - args.amount end)
              emit("transferred", args)
              log("moved", args.amount)
              return { left = get("acct/" .. args.from) }
            end
            function commands.broken() put("x", 1); return nil + 1 end
            function commands.busy() for i = 1, 1000000 do end end
            function commands.endless() put("x", 1); while true do end end
            function commands.time() return ctx.time end
            function commands.lease(args) put("lease", true, { ttl = args }) end
            function commands.count() return incr("n") end
            function commands.later(args) schedule(args, "count", nil, "timer") end
            function commands.never() return cancel("timer") end
            function commands.many(args) for i = args.from, args.to do schedule(9999, "count", nil, "t" .. i) end end
            function commands.laterbad() schedule(1, "nothing", nil, "timer") end
            function commands.laterbroken() schedule(1, "broken", nil, "timer") end
            """;

    private final Replica replica = new Replica();

    private void openBank() {
        assertThat(replica.deploy(BANK)).isInstanceOf(Reply.Deployed.class);
        replica.call("open", Map.of("who", "ann", "amount", 10));
    }

    private static Map<String, Object> transfer(int amount) {
        return Map.of("from", "ann", "to", "bob", "amount", amount);
    }

    @Test
    void a_command_changes_the_state_and_is_answered_with_its_place_and_cost() {
        openBank();

        var reply = (Reply.Done) replica.call("transfer", transfer(3));

        assertThat(reply.result()).isEqualTo(Values.of(Map.of("left", 7)));
        assertThat(reply.receipt().index()).isEqualTo(3);
        assertThat(reply.receipt().version()).isEqualTo(1);
        assertThat(reply.receipt().writes()).isEqualTo(2);
        assertThat(reply.receipt().events()).isEqualTo(1);
        assertThat(reply.receipt().time()).isEqualTo(1_000);
        assertThat(reply.receipt().gas()).isPositive();
        assertThat(replica.get("acct/ann")).isEqualTo(Values.of(7));
        assertThat(replica.get("acct/bob")).isEqualTo(Values.of(3));
    }

    @Test
    void a_rejection_leaves_nothing_and_says_where() {
        openBank();

        var reply = (Reply.Rejected) replica.call("transfer", transfer(11));

        assertThat(reply.code()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(reply.details()).isEqualTo(Values.of(Map.of("have", 10)));
        assertThat(reply.status()).isEqualTo(422);
        assertThat(replica.get("acct/bob")).isNull();
    }

    @Test
    void a_failure_and_a_crossed_limit_leave_nothing_and_the_machine_goes_on() {
        openBank();

        assertThat(replica.call("broken", null)).isInstanceOf(Reply.Failed.class);
        var over = (Reply.OverBudget) replica.call("endless", null);

        assertThat(over.budget()).isEqualTo("gas");
        assertThat(over.limit()).isEqualTo(Limits.DEFAULT.gas());
        assertThat(replica.get("x")).isNull();
        assertThat(replica.call("transfer", transfer(1))).isInstanceOf(Reply.Done.class);
    }

    @Test
    void a_command_or_machine_that_does_not_exist_is_refused_with_the_nearest_name() {
        openBank();

        var command = (Reply.Refused) replica.call("transfr", transfer(1));
        var machine = (Reply.Refused) replica.submit(new Request.Call("mm", "open", Values.of(null), null, null));

        assertThat(command.refusal()).isEqualTo(Refusal.NO_SUCH_COMMAND);
        assertThat(command.suggestion()).isEqualTo("transfer");
        assertThat(machine.refusal()).isEqualTo(Refusal.NO_SUCH_MACHINE);
        assertThat(machine.suggestion()).isEqualTo("m");
    }

    @Test
    void log_time_never_goes_back_even_where_a_new_leaders_clock_is_behind() {
        openBank();

        replica.clock = 5_000;
        var ahead = (Reply.Done) replica.call("time", null);
        replica.clock = 2_000;
        var behind = (Reply.Done) replica.call("time", null);

        assertThat(ahead.result()).isEqualTo(Values.of(5_000));
        assertThat(behind.result()).isEqualTo(Values.of(5_000));
    }

    @Test
    void an_entry_that_cannot_be_read_does_nothing_and_stops_nothing() {
        openBank();
        var before = replica.machine();

        replica.apply(new byte[] {9, 9, 9});
        replica.apply(new byte[0]);

        assertThat(replica.machine()).isEqualTo(before);
        assertThat(replica.call("transfer", transfer(1))).isInstanceOf(Reply.Done.class);
    }

    @Test
    void a_defect_of_our_own_stops_everything_after_it() {
        openBank();
        var later = new byte[] {8, 127};

        assertThatThrownBy(() -> replica.apply(later))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("applying entry 3");
        assertThatThrownBy(() -> replica.call("time", null)).isInstanceOf(IllegalStateException.class);
        assertThat(replica.applier.broken()).isTrue();
        assertThat(replica.world().index()).isEqualTo(2);
    }

    @Test
    void an_index_out_of_turn_stops_everything() {
        assertThatThrownBy(() -> replica.applier.apply(2, 1, 0, ByteBuffer.allocate(0)))
                .isInstanceOf(IllegalStateException.class);
    }

    // ---- exactly once

    @Test
    void the_same_command_under_the_same_key_is_done_once() {
        openBank();

        var first = (Reply.Done) replica.submit(keyed("k", "transfer", transfer(3)));
        var second = (Reply.Done) replica.submit(keyed("k", "transfer", transfer(3)));

        assertThat(replica.get("acct/ann")).isEqualTo(Values.of(7));
        assertThat(second.receipt().replayed()).isTrue();
        assertThat(second.receipt().index()).isEqualTo(first.receipt().index());
        assertThat(second.receipt().gas()).isEqualTo(first.receipt().gas());
        assertThat(second.result()).isEqualTo(first.result());
    }

    @Test
    void another_command_under_the_same_key_is_refused() {
        openBank();
        replica.submit(keyed("k", "transfer", transfer(3)));

        var body = (Reply.Refused) replica.submit(keyed("k", "transfer", transfer(4)));
        var name = (Reply.Refused) replica.submit(keyed("k", "open", transfer(3)));

        assertThat(body.refusal()).isEqualTo(Refusal.IDEMPOTENCY_KEY_REUSED);
        assertThat(name.refusal()).isEqualTo(Refusal.IDEMPOTENCY_KEY_REUSED);
        assertThat(replica.get("acct/ann")).isEqualTo(Values.of(7));
    }

    @Test
    void rejections_failures_and_crossed_limits_are_remembered_like_results() {
        openBank();
        for (var name : new String[] {"transfer", "broken", "endless"}) {
            var first = replica.submit(keyed(name, name, transfer(11)));
            replica.call("open", Map.of("who", "ann", "amount", 100));
            var second = replica.submit(keyed(name, name, transfer(11)));

            assertThat(second).isInstanceOf(first.getClass());
            assertThat(second)
                    .usingRecursiveComparison()
                    .ignoringFields("receipt.replayed")
                    .isEqualTo(first);
        }
    }

    @Test
    void a_refusal_is_not_remembered_for_nothing_was_done() {
        openBank();
        replica.submit(keyed("k", "fresh", null));
        replica.deploy(BANK + "function commands.fresh() return 1 end");

        assertThat(replica.submit(keyed("k", "fresh", null))).isInstanceOf(Reply.Done.class);
    }

    @Test
    void a_key_is_new_again_after_a_day_of_log_time() {
        openBank();
        replica.submit(keyed("k", "count", null));
        replica.clock += Memory.MILLIS_MAX;

        var again = (Reply.Done) replica.submit(keyed("k", "count", null));

        assertThat(again.receipt().replayed()).isFalse();
        assertThat(again.result()).isEqualTo(Values.of(2));
    }

    // ---- batches

    @Test
    void an_atomic_batch_sees_its_own_writes_and_is_one_entry() {
        openBank();

        var reply = (Reply.Batch) replica.batch(
                command("transfer", transfer(6)), command("transfer", transfer(4)), command("count", null));

        assertThat(reply.replies()).hasSize(3).allMatch(each -> each instanceof Reply.Done);
        assertThat(replica.world().index()).isEqualTo(3);
        assertThat(replica.get("acct/bob")).isEqualTo(Values.of(10));
    }

    @Test
    void an_atomic_batch_leaves_nothing_if_one_of_it_fails() {
        openBank();

        var reply = (Reply.BatchFailed) replica.batch(
                command("transfer", transfer(6)), command("transfer", transfer(6)), command("count", null));

        assertThat(reply.line()).isEqualTo(2);
        assertThat(reply.cause()).isInstanceOf(Reply.Rejected.class);
        assertThat(replica.get("acct/bob")).isNull();
        assertThat(replica.get("acct/ann")).isEqualTo(Values.of(10));
    }

    @Test
    void the_calls_of_an_atomic_batch_share_the_gas_of_ten_commands() {
        openBank();
        var calls = new Request.Call[Ceilings.BATCH_CALLS / 10];
        Arrays.fill(calls, command("busy", null));

        var reply = (Reply.BatchFailed) replica.batch(calls);

        assertThat(reply.cause()).isInstanceOf(Reply.OverBudget.class);
        assertThat(reply.line()).isBetween(Ceilings.BATCH_GAS_COMMANDS, 100);
    }

    @Test
    void a_batch_sent_twice_under_keys_is_done_once_and_one_that_failed_stays_failed() {
        openBank();
        var good = new Request.Call[] {keyed("a/1", "transfer", transfer(3)), keyed("a/2", "transfer", transfer(3))};
        var bad = new Request.Call[] {keyed("b/1", "count", null), keyed("b/2", "transfer", transfer(9))};

        replica.batch(good);
        var again = (Reply.Batch) replica.batch(good);
        replica.batch(bad);
        replica.call("open", Map.of("who", "ann", "amount", 100));
        var failedAgain = replica.batch(bad);

        assertThat(again.replies())
                .allMatch(each -> ((Reply.Done) each).receipt().replayed());
        assertThat(replica.get("acct/bob")).isEqualTo(Values.of(6));
        assertThat(failedAgain).isInstanceOf(Reply.BatchFailed.class);
        assertThat(replica.get("n")).isNull();
    }

    @Test
    void chance_differs_between_the_calls_of_one_entry() {
        replica.deploy("function commands.dice() return random() end");

        var reply = (Reply.Batch) replica.batch(command("dice", null), command("dice", null));

        assertThat(((Reply.Done) reply.replies().get(0)).result())
                .isNotEqualTo(((Reply.Done) reply.replies().get(1)).result());
    }

    // ---- expiry and timers

    @Test
    void a_key_with_a_time_to_live_goes_when_log_time_passes() {
        openBank();
        replica.call("lease", 500);

        replica.clock = 1_499;
        replica.call("time", null);
        assertThat(replica.get("lease")).isNotNull();

        replica.clock = 1_500;
        replica.call("time", null);
        assertThat(replica.get("lease")).isNull();
        assertThat(replica.machine().keyspace().stored(Bytes.utf8("lease"))).isNull();
    }

    @Test
    void a_sweep_removes_what_has_expired() {
        openBank();
        replica.call("lease", 500);
        replica.clock = 1_500;

        replica.apply(new Work.Sweep(Replica.MACHINE));

        assertThat(replica.machine().keyspace().stored(Bytes.utf8("lease"))).isNull();
        assertThat(replica.machine().nextDue()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a_timer_fires_once_however_often_it_is_proposed_and_never_early() {
        openBank();
        replica.call("later", 500);
        var fire = new Work.FireTimer(Replica.MACHINE, "timer", 1_500);

        replica.clock = 1_499;
        replica.apply(fire);
        assertThat(replica.get("n")).isNull();

        replica.clock = 1_500;
        replica.apply(fire);
        replica.apply(fire);
        assertThat(replica.get("n")).isEqualTo(Values.of(1));
        assertThat(replica.machine().timers().count()).isZero();
    }

    @Test
    void a_timer_can_be_moved_and_cancelled() {
        openBank();
        replica.call("later", 500);
        replica.call("later", 900);
        assertThat(replica.machine().timers().inOrder()).extracting(Timer::due).containsExactly(1_900L);

        var cancelled = (Reply.Done) replica.call("never", null);

        assertThat(cancelled.result()).isEqualTo(Values.of(true));
        replica.clock = 1_900;
        replica.apply(new Work.FireTimer(Replica.MACHINE, "timer", 1_900));
        assertThat(replica.get("n")).isNull();
    }

    @Test
    void a_timer_for_an_unknown_command_is_an_error_of_the_script() {
        openBank();

        var reply = (Reply.Failed) replica.call("laterbad", null);

        assertThat(reply.message()).contains("nothing");
        assertThat(replica.machine().timers().count()).isZero();
    }

    @Test
    void one_timer_too_many_is_an_error_of_the_script() {
        openBank();
        replica.call("many", Map.of("from", 1, "to", 5_000));
        replica.call("many", Map.of("from", 5_001, "to", 10_000));

        var reply = (Reply.Failed) replica.call("later", 1);

        assertThat(reply.message()).contains("10000 timers are pending");
        assertThat(replica.machine().timers().count()).isEqualTo(10_000);
    }

    @Test
    void timers_without_an_id_of_their_own_do_not_replace_each_other() {
        replica.deploy("function commands.go() schedule(5, 'go') schedule(5, 'go') end");

        replica.call("go", null);
        replica.batch(command("go", null), command("go", null));

        assertThat(replica.machine().timers().count()).isEqualTo(6);
    }

    @Test
    void a_timer_whose_command_fails_or_is_gone_has_fired_all_the_same() {
        openBank();
        replica.call("laterbroken", null);
        replica.clock = 2_000;
        assertThat(replica.apply(new Work.FireTimer(Replica.MACHINE, "timer", 1_001)))
                .isInstanceOf(Reply.Failed.class);
        assertThat(replica.machine().timers().count()).isZero();

        replica.call("later", 1);
        replica.deploy("function commands.other() end");
        replica.clock = 3_000;
        assertThat(replica.apply(new Work.FireTimer(Replica.MACHINE, "timer", 2_001)))
                .isInstanceOf(Reply.Refused.class);
        assertThat(replica.machine().timers().count()).isZero();
    }

    // ---- limits and deletion

    @Test
    void recursion_without_end_is_over_its_budget_in_whatever_way_it_recurs() {
        replica.deploy("""
                local function plain(n) return 1 + plain(n + 1) end
                function commands.plain() return plain(1) end
                local function protected(n) local ok, e = pcall(protected, n + 1) return e end
                function commands.protected() return protected(1) end
                local meta = setmetatable({}, { __index = function(t, k) return t[k .. "x"] end })
                function commands.index() return meta.a end
                local function sorts() table.sort({ 1, 2, 3 }, function(a, b) sorts() return a < b end) end
                function commands.sort() sorts() end
                local function updates(n) return update("k", function() return updates(n + 1) end) end
                function commands.update() return updates(1) end
                local function resumes() return coroutine.wrap(function() return resumes() end)() end
                function commands.resume() return resumes() end
                function commands.fine() return "fine" end
                """);
        for (var name : new String[] {"plain", "protected", "index", "sort", "update", "resume"}) {
            assertThat(replica.call(name, null)).as(name).isInstanceOf(Reply.OverBudget.class);
            assertThat(replica.call("fine", null)).isInstanceOf(Reply.Done.class);
        }
    }

    @Test
    void limits_of_a_machine_hold_from_the_next_entry_on_and_have_ceilings() {
        openBank();
        var d = Limits.DEFAULT;
        var low = new Limits(
                50, d.queryGas(), d.depth(), d.stringBytes(), d.memoryBytes(), d.keyBytes(), d.valueBytes(), 1, 1, 1);
        var high = new Limits(
                Long.MAX_VALUE,
                d.queryGas(),
                d.depth(),
                d.stringBytes(),
                d.memoryBytes(),
                d.keyBytes(),
                d.valueBytes(),
                1,
                1,
                1);

        var refused = (Reply.Refused) replica.submit(new Request.SetLimits(Replica.MACHINE, high, null));
        assertThat(replica.submit(new Request.SetLimits(Replica.MACHINE, low, null)))
                .isInstanceOf(Reply.LimitsSet.class);

        assertThat(refused.refusal()).isEqualTo(Refusal.TOO_LARGE);
        assertThat(replica.call("transfer", transfer(1))).isInstanceOf(Reply.OverBudget.class);
        assertThat(replica.machine().limits()).isEqualTo(low);
    }

    @Test
    void a_deleted_machine_is_gone_and_may_be_made_again() {
        openBank();

        assertThat(replica.submit(new Request.Delete(Replica.MACHINE))).isInstanceOf(Reply.Deleted.class);
        assertThat(replica.machine()).isNull();
        assertThat(((Reply.Refused) replica.call("time", null)).refusal()).isEqualTo(Refusal.NO_SUCH_MACHINE);

        openBank();
        assertThat(replica.get("acct/ann")).isEqualTo(Values.of(10));
        assertThat(replica.machine().active()).isEqualTo(1);
    }

    @Test
    void an_empty_sweep_of_a_machine_that_is_gone_does_nothing() {
        assertThat(replica.apply(new Work.Sweep("gone"))).isInstanceOf(Reply.Refused.class);
    }
}

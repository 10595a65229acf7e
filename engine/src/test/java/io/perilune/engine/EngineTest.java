package io.perilune.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Reply.Why;
import io.perilune.engine.replication.ReplicatedGroup;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.scripting.Bytes;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final long TIMEOUT = 20_000;

    private static final String SCRIPT = """
            function commands.put(a) put(a.key, a.value) return a.value end
            function commands.lease(a) put("lease", 1, { ttl = a }) end
            function commands.later(a) schedule(a, "put", { key = "fired", value = 1 }) end
            function queries.get(a) return get(a) end
            function queries.write(a) put("x", 1) end
            function queries.sneaky(a) return pcall(put, "x", 1) end
            function queries.spin() while true do end end
            """;

    private final AtomicLong clock = new AtomicLong(1_000);
    private final ReplicatedGroup group = new ReplicatedGroup(clock::get);
    private final List<Engine> engines = new ArrayList<>();
    private final InstantSource time = () -> Instant.ofEpochMilli(clock.get());

    @AfterEach
    void close() {
        engines.forEach(Engine::close);
    }

    private Engine start(long id) {
        return kept(Engine.start(EngineOptions.DEFAULT, group.member(id), time, new Random(id)));
    }

    private Engine kept(Engine engine) {
        engines.add(engine);
        return engine;
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(TIMEOUT, TimeUnit.MILLISECONDS).join();
    }

    private static Request.Deploy deployment(String machine, String text) {
        return new Request.Deploy(machine, new TreeMap<>(Map.of("main.lua", Bytes.utf8(text))), true, null);
    }

    private static Reply deploy(Engine engine) {
        return await(engine.submit(deployment("m", SCRIPT), TIMEOUT));
    }

    private static Reply put(Engine engine, String key, Object value) {
        var argument = Values.of(Map.of("key", key, "value", value));
        return await(engine.submit(new Request.Call("m", "put", argument, null, null), TIMEOUT));
    }

    private static ReadOptions reading(Consistency consistency, long minIndex, long timeout) {
        return new ReadOptions(consistency, minIndex, timeout);
    }

    private static final ReadOptions LINEARIZABLE = reading(Consistency.LINEARIZABLE, 0, TIMEOUT);

    private static Reply query(Engine engine, String name, Object argument) {
        return await(engine.query(new Query("m", name, Values.of(argument), null, LINEARIZABLE)));
    }

    private static Reply.Why why(Engine.Read.Refused refused) {
        return ((Reply.Unavailable) refused.reason()).why();
    }

    private static View view(Engine engine, ReadOptions options) {
        return ((Engine.Read.At) await(engine.read(options))).view();
    }

    @Test
    void what_one_node_is_told_another_can_read() {
        var one = start(1);
        var two = start(2);

        assertThat(deploy(one)).isInstanceOf(Reply.Deployed.class);
        assertThat(put(two, "a", 7)).isInstanceOf(Reply.Done.class);
        var answer = (Reply.Answer) query(one, "get", "a");

        assertThat(answer.result()).isEqualTo(Values.of(7));
        assertThat(answer.index()).isEqualTo(2);
        assertThat(answer.version()).isEqualTo(1);
        assertThat(one.local().machine("m").orElseThrow().hash())
                .isEqualTo(two.local().machine("m").orElseThrow().hash());
    }

    @Test
    void a_view_stays_as_it_was_while_commands_go_on() {
        var engine = start(1);
        deploy(engine);
        put(engine, "a", 1);
        var before = engine.local().machine("m").orElseThrow();

        put(engine, "a", 2);

        assertThat(before.get(Bytes.utf8("a"))).isEqualTo(Values.of(1));
        assertThat(engine.local().machine("m").orElseThrow().get(Bytes.utf8("a")))
                .isEqualTo(Values.of(2));
    }

    @Test
    void the_past_can_be_read_by_index() {
        var engine = start(1);
        deploy(engine);
        put(engine, "a", 1);
        var then = engine.local().index();
        put(engine, "a", 2);
        var past = new ReadOptions(Consistency.LINEARIZABLE, 0, then, TIMEOUT);

        var answer = (Reply.Answer) await(engine.query(new Query("m", "get", Values.of("a"), null, past)));

        assertThat(answer.result()).isEqualTo(Values.of(1));
        assertThat(answer.index()).isEqualTo(then);
        var machine = view(engine, past).machine("m").orElseThrow();
        assertThat(machine.get(Bytes.utf8("a"))).isEqualTo(Values.of(1));
        assertThat(machine.hash())
                .isNotEqualTo(engine.local().machine("m").orElseThrow().hash());
    }

    @Test
    void a_past_that_is_not_there_yet_is_waited_for_and_one_that_is_gone_is_said_to_be() {
        var engine = start(1);
        deploy(engine);
        await(engine.submit(new Request.Delete("m"), TIMEOUT));
        var gone = new ReadOptions(Consistency.LOCAL, 0, 1, TIMEOUT);
        var future = new ReadOptions(Consistency.LOCAL, 0, 1_000, 20);

        assertThat(((Engine.Read.Refused) await(engine.read(gone))).reason())
                .isEqualTo(new Reply.Refused(
                        Reply.Refusal.NOT_RETAINED, "this node keeps the state of the indexes 2 to 2, not of 1", null));
        assertThat(why((Engine.Read.Refused) await(engine.read(future)))).isEqualTo(Reply.Why.NOT_CAUGHT_UP);
    }

    @Test
    void a_query_cannot_write_not_even_under_pcall() {
        var engine = start(1);
        deploy(engine);

        var failed = (Reply.Failed) query(engine, "write", null);
        query(engine, "sneaky", null);

        assertThat(failed.message()).contains("a query cannot write");
        assertThat(engine.local().machine("m").orElseThrow().keys()).isZero();
    }

    @Test
    void queries_that_do_not_exist_or_never_end_are_answered() {
        var engine = start(1);
        deploy(engine);

        var missing = (Reply.Refused) query(engine, "gett", null);

        assertThat(missing.refusal()).isEqualTo(Refusal.NO_SUCH_QUERY);
        assertThat(missing.suggestion()).isEqualTo("get");
        assertThat(query(engine, "spin", null)).isInstanceOf(Reply.OverBudget.class);
    }

    @Test
    void a_request_to_a_machine_that_is_nowhere_costs_no_entry() {
        var engine = start(1);
        deploy(engine);
        var last = group.lastIndex();

        var reply = (Reply.Refused)
                await(engine.submit(new Request.Call("mm", "put", Values.of(null), null, null), TIMEOUT));

        assertThat(reply.refusal()).isEqualTo(Refusal.NO_SUCH_MACHINE);
        assertThat(reply.suggestion()).isEqualTo("m");
        assertThat(group.lastIndex()).isEqualTo(last);
    }

    @Test
    void a_script_that_does_not_compile_costs_no_entry() {
        var engine = start(1);

        var reply = await(engine.submit(deployment("m", "function ("), TIMEOUT));

        assertThat(reply).isInstanceOf(Reply.ScriptInvalid.class);
        assertThat(group.lastIndex()).isZero();
    }

    @Test
    void a_dry_run_tells_what_would_be_and_leaves_no_trace() {
        var engine = start(1);

        var good = (Reply.Deployed) await(engine.dryRun(deployment("m", SCRIPT)));
        var bad = await(engine.dryRun(deployment("m", "function init() fail('NO', 'no') end function apply() end")));

        assertThat(good.version()).isEqualTo(1);
        assertThat(((Reply.Rejected) bad).code()).isEqualTo("NO");
        assertThat(group.lastIndex()).isZero();
        assertThat(engine.local().machines()).isEmpty();
    }

    @Test
    void a_read_waits_for_the_index_it_asks_for_and_says_so_if_it_does_not_come() {
        var one = start(1);
        var two = start(2);
        deploy(one);
        group.holdBack(2);
        put(one, "a", 7);

        var waiting = two.read(reading(Consistency.LOCAL, 2, TIMEOUT));
        var late = (Engine.Read.Refused) await(two.read(reading(Consistency.LOCAL, 2, 1)));
        assertThat(why(late)).isEqualTo(Why.NOT_CAUGHT_UP);
        assertThat(waiting).isNotDone();

        group.letGo(2);
        var view = ((Engine.Read.At) await(waiting)).view();
        assertThat(view.machine("m").orElseThrow().get(Bytes.utf8("a"))).isEqualTo(Values.of(7));
    }

    @Test
    void without_a_leader_nothing_is_done_and_local_reads_go_on() {
        var engine = start(1);
        deploy(engine);
        put(engine, "a", 1);
        group.depose();

        var refused = (Reply.Unavailable) put(engine, "a", 2);
        var read = (Engine.Read.Refused) await(engine.read(LINEARIZABLE));

        assertThat(refused.why()).isEqualTo(Why.NO_LEADER);
        assertThat(why(read)).isEqualTo(Why.NO_LEADER);
        assertThat(view(engine, reading(Consistency.LOCAL, 0, TIMEOUT)).index()).isEqualTo(2);
    }

    @Test
    void a_command_whose_fate_is_open_is_unknown_and_its_key_tells_it_later() {
        var one = start(1);
        deploy(one);
        group.holdBack(1);
        var argument = Values.of(Map.of("key", "a", "value", 1));

        var open = await(one.submit(new Request.Call("m", "put", argument, "key", null), 1));
        group.letGo(1);

        assertThat(open).isInstanceOf(Reply.Unknown.class);
        var machine = one.local().machine("m").orElseThrow();
        assertThat(machine.fate(null, "key")).containsInstanceOf(Reply.Done.class);
        assertThat(machine.fate("ann", "key")).isEmpty();
        assertThat(machine.fate(null, "other")).isEmpty();
    }

    @Test
    void a_timer_and_an_expiry_become_entries_once_the_leaders_clock_says_so() {
        var engine = start(1);
        deploy(engine);
        await(engine.submit(new Request.Call("m", "later", Values.of(500), null, null), TIMEOUT));
        await(engine.submit(new Request.Call("m", "lease", Values.of(700), null, null), TIMEOUT));
        assertThat(group.lastIndex()).isEqualTo(3);

        clock.set(1_500);
        var fired = view(engine, reading(Consistency.LOCAL, 4, TIMEOUT))
                .machine("m")
                .orElseThrow();
        assertThat(fired.get(Bytes.utf8("fired"))).isEqualTo(Values.of(1));
        assertThat(fired.get(Bytes.utf8("lease"))).isNotNull();

        clock.set(1_700);
        var swept = view(engine, reading(Consistency.LOCAL, 5, TIMEOUT))
                .machine("m")
                .orElseThrow();
        assertThat(swept.get(Bytes.utf8("lease"))).isNull();
        assertThat(swept.keys()).isEqualTo(1);
    }

    @Test
    void a_follower_fires_no_timers() {
        var one = start(1);
        var two = start(2);
        group.lead(2);
        deploy(one);
        await(one.submit(new Request.Call("m", "later", Values.of(1), null, null), TIMEOUT));
        clock.set(9_000);

        var fired = view(two, reading(Consistency.LOCAL, 3, TIMEOUT));

        assertThat(fired.machine("m").orElseThrow().get(Bytes.utf8("fired"))).isEqualTo(Values.of(1));
        assertThat(group.lastIndex()).isEqualTo(3);
    }

    @Test
    void a_node_that_starts_from_a_snapshot_holds_what_the_others_hold() {
        var one = start(1);
        deploy(one);
        for (var i = 0; i < 20; i++) {
            put(one, "k" + i, i);
        }

        var two = kept(Engine.start(EngineOptions.DEFAULT, group.memberFromSnapshotOf(2, 1), time, new Random(2)));
        put(two, "more", 1);

        assertThat(two.local().machine("m").orElseThrow().hash())
                .isEqualTo(one.local().machine("m").orElseThrow().hash());
        assertThat(((Reply.Answer) query(two, "get", "k7")).result()).isEqualTo(Values.of(7));
    }

    @Test
    void more_queries_than_fit_are_told_so_and_a_closing_node_says_that() {
        var engine = kept(Engine.start(new EngineOptions(1, 1), group.member(1), time, new Random(1)));
        deploy(engine);
        var spin = new Query("m", "spin", Values.of(null), null, LINEARIZABLE);

        var replies = new ArrayList<CompletableFuture<Reply>>();
        for (var i = 0; i < 4; i++) {
            replies.add(engine.query(spin));
        }
        var ends = replies.stream().map(EngineTest::await).toList();
        engine.close();
        var closed = (Reply.Unavailable) put(engine, "a", 1);

        assertThat(ends).filteredOn(end -> end instanceof Reply.OverBudget).isNotEmpty();
        assertThat(ends)
                .filteredOn(end -> end instanceof Reply.Unavailable)
                .isNotEmpty()
                .allMatch(end -> ((Reply.Unavailable) end).why() == Why.OVERLOADED);
        assertThat(closed.why()).isEqualTo(Why.SHUTTING_DOWN);
    }

    @Test
    void the_nearest_machine_is_suggested() {
        var engine = start(1);
        deploy(engine);
        await(engine.submit(deployment("bank", SCRIPT), TIMEOUT));

        assertThat(engine.local().suggestion("bnak")).contains("bank");
        assertThat(engine.local().suggestion("something-else")).isEmpty();
        assertThat(engine.local().machines()).containsExactly("bank", "m");
    }
}

package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.scripting.Sandbox.Compilation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxTest {
    private static final String BANK = """
            function commands.transfer(args)
              local have = get("acct/" .. args.from) or 0
              if have < args.amount then
                error { code = "INSUFFICIENT_FUNDS", message = "not enough", details = { have = have } }
              end
              update("acct/" .. args.from, function(v) return v - args.amount end)
              update("acct/" .. args.to, function(v) return (v or 0) + args.amount end)
              emit("transferred", args)
              log("moved", args.amount)
              return { balance = get("acct/" .. args.from) }
            end

            function queries.balance(args) return get("acct/" .. args.who) or 0 end
            """;

    private final MemoryHost host = new MemoryHost();

    static Script compiled(String source) {
        var compilation = compile(source);
        if (compilation instanceof Compilation.Compiled compiled) {
            return compiled.script();
        }
        throw new AssertionError(compilation);
    }

    static Compilation compile(String source) {
        return new Sandbox().compile("bank", new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.utf8(source))));
    }

    static Invocation invocation(Limits limits) {
        return new Invocation("bank", 7, 1042, 4, 1795307714387L, "key-1", "alice", 42, limits);
    }

    private Outcome call(String source, EntryPoint entry) {
        return compiled(source).call(entry, host, invocation(Limits.DEFAULT));
    }

    private Outcome apply(String body) {
        return call("function apply(c) " + body + " end", new EntryPoint.Apply(ValueCodec.encode(Value.NULL)));
    }

    private static Bytes obj(Object... pairs) {
        Map<Bytes, Value> fields = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            Object value = pairs[i + 1];
            fields.put(
                    Bytes.utf8((String) pairs[i]),
                    value instanceof Integer number
                            ? new Value.Num(number)
                            : new Value.Str(Bytes.utf8((String) value)));
        }
        return ValueCodec.encode(new Value.Obj(new TreeMap<>(fields)));
    }

    private static Value result(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return ValueCodec.decode(((Outcome.Returned) outcome).result());
    }

    @Test
    void a_counter_counts() {
        var script = compiled("""
                function apply(command)
                  local n = (get("count") or 0) + (command.by or 1)
                  put("count", n)
                  return n
                end
                """);
        for (int i = 1; i <= 3; i++) {
            var outcome = script.call(new EntryPoint.Apply(obj("by", 2)), host, invocation(Limits.DEFAULT));
            assertThat(result(outcome)).isEqualTo(new Value.Num(2 * i));
        }
        assertThat(host.value("count")).isEqualTo(new Value.Num(6));
    }

    @Test
    void a_bank_moves_money_and_says_so() {
        host.put(Bytes.utf8("acct/ann"), ValueCodec.encode(new Value.Num(10)), 0);
        var outcome = call(BANK, new EntryPoint.Command("transfer", obj("from", "ann", "to", "bob", "amount", 4)));

        assertThat(result(outcome)).isEqualTo(ValueCodec.decode(obj("balance", 6)));
        assertThat(host.value("acct/bob")).isEqualTo(new Value.Num(4));
        assertThat(host.log).containsExactly("moved\t4");
        assertThat(host.events).hasSize(1);
        assertThat(outcome.usage().writes()).isEqualTo(2);
        assertThat(result(call(BANK, new EntryPoint.Query("balance", obj("who", "bob")))))
                .isEqualTo(new Value.Num(4));
    }

    @Test
    void an_error_with_a_table_is_a_rejection_with_its_place() {
        var outcome = call(BANK, new EntryPoint.Command("transfer", obj("from", "ann", "to", "bob", "amount", 4)));

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> {
            assertThat(rejected.code()).isEqualTo("INSUFFICIENT_FUNDS");
            assertThat(rejected.message()).isEqualTo("not enough");
            assertThat(rejected.details()).isEqualTo(obj("have", 0));
            assertThat(rejected.status()).isEqualTo(422);
            assertThat(rejected.at()).isEqualTo("bank.lua:4");
        });
    }

    @Test
    void fail_rejects_too() {
        assertThat(apply("fail('NO', 'not today', {why = 1})"))
                .isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> {
                    assertThat(rejected.code()).isEqualTo("NO");
                    assertThat(rejected.details()).isEqualTo(obj("why", 1));
                    assertThat(rejected.at()).isEqualTo("bank.lua:1");
                });
    }

    @Test
    void any_other_error_is_a_failure_with_place_and_traceback() {
        var outcome = call(
                "local function f(x)\n  return x.y.z\nend\nfunction apply(c)\n  local v = f({})\n  return v\nend",
                new EntryPoint.Apply(obj()));

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
            assertThat(failed.message()).isEqualTo("bank.lua:2: attempt to index field 'y' (a nil value)");
            assertThat(failed.at()).isEqualTo("bank.lua:2");
            assertThat(failed.traceback())
                    .startsWith(
                            "stack traceback:\n\tbank.lua:2: in function 'f'\n\tbank.lua:5: in function <bank.lua:4>");
        });
    }

    @Test
    void pcall_is_a_savepoint() {
        var outcome = apply("""
                put("kept", 1)
                local ok, e = pcall(function() put("lost", 1) emit("lost") error("x", 0) end)
                xpcall(function() put("lost too", 1) error("y") end, function() put("by handler", 1) end)
                local co = coroutine.create(function() put("first", 1) coroutine.yield() put("second", 1) error("z") end)
                coroutine.resume(co) coroutine.resume(co)
                return e
                """);

        assertThat(result(outcome)).isEqualTo(new Value.Str(Bytes.utf8("x")));
        assertThat(host.state.keySet()).containsExactly(Bytes.utf8("first"), Bytes.utf8("kept"));
        assertThat(host.events).isEmpty();
    }

    @Test
    void every_call_sees_the_script_as_freshly_loaded() {
        var script = compiled("""
                local n = 0
                function apply()
                  n = n + 1
                  g = (g or 0) + 1
                  string.count = (string.count or 0) + 1
                  return n + g + string.count
                end
                """);
        for (int i = 0; i < 3; i++) {
            assertThat(result(script.call(new EntryPoint.Apply(obj()), host, invocation(Limits.DEFAULT))))
                    .isEqualTo(new Value.Num(3));
        }
    }

    @Test
    void a_budget_ends_the_call_and_no_pcall_sees_it() {
        String[] hostile = {
            "while true do end",
            "repeat until false",
            "for i = 1, math and 1e18 or 1e18 do end",
            "local function f() return f() end f()",
            "while true do pcall(error) end",
            "::a:: goto a",
            "while true do pcall(function() while true do end end) end",
            "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]",
            "coroutine.wrap(function() while true do end end)()",
            "while true do coroutine.wrap(function() error('x') end) end",
            "xpcall(function() while true do end end, function() while true do end end)",
            "for k in function() return 1 end do end",
            "load('while true do end', 'x', 't', {})()",
            "local s = 'x' while true do s = s .. s end",
            "local t = {} for i = 1, 1e9 do t[i] = i end",
            "local t = {} for i = 1, 1e9 do t['k' .. i] = i end",
            "local function f() return f() + 1 end f()",
            "local function f() pcall(f) end f()",
            "local function f() coroutine.wrap(f)() end f()",
            "local function f() update('k', f) end f()",
            "local t = {} while true do t = {t} end",
            "local f = function() end while true do f = function() return f end end",
        };
        for (String body : hostile) {
            long start = System.nanoTime();
            var outcome = apply("local ok = pcall(function() " + body + " end) return 'survived'");
            assertThat(outcome).as(body).isInstanceOf(Outcome.OverBudget.class);
            assertThat(System.nanoTime() - start).as(body).isLessThan(20_000_000_000L);
        }
        assertThat(result(apply("return 'still here'"))).isEqualTo(new Value.Str(Bytes.utf8("still here")));
    }

    /** One body of a function a line; whatever it does, the call ends as one of the outcomes, and the next is served. */
    @Test
    void hostile_bodies_end_and_the_next_call_is_served() throws IOException {
        for (String body : Files.readAllLines(Path.of("src/test/resources/hostile/bodies.txt"))) {
            String source = "function apply() local ok = pcall(function() " + body + " end) return 'survived' end";
            if (compile(source) instanceof Compilation.Compiled compiled) {
                var entry = new EntryPoint.Apply(ValueCodec.encode(Value.NULL));
                var fresh = new MemoryHost();
                var outcome = compiled.script().call(entry, fresh, invocation(Limits.DEFAULT));
                assertThat(outcome).as(body).isInstanceOfAny(Outcome.Returned.class, Outcome.OverBudget.class);
                assertThat(outcome.usage().memoryBytes()).as(body).isLessThan(Limits.DEFAULT.memoryBytes() * 2);
            }
        }
        assertThat(result(apply("return 'still here'"))).isEqualTo(new Value.Str(Bytes.utf8("still here")));
    }

    @Test
    void deep_recursion_below_the_limit_is_fine() {
        assertThat(result(apply(
                        "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(4900)")))
                .isEqualTo(new Value.Num(4900));
        assertThat(apply("local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(5000)"))
                .isInstanceOfSatisfying(Outcome.OverBudget.class, over -> {
                    assertThat(over.budget()).isEqualTo(Outcome.Budget.DEPTH);
                    assertThat(over.limit()).isEqualTo(5000);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return io.open('x')",
                "return debug.getregistry()",
                "return package.loadlib('x')",
                "return luajava.bindClass('java.lang.System')",
                "return collectgarbage('count')",
                "return dofile('x')",
                "return loadfile('x')",
                "return require('org.luaj.vm2.lib.jse.LuajavaLib')",
                "getmetatable('').__index = nil",
                "getmetatable('').__index = function() end",
                "rawset(getmetatable(''), '__index', nil)",
                "setmetatable({}, {__mode = 'k'})",
                "ctx.index = 1",
                "setmetatable(_G, nil)",
                "for k in pairs({[{}] = 1}) do end",
            })
    void what_a_machine_does_not_have_is_a_plain_error(String body) {
        assertThat(apply(body)).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void touching_a_removed_name_says_what_to_use() {
        assertThat(((Outcome.Failed) apply("io.write('x')")).message())
                .isEqualTo(
                        "bank.lua:1: 'io' does not exist in a machine: a machine has no files; use log() for people and emit() for programs");
    }

    @Test
    void binary_chunks_do_not_load() {
        assertThat(result(apply("local f, e = load('\\27Lua') return e")).toString())
                .contains("binary chunk");
    }

    @Test
    void keys_and_values_that_cannot_be_are_named() {
        List<String[]> cases = List.of(
                new String[] {"put('', 1)", "bad argument #1 to 'put' (a key must not be empty)"},
                new String[] {"put(1, 1)", "bad argument #1 to 'put' (string expected, got number)"},
                new String[] {
                    "put('k')",
                    "bad argument #2 to 'put' (a value expected, got no value; to remove a key say delete(key))"
                },
                new String[] {"put('k', print)", "value: a function cannot be stored"},
                new String[] {"put('k', {a = {b = 0/0}})", "value.a.b: nan cannot be stored"},
                new String[] {
                    "put('k', 1, {ttl = 0.5})",
                    "bad argument #3 to 'put' (ttl must be a positive whole number of milliseconds, got 0.5)"
                },
                new String[] {
                    "scan{limit = -1}", "bad argument #1 to 'scan' (limit must be a whole number of at least 0, got -1)"
                },
                new String[] {"schedule(5, 'nope')", "bad argument #2 to 'schedule' (there is no command 'nope')"},
                new String[] {"return {y = {1/0}}", "result.y[1]: inf cannot be returned"});
        for (String[] one : cases) {
            var outcome = apply(one[0]);
            assertThat(outcome).as(one[0]).isInstanceOf(Outcome.Failed.class);
            assertThat(((Outcome.Failed) outcome).message()).endsWith(one[1]);
        }
    }

    @Test
    void a_key_or_value_over_its_size_can_be_caught() {
        var outcome = apply(
                "local long = 'x' for i = 1, 11 do long = long .. long end local ok, e = pcall(put, long, 1) return e");
        assertThat(result(outcome))
                .isEqualTo(new Value.Str(
                        Bytes.utf8("bad argument #1 to 'put' (key is 2048 bytes long; at most 1024 are allowed)")));
    }

    @Test
    void a_script_without_entry_points_is_refused() {
        assertThat(compile("local x = 1")).isInstanceOfSatisfying(Compilation.Invalid.class, invalid -> {
            assertThat(invalid.message()).contains("no entry point");
            assertThat(invalid.line()).isZero();
        });
    }

    @Test
    void a_syntax_error_names_line_and_shows_it() {
        assertThat(compile("function apply()\n  return = 1\nend"))
                .isInstanceOfSatisfying(Compilation.Invalid.class, invalid -> {
                    assertThat(invalid.file()).isEqualTo("bank.lua");
                    assertThat(invalid.line()).isEqualTo(2);
                    assertThat(invalid.message()).isEqualTo("unexpected symbol near '='");
                    assertThat(invalid.sourceLine()).isEqualTo("  return = 1");
                });
    }

    @Test
    void the_state_is_out_of_reach_while_the_chunk_loads() {
        assertThat(compile("put('x', 1)\nfunction apply() end"))
                .isInstanceOfSatisfying(Compilation.Invalid.class, invalid -> {
                    assertThat(invalid.line()).isEqualTo(1);
                    assertThat(invalid.message())
                            .isEqualTo("state functions cannot be called while the chunk loads; use init()");
                });
    }

    @Test
    void names_are_found_and_a_near_miss_is_suggested() {
        var script = compiled(BANK);
        assertThat(script.commands()).containsExactly("transfer");
        assertThat(script.queries()).containsExactly("balance");
        assertThat(call(BANK, new EntryPoint.Command("tranfser", obj())))
                .isInstanceOfSatisfying(
                        Outcome.NoSuchFunction.class,
                        none -> assertThat(none.suggestion()).isEqualTo("transfer"));
    }

    @Test
    void a_script_without_apply_dispatches_by_name() {
        host.put(Bytes.utf8("acct/ann"), ValueCodec.encode(new Value.Num(0)), 0);
        var bank = new Value.Obj(new TreeMap<>(Map.of(
                Bytes.utf8("name"),
                new Value.Str(Bytes.utf8("transfer")),
                Bytes.utf8("args"),
                ValueCodec.decode(obj("from", "ann", "to", "bob", "amount", 0)))));
        assertThat(result(call(BANK, new EntryPoint.Apply(ValueCodec.encode(bank)))))
                .isEqualTo(ValueCodec.decode(obj("balance", 0)));
    }

    @Test
    void a_broken_invariant_fails_the_command() {
        var outcome = call(
                "function apply() put('n', -1) end function invariant() assert(get('n') >= 0, 'n fell below zero') end",
                new EntryPoint.Apply(obj()));
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.message()).isEqualTo("bank.lua:1: n fell below zero"));
    }

    @Test
    void a_query_cannot_write() {
        var outcome =
                call("function apply() end function queries.q() put('x', 1) end", new EntryPoint.Query("q", obj()));
        assertThat(((Outcome.Failed) outcome).message()).isEqualTo("bank.lua:1: a query cannot write");
    }

    @Test
    void bundles_require_their_own_files() {
        var files = new TreeMap<>(Map.of(
                Sandbox.MAIN,
                Bytes.utf8("local m = require 'lib.money'\nfunction apply() return m.add(1, 2) end"),
                "lib/money.lua",
                Bytes.utf8("local m = {}\nfunction m.add(a, b) return a + b end\nreturn m")));
        var compilation = new Sandbox().compile("bank", files);
        var script = ((Compilation.Compiled) compilation).script();
        assertThat(result(script.call(new EntryPoint.Apply(obj()), host, invocation(Limits.DEFAULT))))
                .isEqualTo(new Value.Num(3));
    }

    @Test
    void gas_is_the_same_every_time() {
        var first = call(BANK, new EntryPoint.Query("balance", obj("who", "ann")));
        var second = call(BANK, new EntryPoint.Query("balance", obj("who", "ann")));
        assertThat(first.usage()).isEqualTo(second.usage());
        assertThat(first.usage().gas()).isBetween(20L, 400L);
    }

    /** Chains of jumps, and constants that differ only where LuaJ's hash does not look. */
    @Test
    void a_source_made_to_keep_the_compiler_busy_is_refused() {
        var constants = new StringBuilder("function apply() end local t = {}\n");
        for (int i = 0; i < 14_000; i++) {
            var text = new StringBuilder("a".repeat(63));
            for (int bit = 0; bit < 14; bit++) {
                text.setCharAt(2 * bit + 1, (i >> bit & 1) == 0 ? 'a' : 'b');
            }
            constants.append("t[1]=\"").append(text).append("\"\n");
        }
        for (var source : List.of(
                "function apply() end local a = 1 local b = " + "a and ".repeat(160_000) + "a",
                "function apply() end local a if a then\n" + "elseif a then\n".repeat(70_000) + "end",
                constants.toString())) {
            assertThat(((Compilation.Invalid) compile(source)).message()).startsWith("compiling takes too long");
        }
    }

    @Test
    void more_jumps_than_the_parser_has_room_for_are_refused_in_words() {
        var source = "function apply() end local a\nwhile a do " + "if a then break end ".repeat(33_000) + "end";

        assertThat(((Compilation.Invalid) compile(source)).message())
                .isEqualTo("too many labels/gotos (limit is 32767)");
    }
}

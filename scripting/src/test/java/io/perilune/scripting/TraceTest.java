package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
    private final MemoryHost host = new MemoryHost();

    private Trace trace(String source) {
        return trace(source, new Value.Num(3));
    }

    private Trace trace(String source, Value argument) {
        return SandboxTest.compiled(source)
                .trace(new EntryPoint.Apply(ValueCodec.encode(argument)), host, SandboxTest.invocation(Limits.DEFAULT));
    }

    /** {@code 3 n=1 x="a" get("k")=nil}. */
    private static List<String> lines(Trace trace) {
        var lines = new ArrayList<String>();
        for (var step : trace.steps()) {
            var line = new StringBuilder().append(step.line());
            step.locals()
                    .forEach((name, value) ->
                            line.append(' ').append(name).append('=').append(shown(value)));
            var call = step.call();
            if (call != null) {
                line.append(" | ").append(call.function());
                call.arguments().forEach(argument -> line.append(' ').append(shown(argument)));
                line.append(" -> ").append(shown(call.result()));
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static String shown(Bytes canonical) {
        var value = ValueCodec.decode(canonical);
        if (value instanceof Value.Num number) {
            return String.valueOf((long) number.value());
        }
        if (value instanceof Value.Bool truth) {
            return String.valueOf(truth.value());
        }
        if (value instanceof Value.Str text) {
            return text.value().toString();
        }
        return value.getClass().getSimpleName();
    }

    @Test
    void steps_are_the_lines_that_ran_with_their_locals_and_calls_of_the_host() {
        var trace = trace("""
                local function double(x)
                  return x * 2
                end
                function apply(n)
                  local have = get("count") or 0
                  if have > 100 then
                    error("too much")
                  end
                  local twice = double(n)
                  put("count", have + twice)
                  emit("doubled", twice)
                  return have + twice
                end
                """);

        assertThat(lines(trace))
                .containsExactly(
                        "5 n=3 | get count -> Null",
                        "6 n=3 have=0",
                        "9 n=3 have=0",
                        "2 x=3",
                        "10 n=3 have=0 twice=6 | put count 6 -> Null",
                        "11 n=3 have=0 twice=6 | emit doubled 6 -> Null",
                        "12 n=3 have=0 twice=6");
        assertThat(trace.outcome()).isInstanceOf(Outcome.Returned.class);
        assertThat(trace.cut()).isFalse();
        assertThat(trace.steps().get(0).file()).isEqualTo("bank.lua");
    }

    @Test
    void every_round_of_a_loop_is_a_step_even_where_it_is_all_on_one_line() {
        var trace = trace("""
                function apply(n)
                  local sum = 0
                  for i = 1, n do sum = sum + i end
                  while sum > 4 do sum = sum - 1 end
                  return sum
                end
                """);

        assertThat(lines(trace).stream().filter(line -> line.contains(" i=")))
                .containsExactly("3 n=3 sum=0 i=1", "3 n=3 sum=1 i=2", "3 n=3 sum=3 i=3");
        assertThat(lines(trace).stream().filter(line -> line.startsWith("4")))
                .containsExactly("4 n=3 sum=6", "4 n=3 sum=5", "4 n=3 sum=4");
    }

    @Test
    void a_call_of_the_host_after_another_function_belongs_to_the_line_that_made_it() {
        var trace = trace("""
                local function key()
                  local name = "k"
                  return name
                end
                function apply(n)
                  put(key(), n); put("other", n)
                  update("k", function(v)
                    return v + 1
                  end)
                  return json.null
                end
                """);

        assertThat(lines(trace))
                .containsExactly(
                        "6 n=3",
                        "2",
                        "3 name=k",
                        "6 n=3 | put k 3 -> Null",
                        "6 n=3 | put other 3 -> Null",
                        "7 n=3",
                        "9 n=3",
                        "7 n=3 | get k -> 3",
                        "8 v=3",
                        "7 n=3 | put k 4 -> Null",
                        "10 n=3");
    }

    @Test
    void what_cannot_be_shown_is_named() {
        var trace = trace("""
                function apply(n)
                  local f, t, s, nan, none = print, {}, string.rep("x", 5000), 0/0, nil
                  t.t = t
                  return n
                end
                """);

        assertThat(lines(trace).get(2))
                .isEqualTo(
                        "4 n=3 f=function t=a large or unusual table s=a large or unusual string nan=number none=Null");
    }

    @Test
    void a_long_trace_is_cut_and_the_call_goes_on() {
        var trace = trace("""
                function apply(n)
                  for i = 1, 20000 do
                    n = n + 1
                  end
                  return n
                end
                """);

        assertThat(trace.steps()).hasSize(Trace.STEPS_MAX);
        assertThat(trace.cut()).isTrue();
        assertThat(ValueCodec.decode(((Outcome.Returned) trace.outcome()).result()))
                .isEqualTo(new Value.Num(20003));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "return n",
                "local t = {} for i = 1, 100 do t[i] = i * 2 end table.sort(t, function(a, b) return a > b end) return t",
                "local ok, e = pcall(function() put('a', 1) error('no') end) log(ok, e) return has('a')",
                "local c = coroutine.wrap(function(a) while true do a = coroutine.yield(a * 2) end end) c(1) return c(n)",
                "local function f(x) if x == 0 then return 0 end return 1 + f(x - 1) end return f(100)",
                "local function f(x) if x == 0 then return 'end' end return f(x - 1) end return f(1000)",
                "local function f(...) local t = {...} return select('#', ...), t[2] end return {f(1, nil, 3)}",
                "for k, v in pairs({a = 1, b = 2}) do log(k, v) end goto done do log('skipped') end ::done:: return n",
                "local x = nil\nreturn x.y",
                "while true do end",
                "error { code = 'NO', message = 'later' }",
                "local t = setmetatable({ }, { __index = function(t, k) return k .. '!' end }) return t.x .. t.y",
                "local t = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,"
                        + "35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55} return #t",
                "return n > 2 and 'more' or n == 2 and 'two' or 'less'",
            })
    void outcome_and_gas_are_those_of_the_call_itself(String body) {
        var script = SandboxTest.compiled("function apply(n) " + body.replace(" ", "\n") + "\nend");
        var oneLine = SandboxTest.compiled("function apply(n) " + body + " end");
        var entry = new EntryPoint.Apply(ValueCodec.encode(new Value.Num(3)));
        for (var each : List.of(script, oneLine)) {
            var plain = new MemoryHost();
            var traced = new MemoryHost();

            var outcome = each.call(entry, plain, SandboxTest.invocation(Limits.DEFAULT));

            assertThat(each.trace(entry, traced, SandboxTest.invocation(Limits.DEFAULT))
                            .outcome())
                    .isEqualTo(outcome);
            assertThat(traced.log).isEqualTo(plain.log);
            assertThat(traced.state).isEqualTo(plain.state);
        }
    }
}

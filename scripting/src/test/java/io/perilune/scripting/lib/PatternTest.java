package io.perilune.scripting.lib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.perilune.scripting.Limits;
import io.perilune.scripting.Outcome.Budget;
import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Strings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

class PatternTest {
    private static final long SEED = 200;

    private static final String PROGRAM = """
            local function unhex(s) return (s:gsub('..', function(h) return string.char(tonumber(h, 16)) end)) end
            local function hex(v)
              if type(v) == 'string' then return 's' .. v:gsub('.', function(c) return ('%02x'):format(c:byte()) end) end
              return tostring(v)
            end
            for line in io.lines() do
              local name, subject, pattern, extra = line:match('(%a+) (%x*) (%x*) ?(.*)')
              subject, pattern = unhex(subject), unhex(pattern)
              local results
              if name == 'gmatch' then
                local ok, iterator = pcall(string.gmatch, subject, pattern)
                results = {ok, n = 1}
                for i = 1, 5 do
                  local got = table.pack(pcall(iterator))
                  for j = 1, got.n do results.n = results.n + 1; results[results.n] = got[j] end
                end
              elseif name == 'gsub' then
                results = table.pack(pcall(string.gsub, subject, pattern, unhex(extra)))
              else
                results = table.pack(pcall(string[name], subject, pattern, tonumber(extra)))
              end
              for i = 1, results.n do results[i] = hex(results[i]) end
              print(table.concat(results, ' '))
            end
            """;

    @Test
    void patterns_match_what_they_match_in_the_reference() {
        assumeTrue(ReferenceLua.isInstalled(), "lua5.2 is not installed");
        System.out.println("seed " + SEED);
        var random = new SplittableRandom(SEED);
        var input = new ArrayList<String>();
        for (var i = 0; i < 300_000; i++) {
            var subject = subject(random);
            var pattern = pattern(random);
            input.add(
                    switch (random.nextInt(4)) {
                        case 0 -> "find " + hex(subject) + " " + hex(pattern) + " " + random.nextInt(-4, 8);
                        case 1 -> "match " + hex(subject) + " " + hex(pattern) + " 1";
                        case 2 -> "gmatch " + hex(subject) + " " + hex(pattern);
                        default -> "gsub " + hex(subject) + " " + hex(pattern) + " " + hex(replacement(random));
                    });
        }
        var theirs = ReferenceLua.run(PROGRAM, input);
        for (var i = 0; i < input.size(); i++) {
            if (!ours(input.get(i)).equals(theirs.get(i))) {
                assertThat(ours(input.get(i))).as(readable(input.get(i))).isEqualTo(theirs.get(i));
            }
        }
    }

    @Test
    void a_pattern_that_explodes_ends_at_the_budget_for_gas() {
        for (var pattern : new String[] {".-.-.-.-b$", ".*.*.*.*.*b", "a?".repeat(60) + "b", "[^b]-[^b]-[^b]-[^b]-b"}) {
            var lua = Interpreter.trusted(Meter.of(Limits.DEFAULT));
            assertThatThrownBy(() -> call(lua, "find", "a".repeat(3_000), pattern))
                    .isInstanceOfSatisfying(
                            BudgetExceeded.class,
                            over -> assertThat(over.budget()).isEqualTo(Budget.GAS));
        }
    }

    @Test
    void a_search_without_patterns_that_compares_much_ends_at_the_budget_for_gas() {
        var lua = Interpreter.trusted(Meter.of(Limits.DEFAULT));
        assertThatThrownBy(() -> call(lua, "find", "a".repeat(1 << 20), "a".repeat(1 << 19) + "b"))
                .isInstanceOf(BudgetExceeded.class);
    }

    @Test
    void gas_is_the_same_each_time() {
        var used = new ArrayList<Long>();
        for (var i = 0; i < 3; i++) {
            var meter = Meter.of(Limits.DEFAULT);
            call(Interpreter.trusted(meter), "gsub", "the quick brown fox".repeat(100), "(%w+) (%w+)", "%2 %1");
            used.add(meter.gasUsed());
        }
        assertThat(used).containsOnly(used.get(0));
    }

    @Test
    void two_hundred_levels_are_possible_and_one_more_is_too_complex() {
        var lua = Interpreter.trusted(Meter.unlimited());
        assertThat(call(lua, "find", "a".repeat(300), "a?".repeat(199)).arg(2).toint())
                .isEqualTo(199);
        assertThatThrownBy(() -> call(lua, "find", "a".repeat(300), "a?".repeat(200)))
                .isInstanceOf(LuaFailure.class)
                .hasMessage("pattern too complex");
    }

    private static String ours(String line) {
        var parts = line.split(" ", 4);
        var lua = Interpreter.trusted(Meter.unlimited());
        var results = new ArrayList<String>();
        if (parts[0].equals("gmatch")) {
            var iterator = (Builtin)
                    call(lua, "gmatch", unhex(parts[1]), unhex(parts[2])).arg1();
            results.add("true");
            for (var i = 0; i < 5; i++) {
                add(results, () -> iterator.call(lua, LuaValue.NONE));
            }
        } else {
            var extra =
                    parts[0].equals("gsub") ? string(unhex(parts[3])) : LuaValue.valueOf(Integer.parseInt(parts[3]));
            add(results, () -> call(lua, parts[0], string(unhex(parts[1])), string(unhex(parts[2])), extra));
        }
        return String.join(" ", results);
    }

    private static void add(ArrayList<String> results, java.util.function.Supplier<Varargs> call) {
        try {
            var got = call.get();
            results.add("true");
            for (var i = 1; i <= got.narg(); i++) {
                results.add(shown(got.arg(i)));
            }
        } catch (LuaFailure failure) {
            results.add("false");
            results.add("s" + hex(failure.getMessage()));
        }
    }

    private static String shown(LuaValue value) {
        return value instanceof LuaString text
                ? "s" + hex(new String(text.m_bytes, text.m_offset, text.m_length, StandardCharsets.ISO_8859_1))
                : value.tojstring();
    }

    private static Varargs call(Interpreter lua, String function, String... args) {
        var values = new LuaValue[args.length];
        for (var i = 0; i < args.length; i++) {
            values[i] = string(args[i]);
        }
        return call(lua, function, values);
    }

    private static Varargs call(Interpreter lua, String function, LuaValue... args) {
        return ((Builtin) StringLibrary.table().get(function)).call(lua, LuaValue.varargsOf(args));
    }

    private static LuaString string(String latin1) {
        return Strings.owned(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String subject(SplittableRandom random) {
        var text = new StringBuilder();
        for (var n = random.nextInt(9); n > 0; n--) {
            text.append(pick(random, "aabbc1 ()[]-%A.\0\u00e9\n"));
        }
        return text.toString();
    }

    private static String pattern(SplittableRandom random) {
        var text = new StringBuilder(random.nextInt(6) == 0 ? "^" : "");
        for (var n = random.nextInt(1, 7); n > 0; n--) {
            switch (random.nextInt(12)) {
                case 0 -> text.append('(').append(random.nextBoolean() ? "" : ")");
                case 1 -> text.append(')');
                case 2 -> text.append("%").append(pick(random, "abfdlpsuwxAcgz1%(0S\0.B"));
                case 3 -> {
                    text.append('[').append(random.nextInt(3) == 0 ? "^" : "");
                    for (var m = random.nextInt(1, 4); m > 0; m--) {
                        text.append(pick(random, "abc-]%a-z^\u00e91"));
                    }
                    text.append(random.nextInt(8) == 0 ? "" : "]");
                }
                case 4 -> text.append("%b()");
                case 5 -> text.append("%f[").append(pick(random, "%aab^")).append("a]");
                case 6 -> text.append(pick(random, "*+-?$^"));
                default -> text.append(pick(random, "aab.1c"));
            }
            if (random.nextInt(3) == 0) {
                text.append(pick(random, "*+-?"));
            }
        }
        return text.append(random.nextInt(6) == 0 ? "$" : "").toString();
    }

    private static String replacement(SplittableRandom random) {
        var text = new StringBuilder();
        for (var n = random.nextInt(4); n > 0; n--) {
            text.append(random.nextInt(3) == 0 ? "%" : "").append(pick(random, "012%x"));
        }
        return text.toString();
    }

    private static char pick(SplittableRandom random, String from) {
        return from.charAt(random.nextInt(from.length()));
    }

    private static String hex(String latin1) {
        return java.util.HexFormat.of().formatHex(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String unhex(String hex) {
        return new String(java.util.HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }

    private static String readable(String line) {
        var parts = line.split(" ", 4);
        return parts[0] + " '" + unhex(parts[1]) + "' '" + unhex(parts[2]) + "' " + line;
    }
}

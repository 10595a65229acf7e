package io.perilune.scripting.lib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.scripting.Limits;
import io.perilune.scripting.Outcome.Budget;
import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Meter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Library functions that would take all the time or memory there is end at a budget instead. */
@Timeout(30)
class LibraryBudgetTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "STRING_BYTES; ('x'):rep(1e9)",
                "STRING_BYTES; ('x'):rep(1e300)",
                "STRING_BYTES; ('x'):rep(1e18, 'yyyyyyyy')",
                "STRING_BYTES; (function() local s = ('x'):rep(2^19) return table.concat({s, s, s}) end)()",
                "STRING_BYTES; ('x'):rep(2^19):gsub('x', 'yyy')",
                "STRING_BYTES; ('%s%s%s'):format(('x'):rep(2^19), ('x'):rep(2^19), 'x')",
                "STRING_BYTES; json.encode({('\\1'):rep(2^19)})",
                "STRING_BYTES; base64.encode(('x'):rep(2^20))",
                "MEMORY_BYTES; (function() local t = {} for i = 1, 100 do t[i] = ('x'):rep(2^19 + i) end end)()",
                "MEMORY_BYTES; (function() while true do select('#', table.unpack({}, 1, 9e5)) end end)()",
                "MEMORY_BYTES; (function() local s = ('x'):rep(9e5) while true do select('#', s:byte(1, -1)) end end)()",
                "MEMORY_BYTES; (function() local s = '[' .. ('[1],'):rep(1e5) .. '1]' while true do json.decode(s) end end)()",
                "GAS; (function() local t = {} for i = 1, 1e5 do t[i] = i % 1000 end while true do table.sort(t, function(a, b) return a < b end) end end)()",
                "GAS; (function() local t = {} for i = 1, 1e5 do t[i] = 1 end while true do table.insert(t, 1, 1) table.remove(t, 1) end end)()",
                "GAS; (function() local s = ('x'):rep(1e6) while true do s:find('y', 1, true) end end)()",
                "GAS; (function() local s = ('x'):rep(1e6) while true do crypto.sha256(s) end end)()",
                "GAS; (function() local s = ('x'):rep(1e6) while true do utf8.len(s) end end)()",
                "GAS; (function() local a, b = ('x'):rep(1e6) .. 'a', ('x'):rep(1e6) .. 'b' while true do table.sort{a, b} end end)()",
                "GAS; (function() local t = setmetatable({}, {__len = function() return 2^31 - 2 end}) table.remove(t, 1) end)()",
                "GAS; (function() local t = setmetatable({}, {__len = function() return 2^31 - 2 end}) table.insert(t, 1, 1) end)()",
                "MEMORY_BYTES; (function() local t = setmetatable({}, {__len = function() return 2^31 - 2 end}) table.sort(t) end)()",
                "GAS; (function() while true do ('%99.99f'):format(1e300 / 3) end end)()",
                "GAS; (function() local s = ('a'):rep(1e5) for w in s:gmatch('.-b') do end for w in s:gmatch('.-b') do end end)()",
            })
    void it_ends_at_the_budget(Budget budget, String expression) {
        var meter = Meter.of(Limits.DEFAULT);
        assertThatThrownBy(() -> new LuaRun(meter).run("local x = " + expression))
                .isInstanceOfSatisfying(
                        BudgetExceeded.class, over -> assertThat(over.budget()).isEqualTo(budget));
    }

    @Test
    void the_same_work_costs_the_same_gas_and_memory() {
        var program = "local t = {} for i = 1, 1000 do t[i] = ('%d %s'):format(i, ('x'):rep(i % 7)) end table.sort(t)"
                + " return json.encode(t):gsub('%d+', '<%0>'):len()";
        var first = Meter.of(Limits.DEFAULT);
        var second = Meter.of(Limits.DEFAULT);
        new LuaRun(first).run(program);
        new LuaRun(second).run(program);
        assertThat(second.gasUsed()).isEqualTo(first.gasUsed());
        assertThat(second.memoryUsed()).isEqualTo(first.memoryUsed());
    }
}

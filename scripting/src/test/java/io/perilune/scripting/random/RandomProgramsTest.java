package io.perilune.scripting.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.perilune.scripting.lib.LuaRun;
import io.perilune.scripting.lib.ReferenceLua;
import io.perilune.scripting.vm.LuaFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Random programs print what PUC-Rio's own Lua prints, where that is installed, error messages included. {@code
 * -Dperilune.programs=N} runs more of them, {@code -Dperilune.seed=S} the same again.
 */
class RandomProgramsTest {
    private static final int COUNT = Integer.getInteger("perilune.programs", 300);
    private static final long SEED =
            Long.getLong("perilune.seed", RandomGenerator.getDefault().nextInt(1 << 30));
    private static final String END = "== end of a program";

    @Test
    void random_programs_print_what_lua_5_2_prints() {
        assumeTrue(ReferenceLua.isInstalled(), "lua5.2 is not installed");
        System.out.println("random programs beside lua5.2: " + COUNT + " from seed " + SEED);
        var all = new StringBuilder("local function out(t) io.write(t, '\\n') end\n");
        for (int i = 0; i < COUNT; i++) {
            all.append("print(pcall(load([=====[local out = ... ")
                    .append(new RandomProgram(SEED + i).source())
                    .append("]=====], '=test'), out))\nprint('")
                    .append(END)
                    .append("')\n");
        }
        var expected = programs(ReferenceLua.run(all.toString(), List.of()));

        var different = new ArrayList<String>();
        for (int i = 0; i < COUNT; i++) {
            var printed = printed(new RandomProgram(SEED + i).source());
            if (!printed.equals(expected.get(i)) && !differsRightly(expected.get(i))) {
                different.add("seed " + (SEED + i) + "\nexpected " + expected.get(i) + "\nprinted  " + printed);
            }
        }
        assertThat(different).isEmpty();
    }

    /** PUC-Rio's nests 200 calls through C, ours as many as the stack is deep; and addresses are its own. */
    private static boolean differsRightly(String expected) {
        return expected.contains("stack overflow") || expected.contains(": 0x");
    }

    private static List<String> programs(List<String> lines) {
        var programs = new ArrayList<String>();
        var program = new StringBuilder();
        for (var line : lines) {
            if (line.equals(END)) {
                programs.add(program.toString());
                program.setLength(0);
            } else {
                program.append(line).append('\n');
            }
        }
        return programs;
    }

    private static String printed(String source) {
        try {
            return LuaRun.printed(
                    "local function out(t) io.write(t, '\\n') end\nprint(pcall(load([=====[local out = ... " + source
                            + "]=====], '=test'), out))\n",
                    "=all");
        } catch (LuaFailure failure) {
            return failure.getMessage();
        }
    }
}

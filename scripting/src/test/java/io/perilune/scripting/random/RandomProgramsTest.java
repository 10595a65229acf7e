package io.perilune.scripting.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.perilune.scripting.ManualCorpusTest;
import io.perilune.scripting.lib.LuaRun;
import io.perilune.scripting.lib.ReferenceLua;
import io.perilune.scripting.vm.LuaFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Random programs print what PUC-Rio's own Lua prints, where that is installed, error messages included. {@code
 * -Dperilune.programs=N} runs more of them, {@code -Dperilune.seed=S} the same again.
 */
class RandomProgramsTest {
    private static final int COUNT = Integer.getInteger("perilune.programs", 300);
    private static final long SEED =
            Long.getLong("perilune.seed", RandomGenerator.getDefault().nextInt(1 << 30));
    private static final int BROKEN = Integer.getInteger("perilune.programs", 1000);
    private static final Pattern TOKEN = Pattern.compile(
            "--\\[\\[.*?\\]\\]|--[^\\n]*|\\[\\[.*?\\]\\]|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])*'"
                    + "|[A-Za-z_]\\w*|[0-9][\\w.]*|\\.\\.\\.|\\.\\.|==|~=|<=|>=|::|\\s+|.",
            Pattern.DOTALL);
    private static final String[] WORDS = ("and break do else elseif end false for function goto if in local nil not or"
                    + " repeat return then true until while + - * / % ^ # == ~= <= >= < > = ( ) { } [ ] :: ; : , . .. ..."
                    + " x 1 \"s\" [[l]] 0x 1e @ ~ $")
            .split(" ");
    /** As it is, in capitals, or reversed. */
    private static final Pattern ADDRESS = Pattern.compile(": 0x|x0 :", Pattern.CASE_INSENSITIVE);

    /** An address has another length than ours. */
    private static final String PRELUDE = """
            local function out(t) io.write(t, '\\n') end
            local function text(v) return (tostring(v):gsub(': 0x%x+', ': 0x')) end
            """;

    private static final String END = "== end of a program";

    @Test
    void random_programs_print_what_lua_5_2_prints() {
        assumeTrue(ReferenceLua.isInstalled(), "lua5.2 is not installed");
        System.out.println("random programs beside lua5.2: " + COUNT + " from seed " + SEED);
        var all = new StringBuilder(PRELUDE);
        for (int i = 0; i < COUNT; i++) {
            all.append(run(new RandomProgram(SEED + i).source()))
                    .append("print('")
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

    /** Programs of the corpora with a token or two taken out, put in or replaced: few compile, most do not. */
    @Test
    void broken_programs_are_refused_in_the_words_of_lua_5_2() throws IOException {
        assumeTrue(ReferenceLua.isInstalled(), "lua5.2 is not installed");
        System.out.println("broken programs beside lua5.2: " + BROKEN + " from seed " + SEED);
        var random = new SplittableRandom(SEED);
        var sources = ManualCorpusTest.sources();
        var broken = new ArrayList<String>();
        for (int i = 0; i < BROKEN; i++) {
            broken.add(broken(sources.get(random.nextInt(sources.size())), random));
        }
        var trying = broken.stream().map(RandomProgramsTest::attempt).toList();

        var theirs = ReferenceLua.run(String.join("", trying), List.of());

        var different = new ArrayList<String>();
        for (int i = 0; i < BROKEN; i++) {
            var ours = LuaRun.printed(trying.get(i), "=all").strip();
            // Messages are texts: bytes that are no UTF-8 are not quoted in them as they are.
            boolean isText = theirs.get(i).chars().allMatch(c -> c < 0x80);
            if (isText && !ours.equals(theirs.get(i).strip())) {
                different.add(broken.get(i) + "\nexpected " + theirs.get(i) + "\nprinted  " + ours);
            }
        }
        assertThat(different).isEmpty();
    }

    private static String attempt(String source) {
        var bytes = new StringBuilder();
        for (byte b : source.getBytes(StandardCharsets.ISO_8859_1)) {
            bytes.append('\\').append(String.format(Locale.ROOT, "%03d", b & 0xff));
        }
        return "do local f, e = load(\"" + bytes + "\", '=s') print(f and 'ok' or (e:gsub('\\n', '~'))) end\n";
    }

    private static String broken(String source, SplittableRandom random) {
        var tokens = TOKEN.matcher(source).results().map(MatchResult::group).toList();
        int from = Math.max(0, random.nextInt(tokens.size()) - 40);
        var some = new ArrayList<>(tokens.subList(from, Math.min(tokens.size(), from + 80)));
        for (int i = random.nextInt(2); i >= 0; i--) {
            int at = random.nextInt(some.size());
            var other = " " + WORDS[random.nextInt(WORDS.length)] + " ";
            switch (random.nextInt(3)) {
                case 0 -> some.set(at, "");
                case 1 -> some.add(at, other);
                default -> some.set(at, other);
            }
        }
        return String.join("", some);
    }

    /**
     * PUC-Rio's nests 200 calls through C, ours as many as the stack is deep; addresses are its own; and the sign of what
     * is no number is the processor's.
     */
    private static boolean differsRightly(String expected) {
        return expected.contains("stack overflow") || ADDRESS.matcher(expected).find() || expected.contains("-nan");
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
            return LuaRun.printed(PRELUDE + run(source), "=all");
        } catch (LuaFailure failure) {
            return failure.getMessage();
        }
    }

    private static String run(String source) {
        return "print(pcall(load([=====[local out, tostring = ... " + source + "]=====], '=test'), out, text))\n";
    }
}

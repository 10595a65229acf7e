package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small programs for the sentences of the reference manual of Lua 5.2, and what its own interpreter prints for them. Each
 * begins with a line {@code --> what it shows} and ran on its own as {@code program.lua} (LC_ALL=C, TZ=UTC); {@code _G.}
 * before the names of functions, which its random hash seed puts there or not, is taken out. {@link ManualCorpusRewrite}
 * writes the outputs.
 */
public class ManualCorpusTest {
    static final List<String> FILES = List.of("basic", "strings", "tables", "maths", "language", "corners");

    static Stream<Arguments> programs() throws IOException {
        var all = new ArrayList<Arguments>();
        for (var file : FILES) {
            Iterator<String[]> printed = parts(read(file + ".out")).iterator();
            for (var program : parts(read(file + ".lua"))) {
                var expected = printed.next();
                assertThat(expected[0]).isEqualTo(program[0]);
                all.add(Arguments.of(file + ": " + program[0], program[1], expected[1]));
            }
        }
        return all.stream();
    }

    /** The programs alone. */
    public static List<String> sources() throws IOException {
        return programs().map(program -> (String) program.get()[1]).toList();
    }

    private static String read(String name) throws IOException {
        try (var in = ManualCorpusTest.class.getResourceAsStream("/lua52/manual/" + name)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /** Titles, and what follows them. */
    static List<String[]> parts(String text) {
        return Arrays.stream(text.split("(?m)^--> "))
                .skip(1)
                .map(part -> part.split("\n", 2))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programs")
    void a_program_prints_what_lua_5_2_prints(String title, String program, String expected) {
        var out = new ByteArrayOutputStream();
        var print = new PrintStream(out, true, UTF_8);
        try {
            LuaState.open(LuaState.Options.standard().output(print)).doString(program, "@program.lua");
        } catch (LuaException error) {
            print.print("error: " + error.getMessage() + "\n");
        }

        assertThat(out.toString(UTF_8)).isEqualTo(expected);
    }
}

package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs whose output the real lua5.2 has written once: {@code cd lua52/vm; lua5.2 X.lua | sed "s/'_G\./'/" > X.out}. It puts {@code _G.}
 * before names of functions or not, as its random hash seed has it.
 */
class LanguageCorpusTest {
    @ParameterizedTest
    @ValueSource(strings = {"language", "semantics", "goto", "syntax"})
    void a_program_prints_what_lua_5_2_prints(String name) throws IOException {
        var out = new ByteArrayOutputStream();
        var lua = LuaState.open(LuaState.Options.standard().output(new PrintStream(out, true, ISO_8859_1)));

        lua.doString(read(name + ".lua"), "@" + name + ".lua");

        assertThat(out.toString(ISO_8859_1)).isEqualTo(read(name + ".out"));
    }

    private static String read(String name) throws IOException {
        try (var in = LanguageCorpusTest.class.getResourceAsStream("/lua52/vm/" + name)) {
            return new String(in.readAllBytes(), ISO_8859_1);
        }
    }
}

package io.perilune.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The programs are run as they are, and what they print is read. */
class ProgramsTest {
    private static String output(Consumer<String[]> program, String... arguments) {
        var captured = new ByteArrayOutputStream();
        var before = System.out;
        System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            program.accept(arguments);
        } finally {
            System.setOut(before);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    @Test
    void hello_runs_a_string_and_a_file() {
        assertThat(output(Hello::main)).isEqualTo("Hello World\n");
        assertThat(output(Hello::main, "hello.lua")).isEqualTo("Hello World\nHello World\n");
    }

    @Test
    void a_function_of_one_chunk_is_called_in_the_next() {
        assertThat(output(SayHello::main)).isEqualTo("Hello Again\n");
    }

    @Test
    void lua_calls_java() {
        assertThat(output(Square::main)).isEqualTo("4 * 4 = 16\n");
    }

    @Test
    void java_calls_lua() {
        assertThat(output(Concat::main)).isEqualTo("Go + Lua\n");
    }
}

package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LuaStateTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final LuaState lua =
            LuaState.open(LuaState.Options.standard().output(new PrintStream(out, true, StandardCharsets.UTF_8)));

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_function_defined_by_one_chunk_is_called_by_the_next() {
        lua.doString("function sayHello() print('Hello Again') end");
        lua.doString("sayHello()");
        assertThat(printed()).isEqualTo("Hello Again\n");
    }

    @Test
    void lua_calls_java() {
        lua.register("square", call -> call.push(call.toInt(1) * call.toInt(1)));
        lua.doString("print('4 * 4 = ' .. square(4))");
        assertThat(printed()).isEqualTo("4 * 4 = 16\n");
    }

    @Test
    void java_calls_lua_protected_for_one_result() {
        lua.doString("function concat(a, b) return a .. ' + ' .. b end");
        var result = lua.call(Call.of("concat").results(1).protect(true), "Go", "Lua");
        assertThat(result.isOk()).isTrue();
        assertThat(result.get(-1).toText()).isEqualTo("Go + Lua");
    }

    @Test
    void a_failed_protected_call_gives_its_error_back() {
        lua.doString("function f()\n  error('no')\nend", "@f.lua");
        var result = lua.call(Call.of("f").protect(true));
        assertThat(result.error()).isNotNull();
        assertThat(result.error().getMessage()).isEqualTo("f.lua:2: no");
        assertThat(result.error().chunk()).isEqualTo("f.lua");
        assertThat(result.error().line()).isEqualTo(2);
        assertThat(result.error().traceback()).contains("in function 'error'");
    }

    @Test
    void bad_arguments_read_as_lua_s() {
        lua.register("square", call -> call.push(call.checkNumber(1) * call.checkNumber(1)));
        assertThatThrownBy(() -> lua.doString("square()", "=x"))
                .isInstanceOf(LuaException.class)
                .hasMessage("x:1: bad argument #1 to 'square' (number expected, got no value)");
        lua.register(
                "either",
                call -> call.push(
                        call.checkTypes(1, LuaType.STRING, LuaType.FUNCTION).toString()));
        assertThatThrownBy(() -> lua.doString("either(5)", "=x"))
                .hasMessage("x:1: bad argument #1 to 'either' (string or function expected, got number)");
    }

    @Test
    void optional_arguments_have_defaults() {
        lua.register("opt", call -> call.push(call.optInt(1, 7), call.optText(2, "d"), call.top()));
        lua.doString("print(opt()) print(opt(1, 'x'))");
        assertThat(printed()).isEqualTo("7\td\t0\n1\tx\t2\n");
    }

    @Test
    void lists_and_maps_become_tables() {
        lua.setGlobal("t", List.of(1, 2, Map.of("x", "y")));
        lua.doString("print(#t, t[3].x)");
        assertThat(printed()).isEqualTo("3\ty\n");
        assertThat(lua.getGlobal("t").get(3).get("x").toText()).isEqualTo("y");
        assertThat(lua.getGlobal("t").length()).isEqualTo(3);
    }

    @Test
    void a_syntax_error_has_its_kind_and_place() {
        assertThatThrownBy(() -> lua.doString("x =\n= 1", "@bad.lua"))
                .isInstanceOfSatisfying(LuaException.class, error -> {
                    assertThat(error.kind()).isEqualTo(LuaException.Kind.SYNTAX);
                    assertThat(error.position()).isEqualTo("bad.lua:2");
                    assertThat(error).hasMessage("bad.lua:2: unexpected symbol near '='");
                });
    }

    @Test
    void files_get_their_arguments_and_require_their_neighbours(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("m.lua"), "return {name = ...}");
        Path main = directory.resolve("main.lua");
        Files.writeString(main, "#!/usr/bin/lua\nprint(arg[1], ..., require('m').name, select('#', ...))");
        LuaState.open(LuaState.Options.standard()
                        .directory(directory)
                        .output(new PrintStream(out, true, StandardCharsets.UTF_8)))
                .doFile(main, "a", "b");
        assertThat(printed()).isEqualTo("a\ta\tm\t2\n");
    }

    @Test
    void another_thread_cancels_and_the_state_can_be_used_again() throws Exception {
        var started = new CountDownLatch(1);
        lua.register("started", call -> started.countDown());
        var cancelling = CompletableFuture.runAsync(() -> {
            try {
                started.await();
            } catch (InterruptedException stopped) {
                throw new AssertionError(stopped);
            }
            lua.cancel();
        });
        assertThatThrownBy(() -> lua.doString("started() pcall(function() while true do end end) while true do end"))
                .isInstanceOfSatisfying(
                        LuaException.class, error -> assertThat(error.kind()).isEqualTo(LuaException.Kind.CANCELLED));
        cancelling.get();
        lua.doString("print('again')");
        assertThat(printed()).isEqualTo("again\n");
    }

    @Test
    void too_deep_recursion_is_an_error_that_can_be_caught() {
        lua.doString("local function f() return 1 + f() end print(pcall(f))", "=x");
        assertThat(printed()).isEqualTo("false\tx:1: stack overflow\n");
    }

    @Test
    void a_hundred_thousand_coroutines_live_at_once() {
        lua.doString("""
                local all = {}
                for i = 1, 100000 do
                  all[i] = coroutine.wrap(function() coroutine.yield(i) return -i end)
                  all[i]()
                end
                local sum = 0
                for i = 1, 100000 do sum = sum + all[i]() end
                print(sum)
                """);
        assertThat(printed()).isEqualTo("-5000050000\n");
    }
}

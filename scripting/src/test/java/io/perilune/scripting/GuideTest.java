package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps of the module's README, as they stand there. */
class GuideTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream console = System.out;

    private record Person(String name) {}

    @BeforeEach
    void listen() {
        System.setOut(new PrintStream(out, true, UTF_8));
    }

    @AfterEach
    void stopListening() {
        System.setOut(console);
    }

    private void assertPrinted(String... lines) {
        assertThat(out.toString(UTF_8).lines()).containsExactly(lines);
    }

    @Test
    void the_code_of_the_guide_is_the_code_of_this_test() throws IOException {
        String test = squeezed(Files.readString(Path.of("src/test/java/io/perilune/scripting/GuideTest.java")));
        var block =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("README.md")));
        int blocks = 0;
        for (; block.find(); blocks++) {
            assertThat(test).contains(squeezed(block.group(1)));
        }
        assertThat(blocks).isEqualTo(9);
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }

    @Test
    void hello() {
        try (var lua = LuaState.open()) {
            lua.doString("print('Hello World')");
        }
        assertPrinted("Hello World");
    }

    @Test
    void files_and_strings(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("hello.lua"), "print('Hello from a file')");
        var lua = LuaState.open(LuaState.Options.standard().output(new PrintStream(out, true, UTF_8)));
        lua.doFile(file);
        lua.doString("function sayHello() print('Hello Again') end");
        lua.doString("sayHello()");
        assertPrinted("Hello from a file", "Hello Again");
    }

    @Test
    void a_java_function_for_lua() {
        try (var lua = LuaState.open()) {
            lua.register("square", call -> {
                int number = call.toInt(1);
                call.push(number * number);
            });
            lua.doString("print('4 * 4 = ' .. square(4))");
        }
        assertPrinted("4 * 4 = 16");
    }

    @Test
    void a_lua_function_for_java() {
        try (var lua = LuaState.open()) {
            lua.doString("function concat(a, b) return a .. ' + ' .. b end");
            var outcome = lua.call(Call.of("concat").results(1).protect(true), "Go", "Lua");
            if (outcome.isOk()) {
                System.out.println(outcome.get(-1).toText());
            } else {
                System.err.println(outcome.error().traceback());
            }
        }
        assertPrinted("Go + Lua");
    }

    @Test
    void arguments() {
        try (var lua = LuaState.open()) {
            lua.register("greet", call -> {
                String name = call.checkText(1);
                int times = call.optInt(2, 1);
                call.push((name + "! ").repeat(times), call.top());
            });
            lua.register("describe", call -> {
                switch (call.checkTypes(1, LuaType.STRING, LuaType.FUNCTION)) {
                    case STRING -> call.push("a string of " + call.toText(1).length());
                    default ->
                        call.push("a function that gives "
                                + call.call(call.get(1)).get(0).toText());
                }
            });
            lua.doString("print(greet('Ann')) print(greet('Ann', 2)) print(select(2, pcall(greet)))");
            lua.doString("print(select(2, pcall(function() greet(nil) end)))", "=guide");
            lua.doString("print(describe('four')) print(describe(function() return 7 end))");
            lua.doString("print(select(2, pcall(function() describe(1) end)))", "=guide");
        }
        assertPrinted(
                "Ann! \t1",
                "Ann! Ann! \t2",
                "bad argument #1 to 'greet' (string expected, got no value)",
                "guide:1: bad argument #1 to 'greet' (string expected, got nil)",
                "a string of 4",
                "a function that gives 7",
                "guide:1: bad argument #1 to 'describe' (string or function expected, got number)");
    }

    /** The table of what to, check and opt do. */
    @Test
    void to_check_and_opt() {
        try (var lua = LuaState.open()) {
            lua.register("to", call -> call.push(call.toInt(1), call.toText(1), call.toBoolean(1), call.top()));
            lua.register("check", call -> call.push(call.checkInt(1)));
            lua.register("opt", call -> call.push(call.optInt(1, 9)));
            lua.doString("print(to()) print(to('7')) print(to(7)) print(to({})) print(to('x'))");
            lua.doString("print(pcall(check)) print(pcall(check, {})) print(check('7'), opt(), opt(nil), opt('7'))");
            lua.doString("print(pcall(opt, {}))");
        }
        assertPrinted(
                "0\t\tfalse\t0",
                "7\t7\ttrue\t1",
                "7\t7\ttrue\t1",
                "0\t\ttrue\t1",
                "0\tx\ttrue\t1",
                "false\tbad argument #1 to 'check' (number expected, got no value)",
                "false\tbad argument #1 to 'check' (number expected, got table)",
                "7\t9\t9\t7",
                "false\tbad argument #1 to 'opt' (number expected, got table)");
    }

    @Test
    void values() {
        try (var lua = LuaState.open()) {
            var nothing = lua.valueOf(null);
            var number = lua.valueOf(1.5);
            var text = lua.valueOf("12");
            var table = lua.newTable();
            assertThat(List.of(nothing.type(), number.type(), text.type(), table.type()))
                    .containsExactly(LuaType.NIL, LuaType.NUMBER, LuaType.STRING, LuaType.TABLE);
            assertThat(List.of(
                            nothing.toBoolean(),
                            lua.valueOf(false).toBoolean(),
                            lua.valueOf(0).toBoolean()))
                    .containsExactly(false, false, true);
            assertThat(List.of(nothing.toText(), number.toText(), text.toText(), table.toText()))
                    .containsExactly("", "1.5", "12", "");
            assertThat(List.of(nothing.isText(), number.isText(), text.isText(), table.isText()))
                    .containsExactly(false, true, true, false);
            assertThat(List.of(nothing.toNumber(), number.toNumber(), text.toNumber(), table.toNumber()))
                    .containsExactly(0.0, 1.5, 12.0, 0.0);
            assertThat(text.number()).hasValue(12);
            assertThat(table.number()).isEmpty();
            assertThat(number.text()).contains("1.5");
            assertThat(table.text()).isEmpty();
            assertThat(text.bytes()).contains(Bytes.utf8("12"));
        }
    }

    @Test
    void tables() {
        try (var lua = LuaState.open()) {
            var list = lua.newTable().append("a").append("c").insert(2, "b");
            list.rawSet("name", "letters");
            list.forEach((key, value) -> System.out.println(key + " = " + value));
            lua.setGlobal("config", Map.of("port", 8080, "hosts", List.of("a", "b")));
            int port = lua.getGlobal("config").get("port").toInt();
            assertThat(port).isEqualTo(8080);
            assertThat(list.length()).isEqualTo(3);
            assertThat(list.remove(1).toText()).isEqualTo("a");
            assertThat(list.get(1).toText()).isEqualTo("b");
        }
        assertPrinted("1 = a", "2 = b", "3 = c", "name = letters");
    }

    @Test
    void objects_with_methods() {
        try (var lua = LuaState.open()) {
            var methods = lua.newTable();
            methods.rawSet("name", (HostFunction)
                    call -> call.push(call.checkUserData(1, Person.class).name()));
            var metatable = lua.newTable().rawSet("__index", methods);
            lua.setGlobal("person", lua.newUserData(new Person("Ann"), metatable));
            lua.doString("print(person:name())");
        }
        assertPrinted("Ann");
    }

    @Test
    void when_it_goes_wrong() {
        try (var lua = LuaState.open()) {
            try {
                lua.doString("local t = nil\nreturn t.x", "@config.lua");
            } catch (LuaException error) {
                System.out.println(error.kind() + " at line " + error.line() + ": " + error.getMessage());
            }
        }
        assertPrinted("RUNTIME at line 2: config.lua:2: attempt to index local 't' (a nil value)");
    }
}

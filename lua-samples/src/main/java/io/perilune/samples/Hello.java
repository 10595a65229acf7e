package io.perilune.samples;

import io.perilune.scripting.LuaState;
import java.nio.file.Path;

/** Runs Lua in Java: a string, then a file. */
public final class Hello {
    private Hello() {}

    public static void main(String[] arguments) {
        try (var lua = LuaState.open()) {
            lua.doString("print('Hello World')");
            if (arguments.length > 0) {
                lua.doFile(Path.of(arguments[0]));
            }
        }
    }
}

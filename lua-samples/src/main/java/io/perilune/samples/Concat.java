package io.perilune.samples;

import io.perilune.scripting.Call;
import io.perilune.scripting.LuaState;

/** A Lua function that Java calls: protected, so that a failure is a value, and with exactly one result. */
public final class Concat {
    private static final String SOURCE = """
            function concat(a, b)
              return a .. " + " .. b
            end
            """;

    private Concat() {}

    public static void main(String[] arguments) {
        try (var lua = LuaState.open()) {
            lua.doString(SOURCE);
            var outcome = lua.call(Call.of("concat").results(1).protect(true), "Go", "Lua");
            if (outcome.isOk()) {
                System.out.println(outcome.get(1));
            } else {
                System.err.println("concat failed: " + outcome.error());
            }
        }
    }
}

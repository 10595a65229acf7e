package io.perilune.samples;

import io.perilune.scripting.LuaState;

/** What one chunk defines, the next one finds: both run on the same globals. */
public final class SayHello {
    private SayHello() {}

    public static void main(String[] arguments) {
        try (var lua = LuaState.open()) {
            lua.doString("function sayHello() print('Hello Again') end");
            lua.doString("sayHello()");
        }
    }
}

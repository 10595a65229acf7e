package io.perilune.samples;

import io.perilune.scripting.HostCall;
import io.perilune.scripting.LuaState;

/** A Java function that Lua calls: it takes its arguments by position, from 1, and pushes its results. */
public final class Square {
    private Square() {}

    private static void square(HostCall call) {
        double number = call.checkNumber(1);
        call.push(number * number);
    }

    public static void main(String[] arguments) {
        try (var lua = LuaState.open()) {
            lua.register("square", Square::square);
            lua.doString("print('4 * 4 = ' .. square(4))");
        }
    }
}

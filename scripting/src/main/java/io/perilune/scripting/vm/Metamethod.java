package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/** The events of Lua 5.2. */
enum Metamethod {
    INDEX("__index"),
    NEWINDEX("__newindex"),
    EQ("__eq"),
    LEN("__len"),
    CALL("__call"),
    ADD("__add"),
    SUB("__sub"),
    MUL("__mul"),
    DIV("__div"),
    MOD("__mod"),
    POW("__pow"),
    UNM("__unm"),
    LT("__lt"),
    LE("__le"),
    CONCAT("__concat"),
    PAIRS("__pairs"),
    IPAIRS("__ipairs"),
    TOSTRING("__tostring"),
    METATABLE("__metatable"),
    MODE("__mode");

    final LuaString key;
    private final int bit;

    Metamethod(String name) {
        key = LuaString.valueOf(name);
        bit = 1 << ordinal();
    }

    /** What {@code metatable} has for this event; null for nothing. */
    @Nullable
    LuaValue of(@Nullable Table metatable) {
        if (metatable == null || (metatable.absentMetamethods & bit) != 0) {
            return null;
        }
        LuaValue handler = metatable.get(key);
        if (handler == LuaValue.NIL) {
            metatable.absentMetamethods |= bit;
            return null;
        }
        return handler;
    }
}

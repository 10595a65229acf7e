package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * A Lua error on its way to the nearest {@code pcall}: any Lua value. Has no Java stack trace; a Lua traceback is added
 * where no {@code pcall} will catch it.
 *
 * <p>Library functions throw one made by {@link #at} to have the position of the Lua line that called them put before
 * the message, as {@code luaL_error} does.
 */
public class LuaFailure extends LuaError {
    private static final long serialVersionUID = 1;

    private transient LuaValue value;
    private int level;
    private boolean handled;
    private @Nullable String position;
    private @Nullable String traceback;

    /** An error with this value as it is. */
    public LuaFailure(LuaValue value) {
        this(value, 0);
    }

    private LuaFailure(LuaValue value, int level) {
        super(value);
        this.value = value;
        this.level = level;
    }

    /** An error message before which the interpreter puts the position of the line that called the function. */
    public static LuaFailure at(String message) {
        return new LuaFailure(LuaString.valueOf(message), 1);
    }

    /** An error message without a position. */
    public static LuaFailure plain(String message) {
        return new LuaFailure(LuaString.valueOf(message), 0);
    }

    public LuaValue value() {
        return value;
    }

    @Override
    public LuaValue getMessageObject() {
        return value;
    }

    @Override
    public String getMessage() {
        return value.isstring() ? value.tojstring() : "(error object is a " + value.typename() + " value)";
    }

    /** {@code "bank.lua:14"} of the line that raised it, where that is known. */
    public @Nullable String position() {
        return position;
    }

    /** Lua's, from the place of the error; null where it was caught before one was made. */
    public @Nullable String traceback() {
        return traceback;
    }

    boolean wantsPosition() {
        return level > 0;
    }

    void replace(LuaValue replacement) {
        value = replacement;
        level = 0;
    }

    boolean isHandled() {
        return handled;
    }

    void markHandled() {
        handled = true;
    }

    void position(@Nullable String place) {
        position = place;
    }

    void traceback(String text) {
        traceback = text;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}

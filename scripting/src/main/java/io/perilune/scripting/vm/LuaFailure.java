package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaError;
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
    private @Nullable String raiser;

    /** An error with this value as it is. */
    public LuaFailure(LuaValue value) {
        this(value, 0);
    }

    LuaFailure(LuaValue value, int level) {
        super(value);
        this.value = value;
        this.level = level;
    }

    /** An error message before which the interpreter puts the position of the line that called the function. */
    public static LuaFailure at(String message) {
        return new LuaFailure(Strings.utf8(message), 1);
    }

    /** An error message before which {@code place}, where known, has been put: an error of that place. */
    static LuaFailure raised(LuaValue value, @Nullable String place) {
        LuaFailure failure = new LuaFailure(value, 0);
        failure.position = place;
        return failure;
    }

    /** An error message without a position. */
    public static LuaFailure plain(String message) {
        return new LuaFailure(Strings.utf8(message), 0);
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
        return value.isstring() ? Strings.text(value.strvalue()) : "(error object is a " + value.typename() + " value)";
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

    /** Another message in the place of this one, which lacks its position as this one did. */
    void retell(String message) {
        value = Strings.utf8(message);
    }

    /** Puts {@code place: } before a message; other values stay as they are. */
    void prefix(@Nullable String place) {
        level = 0;
        if (place != null && value.isstring()) {
            value = Strings.concat(Strings.utf8(place + ": "), value.strvalue());
        }
    }

    boolean isHandled() {
        return handled;
    }

    void markHandled() {
        handled = true;
    }

    /** It has left a coroutine and is an error of the one that resumed it. */
    void again() {
        handled = false;
        raiser = null;
    }

    /** Name of the library function that raised it, for the traceback. */
    @Nullable
    String raiser() {
        return raiser;
    }

    void raisedBy(String function) {
        if (raiser == null) {
            raiser = function;
        }
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

package io.perilune.scripting;

import org.jspecify.annotations.Nullable;

/** A script that could not be compiled, failed, or was cancelled. Its message is Lua's, position included. */
public final class LuaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** The source is not Lua. */
        SYNTAX,
        /** The script raised an error that nothing in it caught. */
        RUNTIME,
        /** {@link LuaState#cancel()}. */
        CANCELLED,
        /** A file could not be read. */
        FILE
    }

    private final Kind kind;
    private final transient @Nullable LuaRef value;
    private final @Nullable String position;
    private final String traceback;

    LuaException(Kind kind, String message, @Nullable LuaRef value, @Nullable String position, String traceback) {
        super(message);
        this.kind = kind;
        this.value = value;
        this.position = position;
        this.traceback = traceback;
    }

    public Kind kind() {
        return kind;
    }

    /** What {@code error} was called with, or the message; null if it was not Lua that failed. */
    public @Nullable LuaRef value() {
        return value;
    }

    /** {@code "hello.lua:3"}, or null where it is not known. */
    public @Nullable String position() {
        return position;
    }

    /** The part of {@link #position()} before the line; null where it is not known. */
    public @Nullable String chunk() {
        return position == null ? null : position.substring(0, position.lastIndexOf(':'));
    }

    /** The line, or 0 where it is not known. */
    public int line() {
        return position == null ? 0 : Integer.parseInt(position, position.lastIndexOf(':') + 1, position.length(), 10);
    }

    /** Lua's, several lines; empty for a syntax error. */
    public String traceback() {
        return traceback;
    }
}

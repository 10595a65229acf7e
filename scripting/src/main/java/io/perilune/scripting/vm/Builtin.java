package io.perilune.scripting.vm;

import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * A function written in Java. Immutable and shared between interpreters: whatever it needs to know of the running
 * script comes with the call.
 *
 * <p>It must not keep {@code args} after it returns, returns {@link LuaValue#NONE} for no results, and reports errors
 * with {@link ArgumentFailure} (through {@link Args}) and {@link LuaFailure#at}. The interpreter has charged {@link
 * Meter#GAS_PER_CALL} before it is called; work that grows with the arguments it charges itself, and strings and tables
 * before it makes them.
 */
public abstract class Builtin extends LuaFunction {
    private final String name;

    /** @param name qualified, as in {@code "string.find"}: for tracebacks and where a call site has no name */
    protected Builtin(String name) {
        this.name = name;
    }

    public static Builtin of(String name, Body body) {
        return new Builtin(name) {
            @Override
            public Varargs call(Interpreter lua, Varargs args) {
                return body.call(lua, args);
            }
        };
    }

    public abstract Varargs call(Interpreter lua, Varargs args);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String tojstring() {
        return "function: builtin: " + name;
    }

    @Override
    public LuaValue getmetatable() {
        return NIL;
    }

    /** Functions are called through an {@link Interpreter}, which this way of calling has none of. */
    @Override
    public final Varargs invoke(Varargs args) {
        throw new IllegalStateException(name + " called without an interpreter");
    }

    /** What a function does, as a lambda. */
    @FunctionalInterface
    public interface Body {
        Varargs call(Interpreter lua, Varargs args);
    }
}

package io.perilune.scripting.vm;

import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** One running Lua: what a library function may ask of it. */
public final class Interpreter {
    private final Meter meter;

    public Interpreter(Meter meter) {
        this.meter = meter;
    }

    public Meter meter() {
        return meter;
    }

    public Table newTable() {
        return new Table(meter);
    }

    public Table newTable(int arraySize, int hashSize) {
        return new Table(meter, arraySize, hashSize);
    }

    /** A string of these bytes, which it takes over; charged for. */
    public LuaString newString(byte[] content) {
        meter.string(content.length);
        return Strings.owned(content);
    }

    /** Calls any callable value from Java; Lua cannot yield across such a call. */
    public Varargs call(LuaValue function, Varargs args) {
        throw new IllegalStateException(function.tojstring() + args.narg());
    }

    /** What {@code tostring(value)} gives, {@code __tostring} included. */
    public LuaString toText(LuaValue value) {
        throw new IllegalStateException(value.tojstring());
    }

    /** {@code a < b}, metamethods included. */
    public boolean isLess(LuaValue a, LuaValue b) {
        throw new IllegalStateException(a.tojstring() + b.tojstring());
    }

    /** {@code a == b}, metamethods included. */
    public boolean isEqual(LuaValue a, LuaValue b) {
        throw new IllegalStateException(a.tojstring() + b.tojstring());
    }

    /** {@code object[key]}, metamethods included. */
    public LuaValue index(LuaValue object, LuaValue key) {
        throw new IllegalStateException(object.tojstring() + key.tojstring());
    }

    /** {@code #object}, metamethods included. */
    public LuaValue length(LuaValue object) {
        throw new IllegalStateException(object.tojstring());
    }

    /** The metatable of any value, strings included, or null. */
    public @org.jspecify.annotations.Nullable Table metatable(LuaValue value) {
        return value instanceof Table table ? table.metatable() : null;
    }
}

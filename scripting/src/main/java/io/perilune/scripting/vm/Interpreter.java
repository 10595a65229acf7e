package io.perilune.scripting.vm;

import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.varargsOf;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * One running Lua: a set of globals, a meter, the calls in progress. What library functions and those who embed Lua ask
 * of it. Owned by one thread at a time; nothing of it is shared with another interpreter but immutable code.
 */
public final class Interpreter {
    private static final int META_CHAIN_MAX = 100;

    /** Lua calls in a trusted script; Lua's own bound is much the same. */
    static final int TRUSTED_DEPTH = 200_000;

    private final Meter meter;
    private final boolean trusted;
    private final Savepoints savepoints;
    private final Execution execution;
    private final Table globals;
    private @Nullable Table stringMetatable;
    private Object host = this;

    private Interpreter(Meter meter, int depth, boolean trusted, Savepoints savepoints, Table globals) {
        this.meter = meter;
        this.trusted = trusted;
        this.savepoints = savepoints;
        this.globals = globals;
        execution = new Execution(this, meter, depth);
    }

    /** An interpreter for a script that nobody vouches for: every limit ends the call. */
    public static Interpreter sealed(Meter meter, int depth, Savepoints savepoints, Table globals) {
        return new Interpreter(meter, depth, false, savepoints, globals);
    }

    /** An interpreter for the user's own scripts. Too many calls are an ordinary error, as in Lua. */
    public static Interpreter trusted(Meter meter) {
        return new Interpreter(meter, TRUSTED_DEPTH, true, Savepoints.NONE, new Table(meter));
    }

    public Meter meter() {
        return meter;
    }

    public Table globals() {
        return globals;
    }

    public boolean isTrusted() {
        return trusted;
    }

    /** What the host functions of this interpreter work on. */
    public Object host() {
        return host;
    }

    public void host(Object value) {
        host = value;
    }

    /** The metatable that all strings have; null for none. */
    public void stringMetatable(@Nullable Table metatable) {
        stringMetatable = metatable;
    }

    // Making values.

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

    /** A function that runs a chunk; {@code environment} becomes its {@code _ENV}. */
    public LuaFunction closure(Code chunk, LuaValue environment) {
        int n = chunk.prototype.upvalues.length;
        meter.memory(Closure.BYTES + n * 24L);
        UpValue[] upvalues = new UpValue[n];
        for (int i = 0; i < n; i++) {
            upvalues[i] = new UpValue(new LuaValue[] {i == 0 ? environment : NIL}, 0);
        }
        return new Closure(chunk, upvalues);
    }

    // Running.

    /** Calls any callable value from Java; Lua cannot yield across such a call. */
    public Varargs call(LuaValue function, Varargs args) {
        return execution.call(function, args);
    }

    /** From now on told of the lines of watched code; null for nobody. */
    public void watch(@Nullable Watcher watcher) {
        execution.watcher = watcher;
    }

    /** Tells of the line that is calling, watched or not. */
    public void tellPosition(Watcher to) {
        execution.tellPosition(to);
    }

    LuaValue running() {
        return execution.current();
    }

    boolean isMainRunning() {
        return execution.isMain();
    }

    /** {@code "bank.lua:14"} of the Lua function at a level of the stack (1: the one that called); null if not known. */
    public @Nullable String where(int level) {
        return execution.where(level);
    }

    /** Lua's traceback of the calls in progress, from the function at {@code level}. */
    public String traceback(int level) {
        return execution.traceback(level);
    }

    /** The same of a coroutine, whose top is at level 0; null if that is no other than the one that asks. */
    public @Nullable String tracebackOf(LuaValue thread, int level) {
        return thread instanceof Coroutine coroutine && coroutine != execution.current()
                ? Execution.traceback(coroutine, level)
                : null;
    }

    int savepoint() {
        return savepoints.savepoint();
    }

    void rollback(int savepoint) {
        savepoints.rollback(savepoint);
    }

    // Operations of the language, metamethods included.

    /** The metatable of any value, strings included, or null. */
    public @Nullable Table metatable(LuaValue value) {
        if (value instanceof Table table) {
            return table.metatable();
        }
        if (value instanceof LuaString) {
            return stringMetatable;
        }
        return value instanceof UserData object ? object.metatable() : null;
    }

    /** What {@code tostring(value)} gives: whatever {@code __tostring} does, though it be no string. */
    LuaValue toStringValue(LuaValue value) {
        LuaValue handler = value instanceof LuaString ? null : Metamethod.TOSTRING.of(metatable(value));
        return handler == null ? toText(value) : call(handler, value).arg1();
    }

    /** The same for who needs a string. */
    public LuaString toText(LuaValue value) {
        return toText(value, "");
    }

    /** @param purpose ends the message where {@code __tostring} gives no string */
    public LuaString toText(LuaValue value, String purpose) {
        if (value instanceof LuaString text) {
            return text;
        }
        if (value instanceof LuaNumber number) {
            return Numbers.text(number);
        }
        LuaValue handler = Metamethod.TOSTRING.of(metatable(value));
        if (handler != null) {
            LuaValue text = call(handler, value).arg1();
            if (text instanceof LuaNumber number) {
                return Numbers.text(number);
            }
            if (!(text instanceof LuaString)) {
                throw LuaFailure.at("'tostring' must return a string" + purpose);
            }
            return (LuaString) text;
        }
        return LuaString.valueOf(plainText(value));
    }

    private String plainText(LuaValue value) {
        if (value == NIL || value instanceof LuaBoolean) {
            return value.tojstring();
        }
        if (value instanceof Builtin builtin) {
            return "function: builtin: " + builtin.name();
        }
        int identity = value instanceof Table table
                ? table.identity(meter)
                : value instanceof Table.Identified object ? object.identity(meter) : 0;
        String digits = Integer.toHexString(identity);
        return value.typename() + ": 0x" + "0".repeat(Math.max(0, 8 - digits.length())) + digits;
    }

    public boolean isRawEqual(LuaValue a, LuaValue b) {
        return execution.meta.isRawEqual(a, b);
    }

    /** {@code a < b}, metamethods included. */
    public boolean isLess(LuaValue a, LuaValue b) {
        int order = execution.meta.compare(a, b);
        if (order != Metacalls.NOT_COMPARABLE) {
            return order < 0;
        }
        LuaValue handler = Metamethod.LT.of(metatable(a));
        if (handler == null) {
            handler = Metamethod.LT.of(metatable(b));
        }
        if (handler == null) {
            throw Names.compareFailure(a, b);
        }
        return call(handler, varargsOf(a, b)).arg1().toboolean();
    }

    /** {@code object[key]}, metamethods included. */
    public LuaValue index(LuaValue object, LuaValue key) {
        LuaValue from = object;
        for (int i = 0; i < META_CHAIN_MAX; i++) {
            LuaValue value = from instanceof Table table ? table.get(key) : NIL;
            LuaValue handler = value == NIL ? Metamethod.INDEX.of(metatable(from)) : null;
            if (handler == null) {
                if (!(from instanceof Table)) {
                    throw LuaFailure.at("attempt to index a " + from.typename() + " value");
                }
                return value;
            }
            if (handler instanceof LuaFunction) {
                return call(handler, varargsOf(from, key)).arg1();
            }
            from = handler;
        }
        throw LuaFailure.at("loop in gettable");
    }

    /** {@code #object}, metamethods included. */
    public LuaValue length(LuaValue object) {
        if (object instanceof LuaString text) {
            return LuaInteger.valueOf(text.m_length);
        }
        LuaValue handler = Metamethod.LEN.of(metatable(object));
        if (handler != null) {
            return call(handler, object).arg1();
        }
        if (object instanceof Table table) {
            return LuaInteger.valueOf(table.length());
        }
        throw LuaFailure.at("attempt to get length of a " + object.typename() + " value");
    }

    /** What a protected call does to the state that the script writes. */
    public interface Savepoints {
        Savepoints NONE = new Savepoints() {
            @Override
            public int savepoint() {
                return 0;
            }

            @Override
            public void rollback(int savepoint) {}
        };

        int savepoint();

        void rollback(int savepoint);
    }
}

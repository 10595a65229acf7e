package io.perilune.scripting.vm;

import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.varargsOf;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * What instructions do where the operands may have metamethods (Lua 5.2 manual, section 2.4). A method that may call one
 * gives the frame to go on with: the same, once it is done, or the metamethod's. Of one {@link Execution}, and of its
 * thread.
 */
final class Metacalls {
    private static final int META_CHAIN_MAX = 100;
    private static final int LONG_STRING = 64;

    private final Execution execution;
    private final Interpreter lua;
    private final Meter meter;

    Metacalls(Execution execution) {
        this.execution = execution;
        lua = execution.lua;
        meter = execution.meter;
    }

    /** {@code object} is no table, or has nothing there itself. */
    @Nullable
    Frame index(Frame frame, LuaValue object, LuaValue key, int destination) {
        LuaValue value = inherited(frame, object, key);
        if (value == null) {
            return execution.callValue(pendingHandler, varargsOf(pendingObject, key), destination, 1, Frame.RESULTS);
        }
        frame.registers[destination] = value;
        return frame;
    }

    /**
     * {@code object[key]} for an object that is no table, or has nothing there itself; null if a function has to say it:
     * {@link #pendingHandler}, of {@link #pendingObject}.
     */
    @Nullable
    LuaValue inherited(Frame frame, LuaValue object, LuaValue key) {
        LuaValue from = object;
        for (int i = 0; i < META_CHAIN_MAX; i++) {
            LuaValue handler =
                    Metamethod.INDEX.of(from instanceof Table table ? table.metatable() : lua.metatable(from));
            if (handler == null) {
                if (from instanceof Table) {
                    return NIL;
                }
                throw Names.indexFailure(frame, from, i == 0);
            }
            if (handler instanceof LuaFunction) {
                pendingHandler = handler;
                pendingObject = from;
                return null;
            }
            meter.gas(1);
            if (handler instanceof Table table) {
                LuaValue value = table.get(key);
                if (value != NIL) {
                    return value;
                }
            }
            from = handler;
        }
        throw LuaFailure.at("loop in gettable");
    }

    @Nullable
    Frame setIndex(Frame frame, LuaValue object, LuaValue key, LuaValue value) {
        return assigned(frame, object, key, value)
                ? frame
                : execution.callValue(pendingHandler, varargsOf(pendingObject, key, value), 0, 0, Frame.RESULTS);
    }

    /** {@code object[key] = value}; false if a function has to do it: {@link #pendingHandler}, to {@link #pendingObject}. */
    boolean assigned(Frame frame, LuaValue object, LuaValue key, LuaValue value) {
        LuaValue into = object;
        for (int i = 0; i < META_CHAIN_MAX; i++) {
            LuaValue handler;
            if (into instanceof Table table) {
                handler = Metamethod.NEWINDEX.of(table.metatable());
                if (handler == null || table.get(key) != NIL) {
                    table.set(key, value);
                    return true;
                }
            } else {
                handler = Metamethod.NEWINDEX.of(lua.metatable(into));
                if (handler == null) {
                    throw Names.indexFailure(frame, into, i == 0);
                }
            }
            if (handler instanceof LuaFunction) {
                pendingHandler = handler;
                pendingObject = into;
                return false;
            }
            meter.gas(1);
            into = handler;
        }
        throw LuaFailure.at("loop in settable");
    }

    /** See {@link #inherited} and {@link #assigned}. */
    LuaValue pendingHandler = NIL;
    /** See {@link #inherited} and {@link #assigned}. */
    LuaValue pendingObject = NIL;

    @Nullable
    Frame arithmetic(Frame frame, Metamethod operation, LuaValue a, LuaValue b, int destination) {
        LuaNumber x = Numbers.coerce(meter, a);
        LuaNumber y = x == null ? null : Numbers.coerce(meter, b);
        if (x != null && y != null) {
            LuaValue value = Arithmetic.apply(operation, x, y);
            frame.registers[destination] = value == null ? NIL : value;
            return frame;
        }
        LuaValue handler = binaryHandler(operation, a, b);
        if (handler == null) {
            throw Names.arithmeticFailure(frame, a, b);
        }
        return execution.callValue(handler, varargsOf(a, b), destination, 1, Frame.RESULTS);
    }

    private @Nullable LuaValue binaryHandler(Metamethod event, LuaValue a, LuaValue b) {
        LuaValue handler = event.of(lua.metatable(a));
        return handler == null ? event.of(lua.metatable(b)) : handler;
    }

    @Nullable
    Frame length(Frame frame, LuaValue object, int destination) {
        LuaValue handler = Metamethod.LEN.of(lua.metatable(object));
        if (handler != null && !(object instanceof LuaString)) {
            return execution.callValue(handler, varargsOf(object, object), destination, 1, Frame.RESULTS);
        }
        if (object instanceof LuaString string) {
            frame.registers[destination] = LuaInteger.valueOf(string.m_length);
        } else if (object instanceof Table table) {
            frame.registers[destination] = LuaInteger.valueOf(table.length());
        } else {
            throw Names.operandFailure(frame, "get length of", object, Execution.code(frame)[frame.pc - 1] >>> 23);
        }
        return frame;
    }

    @Nullable
    Frame concat(Frame frame, int destination, int first, int last) {
        LuaValue[] registers = frame.registers;
        int right = last;
        while (right > first) {
            LuaValue a = registers[right - 1];
            LuaValue b = registers[right];
            if (isText(a) && isText(b)) {
                int left = right - 1;
                while (left > first && isText(registers[left - 1])) {
                    left--;
                }
                registers[left] = join(registers, left, right);
                right = left;
                continue;
            }
            LuaValue handler = binaryHandler(Metamethod.CONCAT, a, b);
            if (handler == null) {
                throw Names.concatFailure(frame, a, b, right - 1);
            }
            return execution.callValue(handler, varargsOf(a, b), right - 1, 1, Frame.CONCAT);
        }
        registers[destination] = registers[first];
        return frame;
    }

    static boolean isText(LuaValue value) {
        return value instanceof LuaString || value instanceof LuaNumber;
    }

    LuaString join(LuaValue[] values, int from, int to) {
        long length = 0;
        for (int i = from; i <= to; i++) {
            if (values[i] instanceof LuaNumber number) {
                values[i] = Numbers.text(number);
            }
            length += ((LuaString) values[i]).m_length;
        }
        meter.string(length);
        byte[] joined = new byte[(int) length];
        int at = 0;
        for (int i = from; i <= to; i++) {
            LuaString part = (LuaString) values[i];
            System.arraycopy(part.m_bytes, part.m_offset, joined, at, part.m_length);
            at += part.m_length;
        }
        return Strings.owned(joined);
    }

    boolean isRawEqual(LuaValue a, LuaValue b) {
        if (a == b) {
            return !(a instanceof LuaNumber number) || !Double.isNaN(number.todouble());
        }
        if (a instanceof LuaNumber x) {
            return b instanceof LuaNumber y && x.todouble() == y.todouble();
        }
        if (a instanceof LuaString x && b instanceof LuaString y) {
            if (x.m_length != y.m_length || x.hashCode() != y.hashCode()) {
                return false;
            }
            if (x.m_length > LONG_STRING) {
                meter.work(x.m_length);
            }
            return Strings.compare(x, y) == 0;
        }
        return false;
    }

    /** The function to ask whether two tables are equal; null where identity says it. */
    @Nullable
    LuaValue equalHandler(LuaValue a, LuaValue b) {
        if (a == b || !sameKindWithMetatable(a, b)) {
            return null;
        }
        LuaValue handler = Metamethod.EQ.of(lua.metatable(a));
        LuaValue other = handler == null ? null : Metamethod.EQ.of(lua.metatable(b));
        return handler != null && other != null && isRawEqual(handler, other) ? handler : null;
    }

    private static boolean sameKindWithMetatable(LuaValue a, LuaValue b) {
        return a instanceof Table && b instanceof Table || a.isuserdata() && b.isuserdata();
    }

    @Nullable
    Frame equal(Frame frame, LuaValue a, LuaValue b, int wanted) {
        LuaValue handler = equalHandler(a, b);
        if (handler != null) {
            return execution.callValue(handler, varargsOf(a, b), 0, wanted, Frame.TEST);
        }
        Execution.skipUnless(frame, isRawEqual(a, b) == (wanted != 0));
        return frame;
    }

    /** Less than zero, zero, more than zero, for numbers and strings; {@link #NO_ORDER} for NaN, {@link #NOT_COMPARABLE} else. */
    int compare(LuaValue a, LuaValue b) {
        if (a instanceof LuaNumber x && b instanceof LuaNumber y) {
            double p = x.todouble();
            double q = y.todouble();
            return p < q ? -1 : p > q ? 1 : p == q ? 0 : NO_ORDER;
        }
        if (a instanceof LuaString x && b instanceof LuaString y) {
            int shorter = Math.min(x.m_length, y.m_length);
            if (shorter > LONG_STRING) {
                meter.work(shorter);
            }
            return Integer.signum(Strings.compare(x, y));
        }
        return NOT_COMPARABLE;
    }

    static final int NO_ORDER = 2;
    static final int NOT_COMPARABLE = 3;

    @Nullable
    Frame less(Frame frame, LuaValue a, LuaValue b, int wanted) {
        int order = compare(a, b);
        if (order != NOT_COMPARABLE) {
            Execution.skipUnless(frame, order < 0 == (wanted != 0));
            return frame;
        }
        LuaValue handler = binaryHandler(Metamethod.LT, a, b);
        if (handler == null) {
            throw Names.compareFailure(a, b);
        }
        return execution.callValue(handler, varargsOf(a, b), 0, wanted, Frame.TEST);
    }

    @Nullable
    Frame lessOrEqual(Frame frame, LuaValue a, LuaValue b, int wanted) {
        int order = compare(a, b);
        if (order != NOT_COMPARABLE) {
            Execution.skipUnless(frame, order <= 0 == (wanted != 0));
            return frame;
        }
        LuaValue handler = binaryHandler(Metamethod.LE, a, b);
        if (handler != null) {
            return execution.callValue(handler, varargsOf(a, b), 0, wanted, Frame.TEST);
        }
        LuaValue inverse = binaryHandler(Metamethod.LT, b, a);
        if (inverse == null) {
            throw Names.compareFailure(a, b);
        }
        return execution.callValue(inverse, varargsOf(b, a), 0, wanted, Frame.TEST_NOT);
    }
}

package io.perilune.scripting.vm;

import static org.luaj.vm2.LuaValue.FALSE;
import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.NONE;
import static org.luaj.vm2.LuaValue.varargsOf;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaDouble;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Varargs;

/**
 * What {@link CompiledCode} calls: the short ways of instructions, each of which does what {@link Execution}'s loop does
 * in the same case, charges included. A method that finds no short way says so (null, -1 or false) before it has charged
 * anything that the general way would charge again.
 */
final class Operations {
    /** Compiled calls nested on Java's stack, all interpreters' calls from Java counted in; deeper ones unwind it. */
    private static final int NESTING_MAX = 120;

    private Operations() {}

    // Frames.

    static UpValue[] upvalues(Frame frame) {
        return closure(frame).upvalues;
    }

    private static Closure closure(Frame frame) {
        Closure closure = frame.closure;
        if (closure == null) {
            throw new IllegalStateException("a frame without code");
        }
        return closure;
    }

    static CompiledCode compiled(Frame frame) {
        CompiledCode compiled = closure(frame).code.compiled();
        if (compiled == null) {
            throw new IllegalStateException("a call of code that is not compiled");
        }
        return compiled;
    }

    static int ticks(Execution x) {
        int ticks = x.ticks;
        x.ticks = 0;
        return ticks;
    }

    /** Where an exception leaves compiled code. */
    static Throwable leave(Throwable thrown, Execution x, Frame frame, int pc, int ticks) {
        x.ticks += ticks;
        if (frame == x.current.top && pc >= 0) {
            frame.pc = pc;
        }
        return thrown;
    }

    static void gas(Execution x, int ticks) {
        x.meter.gas(ticks);
    }

    /** Compiled code cannot go on from here: the interpreter does. */
    static @Nullable LuaValue refuse(Execution x, Frame frame) {
        Code code = closure(frame).code;
        frame.refused = code.compiled();
        Tiers.disprove(code);
        x.next = frame;
        return null;
    }

    // Calls.

    static @Nullable Frame enter(Execution x, LuaValue callee, int a, int wanted, int ticks) {
        Closure function = (Closure) callee;
        Frame frame = push(x, function, a, wanted, ticks);
        Prototype code = function.prototype;
        if (code.is_vararg != 0) {
            x.pass(frame, code, NO_VALUES, 0, 0);
        } else {
            clear(frame.registers, 0, code.numparams);
        }
        return begin(x, frame, function);
    }

    static @Nullable Frame enter(Execution x, LuaValue callee, LuaValue a1, int a, int wanted, int ticks) {
        Closure function = (Closure) callee;
        Frame frame = push(x, function, a, wanted, ticks);
        Prototype code = function.prototype;
        LuaValue[] registers = frame.registers;
        if (code.is_vararg != 0) {
            x.pass(frame, code, new LuaValue[] {a1}, 0, 1);
        } else if (code.numparams > 0) {
            registers[0] = a1;
            clear(registers, 1, code.numparams);
        }
        return begin(x, frame, function);
    }

    static @Nullable Frame enter(Execution x, LuaValue callee, LuaValue a1, LuaValue a2, int a, int wanted, int ticks) {
        Closure function = (Closure) callee;
        Frame frame = push(x, function, a, wanted, ticks);
        Prototype code = function.prototype;
        LuaValue[] registers = frame.registers;
        if (code.is_vararg != 0) {
            x.pass(frame, code, new LuaValue[] {a1, a2}, 0, 2);
        } else if (code.numparams == 1) {
            registers[0] = a1;
        } else if (code.numparams > 1) {
            registers[0] = a1;
            registers[1] = a2;
            clear(registers, 2, code.numparams);
        }
        return begin(x, frame, function);
    }

    static @Nullable Frame enter(
            Execution x, LuaValue callee, LuaValue a1, LuaValue a2, LuaValue a3, int a, int wanted, int ticks) {
        Closure function = (Closure) callee;
        Frame frame = push(x, function, a, wanted, ticks);
        Prototype code = function.prototype;
        if (code.is_vararg != 0 || code.numparams < 3) {
            x.pass(frame, code, new LuaValue[] {a1, a2, a3}, 0, 3);
        } else {
            LuaValue[] registers = frame.registers;
            registers[0] = a1;
            registers[1] = a2;
            registers[2] = a3;
            clear(registers, 3, code.numparams);
        }
        return begin(x, frame, function);
    }

    /** @param n number of arguments in the registers after {@code a}; -1 for all up to the top */
    static @Nullable Frame enterFrom(Execution x, Frame caller, int a, int n, int wanted, int ticks) {
        LuaValue[] source = caller.registers;
        Closure function = (Closure) source[a];
        Frame frame = push(x, function, a, wanted, ticks);
        x.pass(frame, function.prototype, source, a + 1, n < 0 ? caller.top - a - 1 : n);
        return begin(x, frame, function);
    }

    private static final LuaValue[] NO_VALUES = {};

    private static void clear(LuaValue[] registers, int from, int to) {
        for (int i = from; i < to; i++) {
            registers[i] = NIL;
        }
    }

    private static Frame push(Execution x, Closure function, int a, int wanted, int ticks) {
        if (ticks > Execution.TICKS_MAX) {
            x.meter.gas(ticks);
        } else {
            x.ticks = ticks;
        }
        return x.pushLua(function, a, wanted, Frame.RESULTS);
    }

    private static @Nullable Frame begin(Execution x, Frame frame, Closure function) {
        if (function.code.compiled() == null || x.nesting >= NESTING_MAX) {
            x.next = frame;
            return null;
        }
        x.nesting++;
        return frame;
    }

    /** What a call has come to, tail calls and all. */
    static @Nullable LuaValue end(Execution x, @Nullable LuaValue value, Frame frame) {
        LuaValue result = value;
        while (result == CompiledCode.TAIL) {
            CompiledCode compiled = closure(frame).code.compiled();
            if (compiled == null) {
                x.next = frame;
                result = null;
            } else {
                result = compiled.run(x, frame);
            }
        }
        x.nesting--;
        return result;
    }

    /** Calls a function of the library; null if this is none. */
    static @Nullable Varargs other(Execution x, LuaValue callee, Varargs args, int ticks) {
        if (callee instanceof Builtin builtin && !(callee instanceof Control)) {
            x.meter.gas(ticks + Meter.GAS_PER_CALL);
            return x.invoke(builtin, args);
        }
        x.ticks = ticks;
        return null;
    }

    static @Nullable Varargs otherFrom(Execution x, Frame frame, int a, int n, int ticks) {
        LuaValue[] registers = frame.registers;
        int count = n < 0 ? frame.top - a - 1 : n;
        return other(x, registers[a], Execution.list(registers, a + 1, count), ticks);
    }

    static Varargs pair(LuaValue a, LuaValue b) {
        return varargsOf(a, b);
    }

    static Varargs triple(LuaValue a, LuaValue b, LuaValue c) {
        return varargsOf(a, b, c);
    }

    /**
     * {@link CompiledCode#TAIL} if the frame has become another function's; nil if results are in the registers; null if
     * {@link Execution#next} goes on.
     */
    static @Nullable LuaValue tail(Execution x, Frame frame, int a, int n, int ticks) {
        x.meter.gas(ticks);
        int count = n < 0 ? frame.top - a - 1 : n;
        if (frame.registers[a] instanceof Closure function) {
            x.tailCall(frame, function, a, count);
            return CompiledCode.TAIL;
        }
        Frame then = x.callFrom(frame, a, count, -1);
        if (then == frame) {
            return NIL;
        }
        x.next = then;
        return null;
    }

    /** Whether a tail call can be made at once: Java's stack grows by it, which is undone where it is no longer small. */
    static boolean goesOn(@Nullable LuaValue tail, Execution x) {
        if (tail != CompiledCode.TAIL || x.nesting >= NESTING_MAX) {
            return false;
        }
        Closure function = x.current.top.closure;
        if (function == null || function.code.compiled() == null) {
            return false;
        }
        x.nesting++;
        return true;
    }

    static @Nullable LuaValue ended(@Nullable LuaValue value, Execution x) {
        x.nesting--;
        return value;
    }

    static @Nullable LuaValue returned(Execution x, Frame frame, LuaValue value, int ticks) {
        x.ticks = ticks;
        return x.returned(frame, value);
    }

    /** @param n number of results in the registers from {@code a}; -1 for all up to the top */
    static @Nullable LuaValue returned(Execution x, Frame frame, int a, int n, int ticks) {
        x.ticks = ticks;
        return n == 0 ? x.returned(frame, null) : x.returned(frame, a, n < 0 ? frame.top - a : n);
    }

    /** A step of a generic {@code for} over what the library iterates; null if something else does. */
    static @Nullable Varargs iterate(Execution x, LuaValue function, LuaValue state, LuaValue control, int ticks) {
        if (function == BaseLibrary.NEXT && state instanceof Table table) {
            x.meter.gas(ticks);
            return table.next(control);
        }
        if (function instanceof Builtin builtin && !(function instanceof Control)) {
            x.meter.gas(ticks);
            x.meter.gas(Meter.GAS_PER_CALL);
            return x.invoke(builtin, varargsOf(state, control));
        }
        x.ticks = ticks;
        return null;
    }

    // Values.

    static boolean truth(LuaValue value) {
        return value != FALSE && value != NIL && value != NONE;
    }

    static LuaValue not(LuaValue value) {
        return truth(value) ? FALSE : LuaValue.TRUE;
    }

    /** Of a value that is a number. */
    static double number(LuaValue value) {
        return value instanceof LuaInteger whole ? whole.v : ((LuaDouble) value).todouble();
    }

    static LuaValue box(double value) {
        return Numbers.of(value);
    }

    // Tables.

    static @Nullable LuaValue index(Execution x, Frame frame, LuaValue object, LuaString key, int pc) {
        if (object instanceof Table table) {
            LuaValue value = table.get(key);
            if (value != NIL || table.metatable() == null) {
                return value;
            }
        }
        frame.pc = pc;
        return x.meta.inherited(frame, object, key);
    }

    static @Nullable LuaValue index(Execution x, Frame frame, LuaValue object, LuaValue key, int pc) {
        if (object instanceof Table table) {
            LuaValue value = table.get(key);
            if (value != NIL || table.metatable() == null) {
                return value;
            }
        }
        frame.pc = pc;
        return x.meta.inherited(frame, object, key);
    }

    static @Nullable LuaValue index(Execution x, Frame frame, LuaValue object, double key, int pc) {
        int whole = (int) key;
        if (whole == key && object instanceof Table table) {
            LuaValue value = table.get(whole);
            if (value != NIL || table.metatable() == null) {
                return value;
            }
            frame.pc = pc;
            return x.meta.inherited(frame, object, LuaInteger.valueOf(whole));
        }
        return index(x, frame, object, box(key), pc);
    }

    static boolean assign(Execution x, Frame frame, LuaValue object, LuaValue key, LuaValue value, int pc) {
        if (object instanceof Table table && table.metatable() == null) {
            table.set(key, value);
            return true;
        }
        frame.pc = pc;
        return x.meta.assigned(frame, object, key, value);
    }

    static boolean assign(Execution x, Frame frame, LuaValue object, LuaString key, LuaValue value, int pc) {
        if (object instanceof Table table && table.metatable() == null) {
            table.set(key, value);
            return true;
        }
        frame.pc = pc;
        return x.meta.assigned(frame, object, key, value);
    }

    static boolean assign(Execution x, Frame frame, LuaValue object, double key, LuaValue value, int pc) {
        int whole = (int) key;
        if (whole == key && object instanceof Table table && table.metatable() == null) {
            table.set(whole, value);
            return true;
        }
        return assign(x, frame, object, box(key), value, pc);
    }

    static LuaValue table(Execution x, int arraySize, int hashSize) {
        return new Table(x.meter, arraySize, hashSize);
    }

    static void setList(Execution x, Frame frame, int a, int n, int block) {
        x.setList(frame, frame.registers, a, n < 0 ? frame.top - a - 1 : n, block);
    }

    static LuaValue close(Execution x, Frame frame, int function) {
        return x.close(frame, closure(frame), function);
    }

    static void varargs(Execution x, Frame frame, int a, int wanted) {
        x.store(frame, a, wanted, frame.varargs);
    }

    /** -1 where a metamethod may say it, or nothing can. */
    static int length(LuaValue object) {
        if (object instanceof Table table && table.metatable() == null) {
            return table.length();
        }
        return object instanceof LuaString text ? text.m_length : -1;
    }

    // Comparisons: 1, 0, or -1 where there is no short way.

    static int equal(Execution x, LuaValue a, LuaValue b) {
        if (a != b && (a instanceof Table && b instanceof Table || a.isuserdata() && b.isuserdata())) {
            return x.lua.metatable(a) == null ? 0 : -1;
        }
        return x.meta.isRawEqual(a, b) ? 1 : 0;
    }

    static int less(Execution x, LuaValue a, LuaValue b) {
        if (a instanceof LuaNumber && b instanceof LuaNumber) {
            return number(a) < number(b) ? 1 : 0;
        }
        return a instanceof LuaString && b instanceof LuaString ? (x.meta.compare(a, b) < 0 ? 1 : 0) : -1;
    }

    static int lessOrEqual(Execution x, LuaValue a, LuaValue b) {
        if (a instanceof LuaNumber && b instanceof LuaNumber) {
            return number(a) <= number(b) ? 1 : 0;
        }
        return a instanceof LuaString && b instanceof LuaString ? (x.meta.compare(a, b) <= 0 ? 1 : 0) : -1;
    }

    // The rest.

    static @Nullable LuaValue concat(Execution x, Frame frame, int first, int last) {
        LuaValue[] registers = frame.registers;
        for (int i = first; i <= last; i++) {
            if (!Metacalls.isText(registers[i])) {
                return null;
            }
        }
        return x.meta.join(registers, first, last);
    }

    static void prepareFor(Execution x, Frame frame, int a) {
        x.prepareFor(frame.registers, a);
    }

    static boolean stepFor(Frame frame, int a) {
        return Execution.stepFor(frame.registers, a);
    }
}

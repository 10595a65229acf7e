package io.perilune.scripting.vm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;

/**
 * One call in progress: of a Lua function, or of one of the functions that call others on behalf of Lua ({@link
 * Control}), which then has no closure. Frames of a coroutine are a doubly linked list and are used again.
 */
final class Frame {
    /** How the results of a call are used by the frame that made it. */
    static final int RESULTS = 0;

    static final int TEST = 1;
    static final int TEST_NOT = 2;
    static final int CONCAT = 3;

    private static final LuaValue[] NO_REGISTERS = {};
    private static final int REGISTER_BYTES = 8;
    private static final int FRAME_BYTES = 96;

    final @Nullable Frame previous;

    @Nullable
    Frame next;

    @Nullable
    Closure closure;

    LuaValue[] registers = NO_REGISTERS;
    int pc;
    /** One past the last of an open list of values. */
    int top;

    LuaValue[] varargs = NO_REGISTERS;
    UpValue @Nullable [] open;
    boolean tailCalled;
    /** Compiled code that cannot go on with this call, which stays in the interpreter. */
    @Nullable
    CompiledCode refused;

    /** For a frame without a closure: what it is, and what it needs to remember. */
    @Nullable
    Control control;

    @Nullable
    LuaValue handler;

    int savepoint;

    // Where this frame's results go in the previous one.
    int use;
    int destination;
    /** Number of results; -1 for all. For a test, the truth that is hoped for. */
    int wanted;

    Frame(@Nullable Frame previous, Meter meter) {
        meter.memory(FRAME_BYTES);
        this.previous = previous;
    }

    void prepare(Closure function, Meter meter) {
        closure = function;
        control = null;
        pc = 0;
        tailCalled = false;
        refused = null;
        int size = function.prototype.maxstacksize + 1;
        if (registers.length < size) {
            meter.memory((long) size * REGISTER_BYTES);
            registers = new LuaValue[size];
            Arrays.fill(registers, LuaValue.NIL);
        }
    }

    void require(int size, Meter meter) {
        if (registers.length < size) {
            int grown = size + size / 2;
            meter.memory((long) grown * REGISTER_BYTES);
            meter.gas(size / 8);
            LuaValue[] wider = Arrays.copyOf(registers, grown);
            Arrays.fill(wider, registers.length, grown, LuaValue.NIL);
            if (open != null) {
                for (UpValue variable : open) {
                    if (variable != null) {
                        variable.cells = wider;
                    }
                }
            }
            registers = wider;
        }
    }

    UpValue capture(int register) {
        if (open == null || open.length <= register) {
            open = open == null ? new UpValue[registers.length] : Arrays.copyOf(open, registers.length);
        }
        UpValue variable = open[register];
        if (variable == null) {
            variable = new UpValue(registers, register);
            open[register] = variable;
        }
        return variable;
    }

    void close(int from) {
        UpValue[] variables = open;
        if (variables == null) {
            return;
        }
        for (int i = from; i < variables.length; i++) {
            if (variables[i] != null) {
                variables[i].close();
                variables[i] = null;
            }
        }
        if (from == 0) {
            open = null;
        }
    }

    int currentLine() {
        Prototype code = closure == null ? null : closure.prototype;
        int at = Math.max(0, pc - 1);
        return code == null || code.lineinfo == null || at >= code.lineinfo.length ? -1 : code.lineinfo[at];
    }
}

package io.perilune.scripting.vm;

import static org.luaj.vm2.LuaValue.FALSE;
import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.TRUE;
import static org.luaj.vm2.LuaValue.varargsOf;

import io.perilune.scripting.Limits;
import io.perilune.scripting.Outcome.Budget;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LocVars;
import org.luaj.vm2.Lua;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Upvaldesc;
import org.luaj.vm2.Varargs;

/**
 * Runs prototypes. Calls from Lua to Lua, protected calls, metamethods and coroutines are frames in a list, so one
 * {@link #loop} carries them all and Java's stack grows only where Java calls Lua. Slow paths return the frame to go on
 * with; null says that the call that Java made is done, with its results in {@link #results}.
 */
final class Execution {
    /** Instructions between two looks at the gas meter: short enough to stop at once, long enough to cost nothing. */
    static final int TICKS_MAX = 500;

    /** An error costs more than an instruction, and so that a script cannot waste much by it. */
    private static final int GAS_PER_FAILURE = 50;

    private static final int FIELDS_PER_FLUSH = 50;
    private static final LuaValue[] NO_VALUES = {};
    private static final int SBX_OFFSET = 131071;
    /** Names of variables that the compiler made begin so, as {@code (for index)}. */
    private static final String HIDDEN = "(";

    final Interpreter lua;
    final Meter meter;
    final Metacalls meta;
    private final int depthLimit;
    private final Coroutine main;
    Coroutine current;
    private int depth;
    /** Calls from compiled code to compiled code that are on Java's stack. */
    int nesting;
    /** Instructions that are not yet gas, while neither tier holds them in a variable of its own. */
    int ticks;
    /** The frame to go on with after compiled code has come to where it cannot; null at the end of the call. */
    @Nullable
    Frame next;

    @Nullable
    Watcher watcher;

    private int javaDepth;
    private boolean handling;
    /** For the call of a message handler that is about to be made: the library function that failed, or nil. */
    private @Nullable LuaValue handledRaiser;

    private Varargs results = LuaValue.NONE;

    Execution(Interpreter lua, Meter meter, int depthLimit) {
        this.lua = lua;
        this.meter = meter;
        meta = new Metacalls(this);
        this.depthLimit = depthLimit;
        main = new Coroutine(meter, null);
        main.status = Coroutine.Status.RUNNING;
        main.top.control = Control.MAIN_MARK;
        current = main;
    }

    Coroutine current() {
        return current;
    }

    boolean isMain() {
        return current == main;
    }

    // Calls from Java.

    Varargs call(LuaValue function, Varargs args) {
        if (javaDepth >= Limits.JAVA_DEPTH) {
            throw overflow("C stack overflow", Limits.JAVA_DEPTH, javaDepth + 1);
        }
        Coroutine coroutine = current;
        Frame below = coroutine.top;
        int depthBelow = depth;
        int nestingBelow = nesting;
        javaDepth++;
        coroutine.javaCalls++;
        try {
            pushControl(Control.ENTRY_MARK, 0, -1, Frame.RESULTS).handler = handledRaiser;
            handledRaiser = null;
            return run(function, args);
        } catch (Error fatal) {
            abandon(coroutine, below, fatal);
            throw fatal;
        } finally {
            javaDepth--;
            coroutine.javaCalls--;
            current = coroutine;
            current.status = Coroutine.Status.RUNNING;
            coroutine.top = below;
            depth = depthBelow;
            nesting = nestingBelow;
        }
    }

    /** Variables of frames that will never return must not stay in registers that will be used again. */
    private void abandon(Coroutine coroutine, Frame below, Error fatal) {
        if (fatal instanceof BudgetExceeded exceeded) {
            exceeded.position(where(1));
        }
        for (Coroutine c = current; c != null && c != coroutine; c = c.resumer) {
            c.status = Coroutine.Status.DEAD;
        }
        for (Frame frame = coroutine.top; frame != null && frame != below; frame = frame.previous) {
            frame.close(0);
        }
    }

    private Varargs run(LuaValue function, Varargs args) {
        LuaFailure failure = null;
        boolean started = false;
        int nestingBelow = nesting;
        for (; ; ) {
            try {
                nesting = nestingBelow;
                Frame frame;
                if (failure != null) {
                    LuaFailure raised = failure;
                    failure = null;
                    if (unwindToProtection(raised)) {
                        frame = deliverFailure(raised);
                    } else {
                        throw new Uncaught(raised);
                    }
                } else {
                    assert !started;
                    started = true;
                    frame = callValue(function, args, 0, -1, Frame.RESULTS);
                }
                if (frame != null) {
                    loop(frame);
                }
                return results;
            } catch (LuaFailure raised) {
                failure = raised;
            } catch (LuaError foreign) {
                failure = LuaFailure.at(String.valueOf(foreign.getMessage()));
            } catch (Uncaught uncaught) {
                throw uncaught.failure;
            }
        }
    }

    /** Carries a failure past the handler in {@link #run} that would take it for a new one. */
    private static final class Uncaught extends RuntimeException {
        private static final long serialVersionUID = 1;
        final transient LuaFailure failure;

        Uncaught(LuaFailure failure) {
            super(null, null, false, false);
            this.failure = failure;
        }
    }

    // Frames.

    private Frame push() {
        if (++depth > depthLimit) {
            depth--;
            throw overflow("stack overflow", depthLimit, depthLimit + 1L);
        }
        Frame below = current.top;
        Frame frame = below.next;
        if (frame == null) {
            frame = new Frame(below, meter);
            below.next = frame;
        }
        current.top = frame;
        return frame;
    }

    private Frame pushControl(Control control, int destination, int wanted, int use) {
        Frame frame = push();
        frame.closure = null;
        frame.control = control;
        frame.handler = null;
        frame.open = null;
        frame.destination = destination;
        frame.wanted = wanted;
        frame.use = use;
        return frame;
    }

    private void pop(Frame frame) {
        Frame below = frame.previous;
        if (below == null) {
            throw new IllegalStateException("the bottom frame was popped");
        }
        current.top = below;
        depth--;
    }

    private RuntimeException overflow(String message, long limit, long used) {
        if (lua.isTrusted()) {
            return LuaFailure.at(message);
        }
        meter.end(Budget.DEPTH, limit, used);
        return new IllegalStateException("a crossed limit did not end the call");
    }

    Frame pushLua(Closure function, int destination, int wanted, int use) {
        Frame frame = push();
        frame.prepare(function, meter);
        frame.destination = destination;
        frame.wanted = wanted;
        frame.use = use;
        return frame;
    }

    /** Puts {@code n} arguments from {@code from} of {@code source}, which may be the frame's own registers. */
    void pass(Frame frame, Prototype code, LuaValue[] source, int from, int n) {
        int parameters = code.numparams;
        LuaValue[] registers = frame.registers;
        if (code.is_vararg != 0) {
            int extra = n - parameters;
            if (extra > 0) {
                meter.memory(extra * 8L + 16);
                frame.varargs = Arrays.copyOfRange(source, from + parameters, from + n);
            } else {
                frame.varargs = NO_VALUES;
            }
        }
        int given = Math.min(n, parameters);
        for (int i = 0; i < given; i++) {
            registers[i] = source[from + i];
        }
        for (int i = given; i < parameters; i++) {
            registers[i] = NIL;
        }
    }

    private void pass(Frame frame, Prototype code, Varargs args) {
        int n = args.narg();
        LuaValue[] values = new LuaValue[n];
        for (int i = 0; i < n; i++) {
            values[i] = args.arg(i + 1);
        }
        pass(frame, code, values, 0, n);
    }

    static Varargs list(LuaValue[] values, int from, int n) {
        return switch (n) {
            case 0 -> LuaValue.NONE;
            case 1 -> values[from];
            case 2 -> varargsOf(values[from], values[from + 1]);
            case 3 -> varargsOf(values[from], values[from + 1], values[from + 2]);
            default -> varargsOf(Arrays.copyOfRange(values, from, from + n));
        };
    }

    // Calling anything.

    /**
     * A call made by the top frame. A failure that a protected call begun here catches is delivered here: frames of
     * compiled code below it may still have their registers on Java's stack, which an exception would sweep away.
     */
    @Nullable
    Frame callValue(LuaValue function, Varargs args, int destination, int wanted, int use) {
        Coroutine caller = current;
        Frame bottom = caller.top;
        try {
            return begin(function, args, destination, wanted, use);
        } catch (LuaFailure raised) {
            return deliverFailureAbove(caller, bottom, raised);
        } catch (LuaError foreign) {
            return deliverFailureAbove(caller, bottom, LuaFailure.at(String.valueOf(foreign.getMessage())));
        }
    }

    private @Nullable Frame deliverFailureAbove(Coroutine caller, Frame bottom, LuaFailure raised) {
        if (!isProtectedAbove(caller, bottom) || !unwindToProtection(raised)) {
            throw raised;
        }
        return deliverFailure(raised);
    }

    private boolean isProtectedAbove(Coroutine caller, Frame bottom) {
        Coroutine coroutine = current;
        Frame frame = coroutine.top;
        while (frame != null && (frame != bottom || coroutine != caller)) {
            Control control = frame.control;
            if (control != null && (control.kind == Control.Kind.PCALL || control.kind == Control.Kind.XPCALL)) {
                return true;
            }
            if (control != null && control.kind == Control.Kind.BODY && coroutine.resumer != null) {
                coroutine = coroutine.resumer;
                frame = coroutine.top;
                if (!isWrapped(frame)) {
                    return true;
                }
            }
            frame = frame.previous;
        }
        return false;
    }

    private @Nullable Frame begin(LuaValue function, Varargs args, int destination, int wanted, int use) {
        LuaValue callee = function;
        for (; ; ) {
            if (callee instanceof Closure closure) {
                Frame frame = pushLua(closure, destination, wanted, use);
                pass(frame, closure.prototype, args);
                return frame;
            }
            if (callee instanceof Control control) {
                meter.gas(Meter.GAS_PER_CALL);
                Varargs done = begin(control, args, destination, wanted, use);
                if (done == null) {
                    callee = nextCallee;
                    args = nextArgs;
                    destination = 0;
                    wanted = -1;
                    use = Frame.RESULTS;
                    continue;
                }
                return switched ? deliverSwitched(done) : deliver(use, destination, wanted, done);
            }
            if (callee instanceof Builtin builtin) {
                meter.gas(Meter.GAS_PER_CALL);
                return deliver(use, destination, wanted, invoke(builtin, args));
            }
            LuaValue handler = Metamethod.CALL.of(lua.metatable(callee));
            if (!(handler instanceof LuaFunction)) {
                throw Names.callFailure(current.top, callee, use);
            }
            args = varargsOf(callee, args);
            callee = handler;
        }
    }

    /** Calls a function of the library, and gives its errors the name and the place that they lack. */
    Varargs invoke(Builtin builtin, Varargs args) {
        try {
            return builtin.call(lua, args);
        } catch (ArgumentFailure bad) {
            Names.nameArgument(bad, builtin, current.top);
            throw raisedBy(bad, builtin);
        } catch (LuaFailure failure) {
            throw raisedBy(failure, builtin);
        }
    }

    private LuaFailure raisedBy(LuaFailure failure, Builtin builtin) {
        if (!failure.isHandled()) {
            settle(failure);
            failure.raisedBy(Names.ofCallee(current.top, builtin));
        }
        return failure;
    }

    /** Puts the position before the message, once. */
    private void settle(LuaFailure failure) {
        if (failure.position() == null) {
            failure.position(where(1));
        }
        if (failure.wantsPosition()) {
            failure.prefix(where(1));
        }
    }

    /** {@code "bank.lua:14"} of the function at a level of the stack, 1 being the top; null if that is not Lua. */
    @Nullable
    String where(int level) {
        Frame frame = frameAt(level);
        if (frame == null || frame.closure == null) {
            return null;
        }
        int line = frame.currentLine();
        return line < 0 ? null : Names.chunk(frame.closure.prototype.source) + ":" + line;
    }

    /** Tells of the line whose call is being made, if that is of Lua. */
    void tellPosition(Watcher to) {
        Frame frame = current.top;
        while (frame != null && frame.closure == null) {
            frame = frame.previous;
        }
        if (frame != null && frame.closure != null) {
            tell(to, frame, frame.closure.prototype, Math.max(0, frame.pc - 1));
        }
    }

    private static void tell(Watcher to, Frame frame, Prototype code, int pc) {
        to.line(Names.chunk(code.source), frame.currentLine(), locals(frame, code, pc));
    }

    String traceback(int level) {
        String asking = Names.called(current.top);
        return Names.traceback(current.top, level, asking == null ? "traceback" : asking, null);
    }

    /** Of a coroutine that does not run now. */
    static String traceback(Coroutine coroutine, int level) {
        boolean hasYielded = coroutine.status == Coroutine.Status.SUSPENDED && coroutine.body == null;
        String name = hasYielded ? Names.called(coroutine.top) : null;
        int from = hasYielded ? level : level + 1;
        return Names.traceback(coroutine.top, from, name == null ? "yield" : name, null);
    }

    private @Nullable Frame frameAt(int level) {
        Frame frame = current.top;
        for (int i = 1; i < level && frame != null; i++) {
            frame = frame.previous;
        }
        return frame;
    }

    // The functions that call others.

    private LuaValue nextCallee = NIL;
    private Varargs nextArgs = LuaValue.NONE;
    private boolean switched;

    /** Either null, with the call to be made in {@link #nextCallee}, or results, for another coroutine's top if {@link #switched}. */
    private @Nullable Varargs begin(Control control, Varargs args, int destination, int wanted, int use) {
        switched = false;
        try {
            return switch (control.kind) {
                case PCALL -> beginProtected(control, args, destination, wanted, use);
                case XPCALL -> beginHandled(control, args, destination, wanted, use);
                case PAIRS -> beginPairs(control, Metamethod.PAIRS, args, destination, wanted, use);
                case IPAIRS -> beginPairs(control, Metamethod.IPAIRS, args, destination, wanted, use);
                case RESUME -> beginResume(control, args, destination, wanted, use);
                case WRAPPED -> beginWrapped(control, args, destination, wanted, use);
                case YIELD -> suspend(args, destination, wanted, use);
                case ENTRY, BODY -> throw new IllegalStateException("not a function: " + control.kind);
            };
        } catch (ArgumentFailure bad) {
            Names.nameArgument(bad, control, current.top);
            throw raisedBy(bad, control);
        } catch (LuaFailure failure) {
            throw raisedBy(failure, control);
        }
    }

    private @Nullable Varargs beginProtected(Control control, Varargs args, int destination, int wanted, int use) {
        LuaValue function = Args.any(args, 1);
        pushControl(control, destination, wanted, use).savepoint = lua.savepoint();
        nextCallee = function;
        nextArgs = args.subargs(2);
        return null;
    }

    private @Nullable Varargs beginHandled(Control control, Varargs args, int destination, int wanted, int use) {
        if (args.narg() < 2) {
            throw new ArgumentFailure(2, "value expected");
        }
        Frame frame = pushControl(control, destination, wanted, use);
        frame.savepoint = lua.savepoint();
        frame.handler = args.arg(2);
        nextCallee = args.arg1();
        nextArgs = args.subargs(3);
        return null;
    }

    private @Nullable Varargs beginPairs(
            Control control, Metamethod event, Varargs args, int destination, int wanted, int use) {
        LuaValue object = args.arg1();
        LuaValue handler = event.of(lua.metatable(object));
        if (handler == null) {
            Table table = Args.table(args, 1);
            return event == Metamethod.PAIRS
                    ? varargsOf(BaseLibrary.NEXT, table, NIL)
                    : varargsOf(BaseLibrary.IPAIRS_STEP, table, LuaInteger.valueOf(0));
        }
        pushControl(control, destination, wanted, use);
        nextCallee = handler;
        nextArgs = object;
        return null;
    }

    private @Nullable Varargs beginResume(Control control, Varargs args, int destination, int wanted, int use) {
        if (!(args.arg1() instanceof Coroutine target)) {
            throw new ArgumentFailure(1, "coroutine expected");
        }
        if (target.status != Coroutine.Status.SUSPENDED) {
            return varargsOf(FALSE, LuaString.valueOf(cannotResume(target)));
        }
        return resume(target, control, args.subargs(2), destination, wanted, use);
    }

    private @Nullable Varargs beginWrapped(Control control, Varargs args, int destination, int wanted, int use) {
        Coroutine target = control.coroutine;
        if (target == null || target.status != Coroutine.Status.SUSPENDED) {
            throw LuaFailure.at(target == null ? "no coroutine" : cannotResume(target));
        }
        return resume(target, control, args, destination, wanted, use);
    }

    private static String cannotResume(Coroutine target) {
        return target.status == Coroutine.Status.DEAD
                ? "cannot resume dead coroutine"
                : "cannot resume non-suspended coroutine";
    }

    private @Nullable Varargs resume(
            Coroutine target, Control control, Varargs args, int destination, int wanted, int use) {
        pushControl(control, destination, wanted, use);
        if (depth + target.depthHeld > depthLimit) {
            throw overflow("stack overflow", depthLimit, depth + target.depthHeld);
        }
        target.resumer = current;
        current.status = Coroutine.Status.NORMAL;
        target.status = Coroutine.Status.RUNNING;
        target.savepoint = lua.savepoint();
        target.depthBelow = depth;
        depth += target.depthHeld;
        current = target;
        LuaValue body = target.body;
        if (body != null) {
            target.body = null;
            nextCallee = body;
            nextArgs = args;
            return null;
        }
        switched = true;
        return args;
    }

    /** What a coroutine was resumed with goes to where it yielded. */
    private @Nullable Frame deliverSwitched(Varargs values) {
        if (resumedNow) {
            resumedNow = false;
            return deliverToResumer(values);
        }
        return deliver(current.use, current.destination, current.wanted, values);
    }

    private boolean resumedNow;

    private Varargs suspend(Varargs values, int destination, int wanted, int use) {
        Coroutine yielding = current;
        if (yielding == main) {
            throw LuaFailure.plain("attempt to yield from outside a coroutine");
        }
        if (yielding.javaCalls > 0) {
            throw LuaFailure.plain("attempt to yield across a C-call boundary");
        }
        yielding.use = use;
        yielding.destination = destination;
        yielding.wanted = wanted;
        yielding.depthHeld = depth - yielding.depthBelow;
        leave(yielding, Coroutine.Status.SUSPENDED);
        switched = true;
        resumedNow = true;
        return values;
    }

    private void leave(Coroutine coroutine, Coroutine.Status status) {
        Coroutine resumer = coroutine.resumer;
        if (resumer == null) {
            throw new IllegalStateException("a coroutine without a resumer ran");
        }
        depth = coroutine.depthBelow;
        coroutine.status = status;
        coroutine.resumer = null;
        current = resumer;
        resumer.status = Coroutine.Status.RUNNING;
    }

    private @Nullable Frame deliverToResumer(Varargs values) {
        Frame waiting = current.top;
        pop(waiting);
        Varargs given = isWrapped(waiting) ? values : varargsOf(TRUE, values);
        return deliver(waiting.use, waiting.destination, waiting.wanted, given);
    }

    private static boolean isWrapped(Frame frame) {
        return frame.control != null && frame.control.kind == Control.Kind.WRAPPED;
    }

    // Results.

    /** Gives the results of a call to the top frame, which made it. */
    private @Nullable Frame deliver(int use, int destination, int wanted, Varargs values) {
        for (; ; ) {
            Frame to = current.top;
            Control control = to.control;
            if (control == null) {
                return use(to, use, destination, wanted, values);
            }
            switch (control.kind) {
                case ENTRY -> {
                    pop(to);
                    results = values;
                    return null;
                }
                case PCALL, XPCALL -> values = varargsOf(TRUE, values);
                case PAIRS, IPAIRS -> values = varargsOf(values.arg1(), values.arg(2), values.arg(3));
                case BODY -> {
                    leave(current, Coroutine.Status.DEAD);
                    to = current.top;
                    values = isWrapped(to) ? values : varargsOf(TRUE, values);
                }
                case RESUME, WRAPPED, YIELD -> throw new IllegalStateException("results for " + control.kind);
            }
            pop(to);
            use = to.use;
            destination = to.destination;
            wanted = to.wanted;
        }
    }

    private @Nullable Frame use(Frame to, int use, int destination, int wanted, Varargs values) {
        switch (use) {
            case Frame.RESULTS -> store(to, destination, wanted, values);
            case Frame.TEST -> skipUnless(to, values.arg1().toboolean() == (wanted != 0));
            case Frame.TEST_NOT -> skipUnless(to, !values.arg1().toboolean() == (wanted != 0));
            case Frame.CONCAT -> {
                to.registers[destination] = values.arg1();
                int instruction = code(to)[to.pc - 1];
                return meta.concat(to, instruction >>> 6 & 0xff, instruction >>> 23, destination);
            }
            default -> throw new IllegalStateException("use " + use);
        }
        return to;
    }

    static int[] code(Frame frame) {
        if (frame.closure == null) {
            throw new IllegalStateException("a frame without code");
        }
        return frame.closure.prototype.code;
    }

    static void skipUnless(Frame frame, boolean met) {
        if (!met) {
            frame.pc++;
        }
    }

    void store(Frame to, int destination, int wanted, Varargs values) {
        if (wanted < 0) {
            int n = values.narg();
            to.require(destination + n + 1, meter);
            LuaValue[] registers = to.registers;
            for (int i = 0; i < n; i++) {
                registers[destination + i] = values.arg(i + 1);
            }
            to.top = destination + n;
            return;
        }
        LuaValue[] registers = to.registers;
        for (int i = 0; i < wanted; i++) {
            registers[destination + i] = values.arg(i + 1);
        }
    }

    // Failures.

    /** Drops frames down to the protected call that catches, which stays on top; false if there is none above Java's. */
    private boolean unwindToProtection(LuaFailure failure) {
        meter.gas(GAS_PER_FAILURE);
        prepare(failure);
        for (; ; ) {
            Frame top = current.top;
            Control control = top.control;
            if (control == null) {
                top.close(0);
                pop(top);
                continue;
            }
            switch (control.kind) {
                case PCALL, XPCALL -> {
                    lua.rollback(Math.max(top.savepoint, current.savepoint));
                    return true;
                }
                case ENTRY -> {
                    pop(top);
                    return false;
                }
                case BODY -> {
                    Coroutine dead = current;
                    lua.rollback(dead.savepoint);
                    leave(dead, Coroutine.Status.DEAD);
                    if (!isWrapped(current.top)) {
                        return true;
                    }
                    pop(current.top);
                    failure.again();
                    prefixPosition(failure);
                    prepare(failure);
                }
                case RESUME, WRAPPED, YIELD, PAIRS, IPAIRS -> pop(top);
            }
        }
    }

    /** What passes through a wrapped coroutine gets the position of the call in front, as 5.2 does. */
    private void prefixPosition(LuaFailure failure) {
        failure.prefix(where(1));
    }

    private @Nullable Frame deliverFailure(LuaFailure failure) {
        Frame catching = current.top;
        pop(catching);
        return deliver(catching.use, catching.destination, catching.wanted, varargsOf(FALSE, failure.value()));
    }

    /** While the stack of the error still stands: position, message handler, or the traceback if nothing will catch it. */
    private void prepare(LuaFailure failure) {
        if (failure.isHandled()) {
            return;
        }
        settle(failure);
        failure.markHandled();
        for (Frame frame = current.top; frame != null; frame = frame.previous) {
            Control control = frame.control;
            if (control != null && control.kind == Control.Kind.PCALL) {
                return;
            }
            if (control != null && control.kind == Control.Kind.XPCALL) {
                handle(failure, frame.handler == null ? NIL : frame.handler);
                return;
            }
        }
        if (current == main) {
            failure.traceback(Names.traceback(current.top, 1, "", failure.raiser()));
        }
    }

    private void handle(LuaFailure failure, LuaValue handler) {
        if (handling) {
            failure.replace(LuaString.valueOf("error in error handling"));
            return;
        }
        handling = true;
        handledRaiser = failure.raiser() == null ? NIL : Strings.utf8(failure.raiser());
        try {
            failure.replace(lua.call(handler, failure.value()).arg1());
        } catch (LuaFailure second) {
            failure.replace(second.value());
        } finally {
            handling = false;
        }
    }

    // Statements with a way of their own.

    void prepareFor(LuaValue[] registers, int a) {
        LuaNumber start = Numbers.coerce(meter, registers[a]);
        LuaNumber limit = Numbers.coerce(meter, registers[a + 1]);
        LuaNumber step = Numbers.coerce(meter, registers[a + 2]);
        if (start == null) {
            throw LuaFailure.at("'for' initial value must be a number");
        }
        if (limit == null) {
            throw LuaFailure.at("'for' limit must be a number");
        }
        if (step == null) {
            throw LuaFailure.at("'for' step must be a number");
        }
        registers[a] = Numbers.of(start.todouble() - step.todouble());
        registers[a + 1] = limit;
        registers[a + 2] = step;
    }

    static boolean stepFor(LuaValue[] registers, int a) {
        LuaValue at = registers[a];
        LuaValue limit = registers[a + 1];
        LuaValue step = registers[a + 2];
        LuaNumber next;
        if (at instanceof LuaInteger x && limit instanceof LuaInteger y && step instanceof LuaInteger z) {
            long sum = (long) x.v + z.v;
            if (z.v > 0 ? sum > y.v : sum < y.v) {
                return false;
            }
            next = LuaInteger.valueOf((int) sum);
        } else {
            double by = step.todouble();
            double sum = at.todouble() + by;
            if (!(by > 0 ? sum <= limit.todouble() : limit.todouble() <= sum)) {
                return false;
            }
            next = Numbers.of(sum);
        }
        registers[a] = next;
        registers[a + 3] = next;
        return true;
    }

    LuaValue close(Frame frame, Closure parent, int function) {
        Code code = parent.code.inner[function];
        Upvaldesc[] described = code.prototype.upvalues;
        meter.memory(Closure.BYTES + described.length * 24L);
        UpValue[] upvalues = new UpValue[described.length];
        for (int i = 0; i < described.length; i++) {
            Upvaldesc variable = described[i];
            upvalues[i] = variable.instack ? frame.capture(variable.idx) : parent.upvalues[variable.idx];
        }
        return new Closure(code, upvalues);
    }

    void setList(Frame frame, LuaValue[] registers, int a, int n, int block) {
        if (!(registers[a] instanceof Table table)) {
            throw new IllegalStateException("a list is set in a " + registers[a].typename());
        }
        int first = (block - 1) * FIELDS_PER_FLUSH;
        meter.gas(n / 4);
        table.fill(first, registers, a + 1, n);
    }

    static int sizeOf(int encoded) {
        int exponent = encoded >> 3 & 0x1f;
        return exponent == 0 ? encoded : (encoded & 7) + 8 << exponent - 1;
    }

    /** Where a call that does not return to Lua at once goes on: the general way into {@link #callValue}. */
    @Nullable
    Frame callFrom(Frame frame, int a, int n, int wanted) {
        return callValue(frame.registers[a], list(frame.registers, a + 1, n), a, wanted, Frame.RESULTS);
    }

    void tailCall(Frame frame, Closure function, int a, int n) {
        frame.close(0);
        LuaValue[] source = frame.registers;
        frame.prepare(function, meter);
        frame.tailCalled = true;
        pass(frame, function.prototype, source, a + 1, n);
    }

    /** Ends compiled code's call with one result or none: see {@link CompiledCode}. */
    @Nullable
    LuaValue returned(Frame frame, @Nullable LuaValue value) {
        Frame to = frame.previous;
        if (frame.use == Frame.RESULTS && to != null && to.closure != null) {
            current.top = to;
            depth--;
            if (frame.wanted == 1) {
                return value == null ? NIL : value;
            }
            if (frame.wanted != 0) {
                if (value != null) {
                    frame.registers[0] = value;
                }
                returnMany(to, frame, 0, value == null ? 0 : 1);
            }
            return NIL;
        }
        next = returnSlowly(frame, value == null ? LuaValue.NONE : value);
        return null;
    }

    /** The same for {@code n} results in the registers. */
    @Nullable
    LuaValue returned(Frame frame, int a, int n) {
        Frame to = frame.previous;
        if (frame.use == Frame.RESULTS && to != null && to.closure != null) {
            current.top = to;
            depth--;
            if (frame.wanted == 1) {
                return n > 0 ? frame.registers[a] : NIL;
            }
            if (frame.wanted != 0) {
                returnMany(to, frame, a, n);
            }
            return NIL;
        }
        next = returnSlowly(frame, list(frame.registers, a, n));
        return null;
    }

    /** The frame to go on with after compiled code has ended or left {@code frame}'s call. */
    private @Nullable Frame arrive(Frame frame, @Nullable LuaValue value) {
        if (value == null) {
            return next;
        }
        if (value == CompiledCode.TAIL) {
            return frame;
        }
        Frame to = current.top;
        if (frame.wanted == 1) {
            to.registers[frame.destination] = value;
        }
        return to;
    }

    /**
     * Carries out the instruction before {@link Frame#pc} in the general way, where compiled code has none: all that it
     * needs is in the registers.
     *
     * @return whether the same frame goes on; if not, {@link #next} does
     */
    boolean general(Frame frame) {
        int i = code(frame)[frame.pc - 1];
        int a = i >>> 6 & 0xff;
        int b = i >>> 23;
        int c = i >>> 14 & 0x1ff;
        LuaValue[] r = frame.registers;
        int operation = i & 0x3f;
        Frame then = switch (operation) {
            case Lua.OP_GETTABUP, Lua.OP_GETTABLE, Lua.OP_SELF ->
                callValue(meta.pendingHandler, varargsOf(meta.pendingObject, operand(frame, c)), a, 1, Frame.RESULTS);
            case Lua.OP_SETTABUP, Lua.OP_SETTABLE ->
                callValue(
                        meta.pendingHandler,
                        varargsOf(meta.pendingObject, operand(frame, b), operand(frame, c)),
                        0,
                        0,
                        Frame.RESULTS);
            case Lua.OP_ADD, Lua.OP_SUB, Lua.OP_MUL, Lua.OP_DIV, Lua.OP_MOD, Lua.OP_POW ->
                meta.arithmetic(frame, OPERATIONS[operation - Lua.OP_ADD], operand(frame, b), operand(frame, c), a);
            case Lua.OP_UNM -> meta.arithmetic(frame, Metamethod.UNM, r[b], r[b], a);
            case Lua.OP_LEN -> meta.length(frame, r[b], a);
            case Lua.OP_CONCAT -> meta.concat(frame, a, b, c);
            case Lua.OP_EQ -> meta.equal(frame, operand(frame, b), operand(frame, c), a);
            case Lua.OP_LT -> meta.less(frame, operand(frame, b), operand(frame, c), a);
            case Lua.OP_LE -> meta.lessOrEqual(frame, operand(frame, b), operand(frame, c), a);
            case Lua.OP_CALL -> {
                burn(Meter.GAS_PER_CALL);
                yield callFrom(frame, a, b != 0 ? b - 1 : frame.top - a - 1, c - 1);
            }
            case Lua.OP_TFORCALL -> {
                burn(0);
                yield callValue(r[a], varargsOf(r[a + 1], r[a + 2]), a + 3, c, Frame.RESULTS);
            }
            default -> throw new IllegalStateException("no general way for instruction " + operation);
        };
        if (then == frame) {
            return true;
        }
        next = then;
        return false;
    }

    private static LuaValue operand(Frame frame, int place) {
        Closure closure = frame.closure;
        if (closure == null) {
            throw new IllegalStateException("a frame without code");
        }
        return place > 0xff ? closure.prototype.k[place & 0xff] : frame.registers[place];
    }

    /** Turns the instructions that compiled code has handed over into gas. */
    private void burn(int more) {
        int burnt = ticks + more;
        ticks = 0;
        meter.gas(burnt);
    }

    private @Nullable Frame returnSlowly(Frame frame, Varargs values) {
        pop(frame);
        return deliver(frame.use, frame.destination, frame.wanted, values);
    }

    private void returnMany(Frame to, Frame from, int a, int n) {
        int wanted = from.wanted;
        int destination = from.destination;
        int count = wanted < 0 ? n : Math.min(wanted, n);
        if (wanted < 0) {
            to.require(destination + n + 1, meter);
            to.top = destination + n;
        }
        System.arraycopy(from.registers, a, to.registers, destination, count);
        for (int i = count; i < wanted; i++) {
            to.registers[destination + i] = NIL;
        }
    }

    private static final Metamethod[] OPERATIONS = {
        Metamethod.ADD, Metamethod.SUB, Metamethod.MUL, Metamethod.DIV, Metamethod.MOD, Metamethod.POW
    };

    /** Asked where a loop goes round, which is where compiled code can take a call over. */
    private static boolean isBetterCompiled(Frame frame) {
        if (frame.closure == null) {
            return false;
        }
        Code code = frame.closure.code;
        CompiledCode compiled = code.compiled();
        if (compiled == null) {
            code.warm(Tiers.LOOP);
            compiled = code.compiled();
        }
        return compiled != null && compiled != frame.refused;
    }

    /**
     * The instructions. Kept under the size beyond which the JVM does not compile a method (8,000 bytes): what is not
     * done in a few steps is done elsewhere.
     */
    private void loop(Frame start) {
        Frame frame = start;
        int pc = 0;
        int ticks = 0;
        try {
            for (; ; ) {
                Closure closure = frame.closure;
                if (closure == null) {
                    throw new IllegalStateException("a frame without code runs");
                }
                CompiledCode compiled = closure.code.compiled();
                if (compiled == null) {
                    closure.code.warm(1);
                    compiled = closure.code.compiled();
                }
                if (compiled != null && compiled != frame.refused) {
                    this.ticks = ticks;
                    ticks = 0;
                    pc = -1;
                    frame = arrive(frame, frame.pc == 0 ? compiled.run(this, frame) : compiled.resume(this, frame));
                    ticks = this.ticks;
                    this.ticks = 0;
                    if (frame == null) {
                        return;
                    }
                    continue;
                }
                Prototype prototype = closure.prototype;
                int[] code = closure.code.instructions;
                LuaValue[] k = prototype.k;
                LuaValue[] r = frame.registers;
                pc = frame.pc;
                frame:
                for (; ; ) {
                    int i = code[pc++];
                    ticks++;
                    int a = i >>> 6 & 0xff;
                    switch (i & 0x3f) {
                        case Lua.OP_MOVE -> r[a] = r[i >>> 23];
                        case Lua.OP_LOADK -> r[a] = k[i >>> 14];
                        case Lua.OP_LOADBOOL -> {
                            r[a] = i >>> 23 != 0 ? TRUE : FALSE;
                            if ((i >>> 14 & 0x1ff) != 0) {
                                pc++;
                            }
                        }
                        case Lua.OP_LOADNIL -> Arrays.fill(r, a, a + (i >>> 23) + 1, NIL);
                        case Lua.OP_GETUPVAL -> r[a] = closure.upvalues[i >>> 23].get();
                        case Lua.OP_SETUPVAL -> closure.upvalues[i >>> 23].set(r[a]);
                        case Lua.OP_GETTABUP, Lua.OP_GETTABLE -> {
                            int b = i >>> 23;
                            int c = i >>> 14 & 0x1ff;
                            LuaValue object = (i & 0x3f) == Lua.OP_GETTABLE ? r[b] : closure.upvalues[b].get();
                            LuaValue key = c > 0xff ? k[c & 0xff] : r[c];
                            if (object instanceof Table table) {
                                LuaValue value = table.get(key);
                                if (value != NIL || table.metatable() == null) {
                                    r[a] = value;
                                    continue;
                                }
                            }
                            frame.pc = pc;
                            frame = meta.index(frame, object, key, a);
                            break frame;
                        }
                        case Lua.OP_SETTABUP, Lua.OP_SETTABLE -> {
                            int b = i >>> 23;
                            int c = i >>> 14 & 0x1ff;
                            LuaValue object = (i & 0x3f) == Lua.OP_SETTABLE ? r[a] : closure.upvalues[a].get();
                            LuaValue key = b > 0xff ? k[b & 0xff] : r[b];
                            LuaValue value = c > 0xff ? k[c & 0xff] : r[c];
                            if (object instanceof Table table && table.metatable() == null) {
                                table.set(key, value);
                                continue;
                            }
                            frame.pc = pc;
                            frame = meta.setIndex(frame, object, key, value);
                            break frame;
                        }
                        case Lua.OP_NEWTABLE -> r[a] = new Table(meter, sizeOf(i >>> 23), sizeOf(i >>> 14 & 0x1ff));
                        case Lua.OP_SELF -> {
                            LuaValue object = r[i >>> 23];
                            int c = i >>> 14 & 0x1ff;
                            LuaValue key = c > 0xff ? k[c & 0xff] : r[c];
                            r[a + 1] = object;
                            if (object instanceof Table table) {
                                LuaValue value = table.get(key);
                                if (value != NIL || table.metatable() == null) {
                                    r[a] = value;
                                    continue;
                                }
                            }
                            frame.pc = pc;
                            frame = meta.index(frame, object, key, a);
                            break frame;
                        }
                        case Lua.OP_ADD, Lua.OP_SUB, Lua.OP_MUL, Lua.OP_DIV, Lua.OP_MOD, Lua.OP_POW -> {
                            int b = i >>> 23;
                            int c = i >>> 14 & 0x1ff;
                            LuaValue x = b > 0xff ? k[b & 0xff] : r[b];
                            LuaValue y = c > 0xff ? k[c & 0xff] : r[c];
                            LuaValue value = switch (i & 0x3f) {
                                case Lua.OP_ADD -> Arithmetic.add(x, y);
                                case Lua.OP_SUB -> Arithmetic.sub(x, y);
                                case Lua.OP_MUL -> Arithmetic.mul(x, y);
                                case Lua.OP_DIV -> Arithmetic.div(x, y);
                                case Lua.OP_MOD -> Arithmetic.mod(x, y);
                                default -> Arithmetic.pow(x, y);
                            };
                            if (value != null) {
                                r[a] = value;
                                continue;
                            }
                            frame.pc = pc;
                            frame = meta.arithmetic(frame, OPERATIONS[(i & 0x3f) - Lua.OP_ADD], x, y, a);
                            break frame;
                        }
                        case Lua.OP_UNM -> {
                            LuaValue x = r[i >>> 23];
                            LuaValue value = Arithmetic.unm(x);
                            if (value != null) {
                                r[a] = value;
                                continue;
                            }
                            frame.pc = pc;
                            frame = meta.arithmetic(frame, Metamethod.UNM, x, x, a);
                            break frame;
                        }
                        case Lua.OP_NOT -> r[a] = r[i >>> 23].toboolean() ? FALSE : TRUE;
                        case Lua.OP_LEN -> {
                            LuaValue object = r[i >>> 23];
                            if (object instanceof Table table && table.metatable() == null) {
                                r[a] = LuaInteger.valueOf(table.length());
                                continue;
                            }
                            frame.pc = pc;
                            frame = meta.length(frame, object, a);
                            break frame;
                        }
                        case Lua.OP_CONCAT -> {
                            frame.pc = pc;
                            Frame then = meta.concat(frame, a, i >>> 23, i >>> 14 & 0x1ff);
                            if (then != frame) {
                                frame = then;
                                break frame;
                            }
                            if (frame.pc != pc) {
                                break frame;
                            }
                        }
                        case Lua.OP_JMP -> {
                            int by = (i >>> 14) - SBX_OFFSET;
                            pc += by;
                            if (a > 0) {
                                frame.close(a - 1);
                            }
                            if (by < 0 && ticks > TICKS_MAX) {
                                int burnt = ticks;
                                ticks = 0;
                                meter.gas(burnt);
                                if (isBetterCompiled(frame)) {
                                    frame.pc = pc;
                                    break frame;
                                }
                            }
                        }
                        case Lua.OP_EQ -> {
                            int b = i >>> 23;
                            int c = i >>> 14 & 0x1ff;
                            LuaValue x = b > 0xff ? k[b & 0xff] : r[b];
                            LuaValue y = c > 0xff ? k[c & 0xff] : r[c];
                            if (x instanceof LuaInteger p && y instanceof LuaInteger q) {
                                if (p.v == q.v != (a != 0)) {
                                    pc++;
                                }
                                continue;
                            }
                            if (x instanceof LuaString || x.isnil() || y.isnil()) {
                                if (meta.isRawEqual(x, y) != (a != 0)) {
                                    pc++;
                                }
                                continue;
                            }
                            frame.pc = pc;
                            frame = meta.equal(frame, x, y, a);
                            break frame;
                        }
                        case Lua.OP_LT, Lua.OP_LE -> {
                            int b = i >>> 23;
                            int c = i >>> 14 & 0x1ff;
                            LuaValue x = b > 0xff ? k[b & 0xff] : r[b];
                            LuaValue y = c > 0xff ? k[c & 0xff] : r[c];
                            if (x instanceof LuaInteger p && y instanceof LuaInteger q) {
                                if (((i & 0x3f) == Lua.OP_LT ? p.v < q.v : p.v <= q.v) != (a != 0)) {
                                    pc++;
                                }
                                continue;
                            }
                            frame.pc = pc;
                            frame = (i & 0x3f) == Lua.OP_LT
                                    ? meta.less(frame, x, y, a)
                                    : meta.lessOrEqual(frame, x, y, a);
                            break frame;
                        }
                        case Lua.OP_TEST -> {
                            if (r[a].toboolean() != ((i >>> 14 & 0x1ff) != 0)) {
                                pc++;
                            }
                        }
                        case Lua.OP_TESTSET -> {
                            LuaValue value = r[i >>> 23];
                            if (value.toboolean() != ((i >>> 14 & 0x1ff) != 0)) {
                                pc++;
                            } else {
                                r[a] = value;
                            }
                        }
                        case Lua.OP_CALL -> {
                            frame.pc = pc;
                            int b = i >>> 23;
                            int n = b != 0 ? b - 1 : frame.top - a - 1;
                            LuaValue callee = r[a];
                            if (callee instanceof Closure function) {
                                if (ticks > TICKS_MAX) {
                                    int burnt = ticks;
                                    ticks = 0;
                                    meter.gas(burnt);
                                }
                                Frame called = pushLua(function, a, (i >>> 14 & 0x1ff) - 1, Frame.RESULTS);
                                pass(called, function.prototype, r, a + 1, n);
                                frame = called;
                                break frame;
                            }
                            int burnt = ticks + Meter.GAS_PER_CALL;
                            ticks = 0;
                            meter.gas(burnt);
                            if (callee instanceof Builtin builtin && !(callee instanceof Control)) {
                                Varargs values = invoke(builtin, list(r, a + 1, n));
                                int wanted = (i >>> 14 & 0x1ff) - 1;
                                if (wanted == 1) {
                                    r[a] = values.arg1();
                                } else {
                                    store(frame, a, wanted, values);
                                    r = frame.registers;
                                }
                                continue;
                            }
                            frame = callFrom(frame, a, n, (i >>> 14 & 0x1ff) - 1);
                            break frame;
                        }
                        case Lua.OP_TAILCALL -> {
                            frame.pc = pc;
                            int b = i >>> 23;
                            int n = b != 0 ? b - 1 : frame.top - a - 1;
                            int burnt = ticks;
                            ticks = 0;
                            meter.gas(burnt);
                            if (r[a] instanceof Closure function) {
                                pc = -1;
                                tailCall(frame, function, a, n);
                            } else {
                                frame = callFrom(frame, a, n, -1);
                            }
                            break frame;
                        }
                        case Lua.OP_RETURN -> {
                            int b = i >>> 23;
                            int n = b != 0 ? b - 1 : frame.top - a;
                            frame.close(0);
                            Frame to = frame.previous;
                            if (frame.use == Frame.RESULTS && to != null && to.closure != null) {
                                current.top = to;
                                depth--;
                                if (frame.wanted == 1) {
                                    to.registers[frame.destination] = n > 0 ? r[a] : NIL;
                                } else if (frame.wanted != 0) {
                                    returnMany(to, frame, a, n);
                                }
                                frame = to;
                            } else {
                                frame = returnSlowly(frame, list(r, a, n));
                            }
                            break frame;
                        }
                        case Lua.OP_FORLOOP -> {
                            if (stepFor(r, a)) {
                                pc += (i >>> 14) - SBX_OFFSET;
                                if (ticks > TICKS_MAX) {
                                    int burnt = ticks;
                                    ticks = 0;
                                    meter.gas(burnt);
                                    if (isBetterCompiled(frame)) {
                                        frame.pc = pc;
                                        break frame;
                                    }
                                }
                            }
                        }
                        case Lua.OP_FORPREP -> {
                            frame.pc = pc;
                            prepareFor(r, a);
                            pc += (i >>> 14) - SBX_OFFSET;
                        }
                        case Lua.OP_TFORCALL -> {
                            frame.pc = pc;
                            int wanted = i >>> 14 & 0x1ff;
                            int burnt = ticks;
                            ticks = 0;
                            meter.gas(burnt);
                            if (r[a] == BaseLibrary.NEXT && r[a + 1] instanceof Table table) {
                                Varargs entry = table.next(r[a + 2]);
                                r[a + 3] = entry.arg1();
                                r[a + 4] = entry.arg(2);
                                for (int j = 2; j < wanted; j++) {
                                    r[a + 3 + j] = NIL;
                                }
                                continue;
                            }
                            frame = callValue(r[a], varargsOf(r[a + 1], r[a + 2]), a + 3, wanted, Frame.RESULTS);
                            break frame;
                        }
                        case Lua.OP_TFORLOOP -> {
                            if (r[a + 1] != NIL) {
                                r[a] = r[a + 1];
                                pc += (i >>> 14) - SBX_OFFSET;
                            }
                        }
                        case Lua.OP_SETLIST -> {
                            int n = i >>> 23;
                            int block = i >>> 14 & 0x1ff;
                            if (block == 0) {
                                block = code[pc++] >>> 6;
                            }
                            setList(frame, r, a, n != 0 ? n : frame.top - a - 1, block);
                        }
                        case Lua.OP_CLOSURE -> r[a] = close(frame, closure, i >>> 14);
                        case Lua.OP_VARARG -> {
                            store(frame, a, (i >>> 23) - 1, frame.varargs);
                            r = frame.registers;
                        }
                        case Marks.LINE -> {
                            ticks--;
                            frame.pc = pc;
                            pc--;
                            code = lineBegins(frame, closure.code, pc);
                        }
                        case Marks.AGAIN -> {
                            ticks--;
                            pc--;
                            code = closure.code.instructions;
                        }
                        default -> throw new IllegalStateException("instruction " + (i & 0x3f));
                    }
                }
                if (frame == null) {
                    return;
                }
            }
        } catch (Throwable thrown) {
            if (frame != null && frame == current.top && pc >= 0) {
                frame.pc = pc;
            }
            throw thrown;
        } finally {
            meter.count(ticks + this.ticks);
            this.ticks = 0;
        }
    }

    private int[] lineBegins(Frame frame, Code code, int pc) {
        if (watcher != null) {
            tell(watcher, frame, code.prototype, pc);
        }
        return Objects.requireNonNull(code.marks).past(pc);
    }

    private static Map<String, LuaValue> locals(Frame frame, Prototype code, int pc) {
        var locals = new LinkedHashMap<String, LuaValue>();
        int register = 0;
        for (LocVars variable : code.locvars) {
            if (variable.startpc <= pc && pc < variable.endpc) {
                String name = Strings.text(variable.varname);
                LuaValue value = frame.registers[register++];
                if (!name.startsWith(HIDDEN)) {
                    locals.remove(name);
                    locals.put(name, value);
                }
            }
        }
        return locals;
    }

    void store(Frame frame, int a, int wanted, LuaValue[] values) {
        int n = wanted < 0 ? values.length : wanted;
        if (wanted < 0) {
            frame.require(a + n + 1, meter);
            frame.top = a + n;
        }
        meter.gas(n / 8);
        int given = Math.min(n, values.length);
        System.arraycopy(values, 0, frame.registers, a, given);
        Arrays.fill(frame.registers, a + given, a + n, NIL);
    }
}

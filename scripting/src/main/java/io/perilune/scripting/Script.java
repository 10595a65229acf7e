package io.perilune.scripting;

import static java.util.Collections.unmodifiableSortedSet;
import static org.luaj.vm2.LuaValue.NIL;

import io.perilune.scripting.lib.Json;
import io.perilune.scripting.lib.LuaCodec;
import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Code;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * One compiled script, immutable and shared: each call runs it as freshly loaded, so that nothing but the host's state
 * outlives a call. Safe for use by several threads at once.
 */
public final class Script {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    /** Of a result's canonical bytes: what an answer can carry. */
    private static final int RESULT_BYTES_MAX = 8 << 20;

    private static final LuaString APPLY = LuaString.valueOf("apply");
    private static final LuaString INVARIANT = LuaString.valueOf("invariant");
    private static final Table.Shape CONTEXT =
            Table.Shape.of("index", "term", "time", "machine", "version", "id", "caller", "is_query");
    private static final Invocation NO_INVOCATION = new Invocation("", 0, 0, 0, 0, null, null, 0, Limits.DEFAULT);

    private final MachineGlobals globals;
    private final String main;
    private final Map<String, Code> chunks;
    private final SortedSet<String> commands = new TreeSet<>();
    private final SortedSet<String> queries = new TreeSet<>();
    private boolean hasApply;

    Script(MachineGlobals globals, String main, Map<String, Code> chunks) {
        this.globals = globals;
        this.main = main;
        this.chunks = chunks;
    }

    private Script(Script original, Map<String, Code> chunks) {
        this(original.globals, original.main, chunks);
        commands.addAll(original.commands);
        queries.addAll(original.queries);
        hasApply = original.hasApply;
    }

    /** Names that {@code POST .../commands/NAME} reaches. */
    public SortedSet<String> commands() {
        return unmodifiableSortedSet(commands);
    }

    public SortedSet<String> queries() {
        return unmodifiableSortedSet(queries);
    }

    /**
     * Loads the script once, without a state, to learn its entry points. Called once, before the script is shared.
     *
     * @throws LuaFailure if it fails, or has no entry point
     * @throws BudgetExceeded if that takes more than a command may use
     */
    void discover() {
        var run = new ScriptRun(NoHost.INSTANCE, NO_INVOCATION, false);
        Interpreter lua = open(run);
        hasApply = lua.globals().get(APPLY) instanceof LuaFunction;
        collect(lua, MachineGlobals.COMMANDS, commands);
        collect(lua, MachineGlobals.QUERIES, queries);
        if (!hasApply && commands.isEmpty()) {
            throw LuaFailure.plain("the script has no entry point: define apply(command) or commands.NAME(args)");
        }
    }

    private static void collect(Interpreter lua, LuaString kind, SortedSet<String> names) {
        if (!(lua.globals().get(kind) instanceof Table table)) {
            throw LuaFailure.plain("'" + kind + "' must stay a table of functions");
        }
        Varargs entry = table.next(NIL);
        while (!entry.arg1().isnil()) {
            String name = entry.arg1() instanceof LuaString text
                    ? Strings.text(text)
                    : entry.arg1().tojstring();
            if (!NAME.matcher(name).matches()) {
                throw LuaFailure.plain(
                        "'" + name + "' in " + kind + " is not a name: letters, digits and _, at most 64");
            }
            if (!(entry.arg(2) instanceof LuaFunction)) {
                throw LuaFailure.plain(
                        kind + "." + name + " is a " + entry.arg(2).typename() + ", not a function");
            }
            names.add(name);
            entry = table.next(entry.arg1());
        }
    }

    /**
     * Runs one entry point in the caller's thread, then, for all but queries, {@code invariant()} where the script has
     * one. Never throws for anything that a script does.
     */
    public Outcome call(EntryPoint entry, Host host, Invocation invocation) {
        return call(entry, host, invocation, null);
    }

    /**
     * The same, taking note of the lines that run after the chunk has been loaded, with their local variables, and of
     * what is asked of the host. Slower, and nothing else is different: gas and outcome are those of {@link #call}.
     */
    public Trace trace(EntryPoint entry, Host host, Invocation invocation) {
        var recorder = new TraceRecorder(host);
        var watched = new TreeMap<String, Code>();
        chunks.forEach((name, chunk) -> watched.put(name, chunk.watched()));
        Outcome outcome = new Script(this, watched).call(entry, recorder, invocation, recorder);
        return recorder.trace(outcome);
    }

    private Outcome call(EntryPoint entry, Host host, Invocation invocation, @Nullable TraceRecorder recorder) {
        boolean isQuery = entry instanceof EntryPoint.Query;
        var run = new ScriptRun(host, invocation, isQuery);
        String missing = missing(entry);
        if (missing != null) {
            SortedSet<String> known = isQuery ? queries : commands;
            return new Outcome.NoSuchFunction(missing, Suggestion.nearest(missing, known), run.usage());
        }
        try {
            Interpreter lua = open(run);
            run.loaded();
            if (recorder != null) {
                recorder.attach(lua);
            }
            LuaValue result = enter(lua, entry);
            LuaValue invariant = lua.globals().get(INVARIANT);
            if (!isQuery && invariant instanceof LuaFunction) {
                lua.call(invariant, LuaValue.NONE);
            }
            return new Outcome.Returned(
                    LuaCodec.encode(run.meter, result, "result", "be returned", RESULT_BYTES_MAX), run.usage());
        } catch (NoSuchCommand none) {
            return new Outcome.NoSuchFunction(none.name, Suggestion.nearest(none.name, commands), run.usage());
        } catch (LuaFailure failure) {
            return ended(failure, run);
        } catch (BudgetExceeded exceeded) {
            return new Outcome.OverBudget(
                    exceeded.budget(), exceeded.limit(), exceeded.used(), exceeded.position(), run.usage());
        }
    }

    private @Nullable String missing(EntryPoint entry) {
        if (entry instanceof EntryPoint.Command command) {
            return commands.contains(command.name()) ? null : command.name();
        }
        if (entry instanceof EntryPoint.Query query) {
            return queries.contains(query.name()) ? null : query.name();
        }
        return null;
    }

    /** Globals of its own, and the main chunk run in them. */
    private Interpreter open(ScriptRun run) {
        Table fresh = globals.fresh(run.meter);
        Interpreter lua = Interpreter.sealed(run.meter, run.limits.depth(), run, fresh);
        lua.host(run);
        lua.stringMetatable(MachineGlobals.stringMetatable(run.meter, fresh));
        fresh.set(MachineGlobals.CTX, context(run));
        fresh.set(MachineGlobals.REQUIRE, new Modules(lua, chunks).require());
        Code chunk = chunks.get(Sandbox.MAIN);
        if (chunk == null) {
            throw new IllegalStateException("a script without " + main);
        }
        lua.call(lua.closure(chunk, fresh), LuaValue.NONE);
        return lua;
    }

    private static Table context(ScriptRun run) {
        Invocation from = run.invocation;
        LuaValue[] values = CONTEXT.values();
        values[0] = Numbers.of(from.index());
        values[1] = Numbers.of(from.term());
        values[2] = Numbers.of(from.time());
        values[3] = Strings.utf8(from.machine());
        values[4] = Numbers.of(from.version());
        values[5] = from.id() == null ? null : Strings.utf8(from.id());
        values[6] = from.caller() == null ? null : Strings.utf8(from.caller());
        values[7] = LuaBoolean.valueOf(run.isQuery);
        return new Table(run.meter, CONTEXT, values).freeze("ctx is read-only");
    }

    private LuaValue enter(Interpreter lua, EntryPoint entry) {
        if (entry instanceof EntryPoint.Command command) {
            return invoke(lua, member(lua, MachineGlobals.COMMANDS, command.name()), command.argument());
        } else if (entry instanceof EntryPoint.Query query) {
            return invoke(lua, member(lua, MachineGlobals.QUERIES, query.name()), query.argument());
        } else if (entry instanceof EntryPoint.Apply apply) {
            LuaValue function = lua.globals().get(APPLY);
            return function instanceof LuaFunction
                    ? invoke(lua, function, apply.argument())
                    : dispatch(lua, argument(lua, apply.argument()));
        } else if (entry instanceof EntryPoint.Init) {
            return hook(lua, "init", LuaValue.NONE);
        }
        return hook(lua, "migrate", Numbers.of(((EntryPoint.Migrate) entry).fromVersion()));
    }

    private static LuaValue hook(Interpreter lua, String name, Varargs args) {
        LuaValue function = lua.globals().get(name);
        return function instanceof LuaFunction ? lua.call(function, args).arg1() : NIL;
    }

    private static LuaValue invoke(Interpreter lua, LuaValue function, Bytes argument) {
        return lua.call(function, argument(lua, argument)).arg1();
    }

    private static LuaValue argument(Interpreter lua, Bytes argument) {
        LuaValue value = LuaCodec.decode(lua.meter(), argument);
        return value == Json.NULL ? NIL : value;
    }

    private static LuaValue member(Interpreter lua, LuaString kind, String name) {
        LuaValue function = lua.globals().get(kind) instanceof Table table ? table.get(name) : NIL;
        if (!(function instanceof LuaFunction)) {
            throw LuaFailure.plain(kind + "." + name + " was there when the script was checked, and is not now");
        }
        return function;
    }

    /** What a script without {@code apply} does with {@code {"name": N, "args": A}}. */
    private LuaValue dispatch(Interpreter lua, LuaValue command) {
        if (!(command instanceof Table table) || !(table.get("name") instanceof LuaString name)) {
            throw LuaFailure.plain(
                    "the script has no apply(command); a command for it is {\"name\": NAME, \"args\": ARGS}");
        }
        String text = Strings.text(name);
        if (!commands.contains(text)) {
            throw new NoSuchCommand(text);
        }
        LuaValue args = table.get("args");
        return lua.call(member(lua, MachineGlobals.COMMANDS, text), args == Json.NULL ? NIL : args)
                .arg1();
    }

    private static final class NoSuchCommand extends RuntimeException {
        private static final long serialVersionUID = 1;
        final String name;

        NoSuchCommand(String name) {
            super(name, null, false, false);
            this.name = name;
        }
    }

    // How it ended.

    private Outcome ended(LuaFailure failure, ScriptRun run) {
        try {
            return failure.value() instanceof Table table ? rejected(table, failure, run) : failed(failure, run);
        } catch (LuaFailure second) {
            return failed(second, run);
        } catch (BudgetExceeded exceeded) {
            return new Outcome.OverBudget(
                    exceeded.budget(), exceeded.limit(), exceeded.used(), failure.position(), run.usage());
        }
    }

    private static Outcome rejected(Table table, LuaFailure failure, ScriptRun run) {
        LuaValue details = table.get("details");
        String code = text(table.get("code"), "rejected");
        return new Outcome.Rejected(
                code,
                text(table.get("message"), code),
                details == NIL
                        ? null
                        : LuaCodec.encode(run.meter, details, "details", "be returned", run.limits.valueBytes()),
                status(table.get("status")),
                failure.position(),
                run.usage());
    }

    private static String text(LuaValue value, String absent) {
        if (value instanceof LuaNumber number) {
            return Strings.text(Numbers.text(number));
        }
        return value instanceof LuaString text ? Strings.text(text) : absent;
    }

    private static int status(LuaValue value) {
        double status = value instanceof LuaNumber number ? number.todouble() : 0;
        return status >= 400 && status <= 499 && status == Math.floor(status) ? (int) status : 422;
    }

    private static Outcome failed(LuaFailure failure, ScriptRun run) {
        String traceback = failure.traceback();
        return new Outcome.Failed(
                failure.getMessage(), failure.position(), traceback == null ? "" : traceback, run.usage());
    }

    /** The files of the bundle as modules of one call. */
    private static final class Modules {
        private final Interpreter lua;
        private final Map<String, Code> chunks;
        private final Table loaded;

        Modules(Interpreter lua, Map<String, Code> chunks) {
            this.lua = lua;
            this.chunks = chunks;
            loaded = lua.newTable();
        }

        Builtin require() {
            return Builtin.of("require", (l, args) -> load(Args.string(args, 1)));
        }

        private LuaValue load(LuaString name) {
            LuaValue before = loaded.get(name);
            if (before != NIL) {
                if (before == loaded) {
                    throw LuaFailure.at("modules require each other in a circle: '" + Strings.text(name) + "'");
                }
                return before;
            }
            String file = Strings.text(name).replace('.', '/') + ".lua";
            Code chunk = chunks.get(file);
            if (chunk == null) {
                throw LuaFailure.at(
                        "module '" + Strings.text(name) + "' not found: no file '" + file + "' in the bundle");
            }
            loaded.set(name, loaded);
            LuaValue result = lua.call(lua.closure(chunk, lua.globals()), name).arg1();
            LuaValue module = result == NIL ? LuaValue.TRUE : result;
            loaded.set(name, module);
            return module;
        }
    }
}

package io.perilune.scripting;

import static org.luaj.vm2.LuaValue.NIL;

import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.StandardLibrary;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * The globals that a script in a machine finds: made once, and given to each call as tables of its own whose contents
 * are copied when they are first written. Safe for use by several threads, for nothing writes the templates.
 */
final class MachineGlobals {
    private static final Map<String, String> REMOVED = Map.ofEntries(
            Map.entry("io", "a machine has no files; use log() for people and emit() for programs"),
            Map.entry(
                    "debug",
                    "a machine has no debug library; error() gives tracebacks, and the trace of an entry its steps"),
            Map.entry("package", "modules of a machine are the files of its bundle; use require"),
            Map.entry("luajava", "no Java is in reach of a machine; use get, put, scan and emit"),
            Map.entry("collectgarbage", "memory of a machine is counted, not collected; there is nothing to call"),
            Map.entry("dofile", "a machine has no files; use require for those of its bundle"),
            Map.entry("loadfile", "a machine has no files; use require for those of its bundle"),
            Map.entry("module", "use a local table and return it"),
            Map.entry("getfenv", "Lua 5.2 has no getfenv; use _ENV"),
            Map.entry("setfenv", "Lua 5.2 has no setfenv; use _ENV or load with an environment"));

    private static final String STRING_METATABLE = "the metatable of strings is read-only";

    private static final Table.Shape STRING_METATABLE_SHAPE = new Table.Shape(LuaString.valueOf("__index"));
    private static final LuaString G = LuaString.valueOf("_G");
    private static final LuaString STRING = LuaString.valueOf("string");
    static final LuaString COMMANDS = LuaString.valueOf("commands");
    static final LuaString QUERIES = LuaString.valueOf("queries");
    static final LuaString CTX = LuaString.valueOf("ctx");
    static final LuaString REQUIRE = LuaString.valueOf("require");
    private static final List<LuaString> OF_THE_CALL = List.of(G, COMMANDS, QUERIES, CTX, REQUIRE);

    private final Table.Shape shape;
    /** What is the same in every call; the rest is null. */
    private final @Nullable LuaValue[] common;
    /** By their place among the values. */
    private final @Nullable Table[] libraries;

    private final Table metatable = new Table(Meter.unlimited());

    MachineGlobals() {
        var functions = new Table(Meter.unlimited());
        var tables = new TreeMap<String, Table>();
        StandardLibrary.install(
                functions,
                tables::put,
                lua -> ScriptRun.of(lua).chance,
                lua -> ScriptRun.of(lua).invocation.time());
        HostLibrary.install(functions);
        var names = new ArrayList<LuaString>();
        for (Varargs entry = functions.next(NIL); !entry.arg1().isnil(); entry = functions.next(entry.arg1())) {
            names.add((LuaString) entry.arg1());
        }
        tables.keySet().forEach(name -> names.add(LuaString.valueOf(name)));
        names.addAll(OF_THE_CALL);
        shape = new Table.Shape(names.toArray(LuaString[]::new));
        common = shape.values();
        libraries = new Table[names.size()];
        for (int i = 0; i < names.size(); i++) {
            libraries[i] = tables.get(Strings.text(names.get(i)));
            LuaValue function = functions.get(names.get(i));
            common[i] = function == NIL ? null : function;
        }
        metatable.set("__index", Builtin.of("global", MachineGlobals::absent));
        metatable.set("__metatable", LuaString.valueOf("locked"));
        metatable.freeze("the metatable of the globals is read-only");
    }

    /** Fresh globals for one call, which lack {@link #CTX} and {@link #REQUIRE} yet. */
    Table fresh(Meter meter) {
        LuaValue[] values = common.clone();
        for (int i = 0; i < libraries.length; i++) {
            if (libraries[i] != null) {
                values[i] = libraries[i].share(meter);
            }
        }
        Table fresh = new Table(meter, shape, values);
        fresh.set(G, fresh);
        fresh.set(COMMANDS, new Table(meter));
        fresh.set(QUERIES, new Table(meter));
        fresh.metatable(metatable);
        return fresh;
    }

    /** The metatable of strings in a call: read-only itself, but its methods are those of the call's own {@code string}. */
    static Table stringMetatable(Meter meter, Table globals) {
        LuaValue[] values = STRING_METATABLE_SHAPE.values();
        values[0] = globals.get(STRING);
        return new Table(meter, STRING_METATABLE_SHAPE, values).freeze(STRING_METATABLE);
    }

    private static Varargs absent(Interpreter lua, Varargs args) {
        if (args.arg(2) instanceof LuaString name) {
            String instead = REMOVED.get(Strings.text(name));
            if (instead != null) {
                throw LuaFailure.at("'" + Strings.text(name) + "' does not exist in a machine: " + instead);
            }
        }
        return NIL;
    }
}

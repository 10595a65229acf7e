package io.perilune.scripting;

import static org.luaj.vm2.LuaValue.NIL;

import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.StandardLibrary;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.LinkedHashMap;
import java.util.Map;
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

    private final Table globals = new Table(Meter.unlimited());
    private final Map<LuaString, Table> libraries = new LinkedHashMap<>();
    private final Table metatable = new Table(Meter.unlimited());

    MachineGlobals() {
        StandardLibrary.install(
                globals,
                this::add,
                lua -> ScriptRun.of(lua).chance,
                lua -> ScriptRun.of(lua).invocation.time());
        HostLibrary.install(globals);
        for (String name : new String[] {"_G", "commands", "queries", "ctx", "require"}) {
            globals.set(name, LuaValue.TRUE);
        }
        metatable.set("__index", Builtin.of("global", MachineGlobals::absent));
        metatable.set("__metatable", LuaString.valueOf("locked"));
        metatable.freeze("the metatable of the globals is read-only");
    }

    private void add(String name, Table library) {
        LuaString key = LuaString.valueOf(name);
        libraries.put(key, library);
        globals.set(key, LuaValue.TRUE);
    }

    /** Fresh globals for one call. */
    Table fresh(Meter meter) {
        Table fresh = globals.share(meter);
        libraries.forEach((name, library) -> fresh.set(name, library.share(meter)));
        fresh.set("_G", fresh);
        fresh.set("commands", new Table(meter));
        fresh.set("queries", new Table(meter));
        fresh.metatable(metatable);
        return fresh;
    }

    /** The metatable of strings in a call: read-only itself, but its methods are those of the call's own {@code string}. */
    static Table stringMetatable(Meter meter, Table globals) {
        Table metatable = new Table(meter, 0, 1);
        metatable.set("__index", globals.get("string"));
        return metatable.freeze(STRING_METATABLE);
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

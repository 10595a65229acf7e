package io.perilune.scripting;

import static org.luaj.vm2.LuaValue.NIL;
import static org.luaj.vm2.LuaValue.NONE;
import static org.luaj.vm2.LuaValue.varargsOf;

import io.perilune.scripting.lib.LuaCodec;
import io.perilune.scripting.lib.MathLibrary;
import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * The functions by which a script in a machine reaches its state: {@code get put delete has incr update scan emit log
 * print now random uuid schedule cancel fail}. Each checks what it is given, charges for it, and asks the {@link Host}.
 *
 * <p>Cost in gas: {@value #READ_GAS} for a read, {@value #WRITE_GAS} for a write, an event or a timer, {@value
 * #ITEM_GAS} for each item of a scan, and one for each 16 bytes of key and value. All fail with an ordinary Lua error
 * where an argument is bad, and end the call where a budget is used up.
 */
final class HostLibrary {
    private static final int READ_GAS = 10;
    private static final int WRITE_GAS = 20;
    private static final int ITEM_GAS = 5;
    private static final int EVENT_BYTES_MAX = 64 << 10;
    private static final int LINE_BYTES_MAX = 4 << 10;
    private static final int TIMER_ID_BYTES_MAX = 128;
    private static final double MILLIS_MAX = 1L << 53;
    private static final Pattern EVENT_TYPE = Pattern.compile("[A-Za-z0-9_.:/-]{1,64}");
    private static final LuaString TTL = LuaString.valueOf("ttl");
    private static final Set<String> SCAN_OPTIONS = Set.of("prefix", "from", "to", "limit", "reverse");

    private HostLibrary() {}

    static void install(Table globals) {
        add(globals, "get", HostLibrary::get);
        add(globals, "has", HostLibrary::has);
        add(globals, "put", HostLibrary::put);
        add(globals, "delete", HostLibrary::delete);
        add(globals, "incr", HostLibrary::incr);
        add(globals, "update", HostLibrary::update);
        add(globals, "scan", HostLibrary::scan);
        add(globals, "emit", HostLibrary::emit);
        add(globals, "log", HostLibrary::log);
        add(globals, "print", HostLibrary::log);
        add(
                globals,
                "now",
                (lua, args) -> Numbers.of(ScriptRun.of(lua).invocation.time()));
        add(globals, "random", (lua, args) -> MathLibrary.random(ScriptRun.of(lua).chance, lua, args));
        add(globals, "uuid", HostLibrary::uuid);
        add(globals, "schedule", HostLibrary::schedule);
        add(globals, "cancel", HostLibrary::cancel);
        add(globals, "fail", HostLibrary::fail);
    }

    private static void add(Table globals, String name, Builtin.Body body) {
        globals.set(name, Builtin.of(name, body));
    }

    // State.

    private static Varargs get(Interpreter lua, Varargs args) {
        Bytes key = key(lua, args, 1);
        return load(lua, ScriptRun.of(lua).state(), key);
    }

    private static LuaValue load(Interpreter lua, Host host, Bytes key) {
        lua.meter().gas(READ_GAS);
        Bytes value = host.get(key);
        return value == null ? NIL : LuaCodec.decode(lua.meter(), value);
    }

    private static Varargs has(Interpreter lua, Varargs args) {
        Bytes key = key(lua, args, 1);
        lua.meter().gas(READ_GAS);
        return LuaBoolean.valueOf(ScriptRun.of(lua).state().has(key));
    }

    private static Varargs put(Interpreter lua, Varargs args) {
        Bytes key = key(lua, args, 1);
        if (args.arg(2) == NIL) {
            throw new ArgumentFailure(
                    2,
                    "a value expected, got " + (args.narg() < 2 ? "no value" : "nil")
                            + "; to remove a key say delete(key)");
        }
        long ttl = Args.isAbsent(args, 3) ? 0 : ttl(Args.table(args, 3));
        store(lua, key, args.arg(2), ttl);
        return NONE;
    }

    private static long ttl(Table options) {
        Varargs entry = options.next(NIL);
        while (!entry.arg1().isnil()) {
            if (!(entry.arg1() instanceof LuaString name) || Strings.compare(name, TTL) != 0) {
                throw new ArgumentFailure(3, "unknown option '" + entry.arg1().tojstring() + "'; there is ttl");
            }
            entry = options.next(entry.arg1());
        }
        LuaValue ttl = options.get(TTL);
        if (ttl == NIL) {
            return 0;
        }
        double millis = ttl instanceof LuaNumber number ? number.todouble() : Double.NaN;
        if (!(millis >= 1 && millis <= MILLIS_MAX && millis == Math.floor(millis))) {
            throw new ArgumentFailure(3, "ttl must be a positive whole number of milliseconds, got " + shown(ttl));
        }
        return (long) millis;
    }

    private static void store(Interpreter lua, Bytes key, LuaValue value, long ttl) {
        ScriptRun run = ScriptRun.of(lua);
        lua.meter().gas(WRITE_GAS);
        Bytes encoded = LuaCodec.encode(lua.meter(), value, "value", run.limits.valueBytes());
        try {
            run.forWrite().put(key, encoded, ttl);
        } catch (Host.Refused refused) {
            throw LuaFailure.at(String.valueOf(refused.getMessage()));
        }
    }

    private static Varargs delete(Interpreter lua, Varargs args) {
        return LuaBoolean.valueOf(remove(lua, key(lua, args, 1)));
    }

    private static boolean remove(Interpreter lua, Bytes key) {
        lua.meter().gas(WRITE_GAS);
        try {
            return ScriptRun.of(lua).forWrite().delete(key);
        } catch (Host.Refused refused) {
            throw LuaFailure.at(String.valueOf(refused.getMessage()));
        }
    }

    private static Varargs incr(Interpreter lua, Varargs args) {
        Bytes key = key(lua, args, 1);
        double by = Args.number(lua, args, 2, 1);
        LuaValue before = load(lua, ScriptRun.of(lua).state(), key);
        if (before != NIL && !(before instanceof LuaNumber)) {
            throw LuaFailure.at("the value of '" + key + "' is a " + before.typename() + ", not a number");
        }
        LuaNumber after = Numbers.of((before == NIL ? 0 : before.todouble()) + by);
        store(lua, key, after, 0);
        return after;
    }

    private static Varargs update(Interpreter lua, Varargs args) {
        Bytes key = key(lua, args, 1);
        LuaFunction change = Args.function(args, 2);
        LuaValue before = load(lua, ScriptRun.of(lua).state(), key);
        LuaValue after = lua.call(change, before).arg1();
        if (after == NIL) {
            remove(lua, key);
        } else {
            store(lua, key, after, 0);
        }
        return after;
    }

    private static Bytes key(Interpreter lua, Varargs args, int position) {
        if (!(args.arg(position) instanceof LuaString text)) {
            throw Args.expected("string", args, position);
        }
        ScriptRun run = ScriptRun.of(lua);
        if (text.m_length == 0) {
            throw new ArgumentFailure(position, "a key must not be empty");
        }
        if (text.m_length > run.limits.keyBytes()) {
            throw new ArgumentFailure(
                    position,
                    "key is " + text.m_length + " bytes long; at most " + run.limits.keyBytes() + " are allowed");
        }
        lua.meter().work(text.m_length);
        return Strings.bytes(text);
    }

    // Scanning.

    private static Varargs scan(Interpreter lua, Varargs args) {
        Host state = ScriptRun.of(lua).state();
        lua.meter().gas(READ_GAS);
        Iterator<Host.Item> items = state.scan(Args.isAbsent(args, 1) ? everything() : range(Args.table(args, 1)));
        lua.meter().memory(64);
        return Builtin.of("scan iterator", (l, none) -> nextItem(l, items));
    }

    private static Varargs nextItem(Interpreter lua, Iterator<Host.Item> items) {
        if (!items.hasNext()) {
            return NIL;
        }
        Host.Item item = items.next();
        lua.meter().gas(ITEM_GAS);
        return varargsOf(lua.newString(item.key().lend().clone()), LuaCodec.decode(lua.meter(), item.value()));
    }

    private static Host.Range everything() {
        return new Host.Range(null, null, null, Long.MAX_VALUE, false);
    }

    private static Host.Range range(Table options) {
        Varargs entry = options.next(NIL);
        while (!entry.arg1().isnil()) {
            if (!SCAN_OPTIONS.contains(entry.arg1().tojstring())) {
                throw new ArgumentFailure(
                        1,
                        "unknown option '" + entry.arg1().tojstring()
                                + "'; there are prefix, from, to, limit and reverse");
            }
            entry = options.next(entry.arg1());
        }
        LuaValue limit = options.get("limit");
        return new Host.Range(
                bound(options, "prefix"),
                bound(options, "from"),
                bound(options, "to"),
                limit == NIL ? Long.MAX_VALUE : count(limit),
                options.get("reverse").toboolean());
    }

    private static @Nullable Bytes bound(Table options, String name) {
        LuaValue value = options.get(name);
        if (value == NIL) {
            return null;
        }
        if (!(value instanceof LuaString text)) {
            throw new ArgumentFailure(1, name + " must be a string, got " + value.typename());
        }
        return Strings.bytes(text);
    }

    private static long count(LuaValue limit) {
        double count = limit instanceof LuaNumber number ? number.todouble() : Double.NaN;
        if (!(count >= 0 && count <= MILLIS_MAX && count == Math.floor(count))) {
            throw new ArgumentFailure(1, "limit must be a whole number of at least 0, got " + shown(limit));
        }
        return (long) count;
    }

    // Events and log.

    private static Varargs emit(Interpreter lua, Varargs args) {
        String type = args.arg1() instanceof LuaString text ? Strings.text(text) : "";
        if (!EVENT_TYPE.matcher(type).matches()) {
            throw args.arg1() instanceof LuaString
                    ? new ArgumentFailure(1, "an event type is 1 to 64 of A-Z a-z 0-9 _ . : / -")
                    : Args.expected("string", args, 1);
        }
        lua.meter().gas(WRITE_GAS);
        Bytes payload = LuaCodec.encode(lua.meter(), args.arg(2), "payload", "be emitted", EVENT_BYTES_MAX);
        try {
            ScriptRun.of(lua).forEvent().emit(type, payload);
        } catch (Host.Refused refused) {
            throw LuaFailure.at(String.valueOf(refused.getMessage()));
        }
        return NONE;
    }

    private static Varargs log(Interpreter lua, Varargs args) {
        var line = new ByteArrayOutputStream();
        for (int i = 1; i <= args.narg(); i++) {
            if (i > 1) {
                line.write('\t');
            }
            LuaString text = lua.toText(args.arg(i));
            int room = Math.max(0, LINE_BYTES_MAX - line.size());
            line.write(text.m_bytes, text.m_offset, Math.min(room, text.m_length));
        }
        lua.meter().gas(READ_GAS);
        lua.meter().memory(line.size());
        lua.meter().work(line.size());
        byte[] content = line.toByteArray();
        ScriptRun.of(lua).log(Bytes.copyOf(content, 0, Math.min(content.length, LINE_BYTES_MAX)));
        return NONE;
    }

    // Chance.

    private static Varargs uuid(Interpreter lua, Varargs args) {
        lua.meter().gas(READ_GAS);
        return lua.newString(ScriptRun.of(lua).chance.uuid().getBytes(StandardCharsets.US_ASCII));
    }

    // Timers.

    private static Varargs schedule(Interpreter lua, Varargs args) {
        double delay = Args.number(lua, args, 1);
        if (!(delay >= 0 && delay <= MILLIS_MAX && delay == Math.floor(delay))) {
            throw new ArgumentFailure(
                    1, "delay must be a whole number of milliseconds of at least 0, got " + shown(args.arg1()));
        }
        String command = Strings.text(Args.string(args, 2));
        ScriptRun run = ScriptRun.of(lua);
        if (!(lua.globals().get("commands") instanceof Table commands)
                || !(commands.get(command) instanceof LuaFunction)) {
            throw new ArgumentFailure(2, "there is no command '" + command + "'");
        }
        lua.meter().gas(WRITE_GAS);
        Bytes argument = LuaCodec.encode(lua.meter(), args.arg(3), "args", "be scheduled", run.limits.valueBytes());
        String id = Args.isAbsent(args, 4) ? run.nextTimerId() : timerId(args, 4);
        try {
            run.forWrite().schedule((long) delay, command, argument, id);
        } catch (Host.Refused refused) {
            throw LuaFailure.at(String.valueOf(refused.getMessage()));
        }
        return Strings.utf8(id);
    }

    private static Varargs cancel(Interpreter lua, Varargs args) {
        String id = timerId(args, 1);
        lua.meter().gas(WRITE_GAS);
        try {
            return LuaBoolean.valueOf(ScriptRun.of(lua).forWrite().cancel(id));
        } catch (Host.Refused refused) {
            throw LuaFailure.at(String.valueOf(refused.getMessage()));
        }
    }

    private static String timerId(Varargs args, int position) {
        LuaString id = Args.string(args, position);
        if (id.m_length == 0 || id.m_length > TIMER_ID_BYTES_MAX || !id.isValidUtf8()) {
            throw new ArgumentFailure(position, "a timer's id is 1 to " + TIMER_ID_BYTES_MAX + " bytes of UTF-8");
        }
        return Strings.text(id);
    }

    // Rejection.

    private static Varargs fail(Interpreter lua, Varargs args) {
        Table rejection = lua.newTable();
        rejection.set("code", Args.string(args, 1));
        if (!Args.isAbsent(args, 2)) {
            rejection.set("message", Args.string(args, 2));
        }
        if (!Args.isAbsent(args, 3)) {
            rejection.set("details", args.arg(3));
        }
        throw new LuaFailure(rejection);
    }

    private static String shown(LuaValue value) {
        return value instanceof LuaNumber number ? Strings.text(Numbers.text(number)) : value.typename();
    }
}

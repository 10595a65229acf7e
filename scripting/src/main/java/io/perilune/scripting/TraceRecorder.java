package io.perilune.scripting;

import io.perilune.scripting.lib.LuaCodec;
import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Watcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/** Makes a {@link Trace} of what it sees between a script and its host. Of one call. */
final class TraceRecorder implements Host, Watcher {
    /** For looking into a value: enough for any that is short enough to be shown. */
    private static final int GAS_PER_VALUE = 10_000;

    private static final Bytes NULL = ValueCodec.encode(Value.NULL);

    private final Host host;
    private final List<Trace.Step> steps = new ArrayList<>();
    private long bytes;
    private boolean cut;
    /** Not taken note of yet: the host may still be called from it. */
    private Trace.@Nullable Step line;
    /** From where the script has been loaded on. */
    private @Nullable Interpreter lua;

    TraceRecorder(Host host) {
        this.host = host;
    }

    Trace trace(Outcome outcome) {
        flush();
        return new Trace(outcome, Collections.unmodifiableList(steps), cut);
    }

    void attach(Interpreter interpreter) {
        lua = interpreter;
        interpreter.watch(this);
    }

    // ---- the script

    @Override
    public void line(String file, int number, Map<String, LuaValue> locals) {
        flush();
        line = step(file, number, locals);
    }

    private Trace.@Nullable Step step(String file, int number, Map<String, LuaValue> locals) {
        if (cut || lua == null) {
            return null;
        }
        var shown = new LinkedHashMap<String, Bytes>();
        lua.meter().uncounted(() -> locals.forEach((name, value) -> shown.put(name, shown(value))));
        return new Trace.Step(file, number, Collections.unmodifiableMap(shown), null);
    }

    private void flush() {
        if (line != null) {
            add(line);
            line = null;
        }
    }

    private void add(Trace.Step step) {
        for (var local : step.locals().entrySet()) {
            bytes += local.getKey().length() + local.getValue().size();
        }
        if (step.call() != null) {
            bytes += step.call().result().size();
            step.call().arguments().forEach(argument -> bytes += argument.size());
        }
        cut = cut || steps.size() == Trace.STEPS_MAX || bytes > Trace.BYTES_MAX;
        if (!cut) {
            steps.add(step);
        }
    }

    private static Bytes shown(LuaValue value) {
        try {
            var meter = new Meter(GAS_PER_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);
            return LuaCodec.encode(meter, value, "value", Trace.VALUE_BYTES_MAX);
        } catch (LuaFailure | BudgetExceeded notToBeShown) {
            return value.istable() || value instanceof LuaString
                    ? text("a large or unusual " + value.typename())
                    : text(value.typename());
        }
    }

    private static Bytes text(String text) {
        return ValueCodec.encode(new Value.Str(Bytes.utf8(text)));
    }

    // ---- the host

    private void called(String function, Bytes result, Bytes... arguments) {
        if (lua == null || cut) {
            return;
        }
        lua.tellPosition((file, number, locals) -> {
            var begun = line;
            line = null;
            if (begun != null && (begun.line() != number || !begun.file().equals(file))) {
                add(begun);
                begun = null;
            }
            var at = begun == null ? step(file, number, locals) : begun;
            if (at != null) {
                var call = new Trace.HostCall(function, List.of(arguments), result);
                add(new Trace.Step(at.file(), at.line(), at.locals(), call));
            }
        });
    }

    private static Bytes shownKey(Bytes key) {
        return ValueCodec.encode(new Value.Str(key));
    }

    private static Bytes shownValue(@Nullable Bytes value) {
        if (value == null) {
            return NULL;
        }
        return value.size() <= Trace.VALUE_BYTES_MAX ? value : text("a value of " + value.size() + " bytes");
    }

    private static Bytes shown(boolean truth) {
        return ValueCodec.encode(new Value.Bool(truth));
    }

    private static Bytes shown(long number) {
        return ValueCodec.encode(new Value.Num(number));
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        var value = host.get(key);
        called("get", shownValue(value), shownKey(key));
        return value;
    }

    @Override
    public boolean has(Bytes key) {
        var there = host.has(key);
        called("has", shown(there), shownKey(key));
        return there;
    }

    @Override
    public void put(Bytes key, Bytes value, long ttlMillis) {
        host.put(key, value, ttlMillis);
        if (ttlMillis == 0) {
            called("put", NULL, shownKey(key), shownValue(value));
        } else {
            called("put", NULL, shownKey(key), shownValue(value), shown(ttlMillis));
        }
    }

    @Override
    public boolean delete(Bytes key) {
        var there = host.delete(key);
        called("delete", shown(there), shownKey(key));
        return there;
    }

    @Override
    public Iterator<Item> scan(Range range) {
        var items = host.scan(range);
        called("scan", NULL, shown(range));
        return items;
    }

    private static Bytes shown(Range range) {
        var fields = new TreeMap<Bytes, Value>();
        put(fields, "prefix", range.prefix());
        put(fields, "from", range.from());
        put(fields, "to", range.to());
        if (range.limit() != Long.MAX_VALUE) {
            fields.put(Bytes.utf8("limit"), new Value.Num(range.limit()));
        }
        if (range.reverse()) {
            fields.put(Bytes.utf8("reverse"), new Value.Bool(true));
        }
        return ValueCodec.encode(new Value.Obj(fields));
    }

    private static void put(TreeMap<Bytes, Value> fields, String name, @Nullable Bytes key) {
        if (key != null) {
            fields.put(Bytes.utf8(name), new Value.Str(key));
        }
    }

    @Override
    public void emit(String type, Bytes payload) {
        host.emit(type, payload);
        called("emit", NULL, text(type), shownValue(payload));
    }

    @Override
    public void log(Bytes text) {
        host.log(text);
        called("log", NULL, shownKey(text));
    }

    @Override
    public void schedule(long delayMillis, String command, Bytes argument, String id) {
        host.schedule(delayMillis, command, argument, id);
        called("schedule", NULL, shown(delayMillis), text(command), shownValue(argument), text(id));
    }

    @Override
    public boolean cancel(String id) {
        var pending = host.cancel(id);
        called("cancel", shown(pending), text(id));
        return pending;
    }

    @Override
    public int savepoint() {
        return host.savepoint();
    }

    @Override
    public void rollback(int savepoint) {
        host.rollback(savepoint);
    }
}

package io.perilune.engine.apply;

import io.perilune.engine.Past;
import io.perilune.engine.Reply;
import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.codec.StateDigest;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Trace;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where two replicas that should be the same parted: the first entry that did something else, the key, and the line of
 * the script that read or wrote it.
 *
 * @param index of the entry; 0 where the states differ and no entry that is still known made them so
 * @param key 0 bytes where it is not a key that differs
 * @param at as in {@code bank.lua:14}; null where that is not known
 * @param one, other what each has
 */
public record FirstDifference(
        String machine, long index, Bytes key, @Nullable String at, String one, String other) {
    /** One for each machine that differs, of worlds at the same index. */
    public static List<FirstDifference> of(World one, World other) {
        var found = new ArrayList<FirstDifference>();
        var names = new TreeSet<>(one.machines().keySet());
        names.addAll(other.machines().keySet());
        for (var name : names) {
            var left = one.machine(name);
            var right = other.machine(name);
            if (left == null || right == null) {
                found.add(new FirstDifference(name, 0, Bytes.EMPTY, null, isThere(left), isThere(right)));
            } else if (!StateDigest.of(left).equals(StateDigest.of(right))) {
                found.add(of(left, right));
            }
        }
        return found;
    }

    private static String isThere(@Nullable Machine machine) {
        return machine == null ? "no such machine" : "the machine";
    }

    private static FirstDifference of(Machine one, Machine other) {
        var indexes = new TreeSet<Long>();
        one.history().inOrder().forEach(entry -> indexes.add(entry.getKey()));
        other.history().inOrder().forEach(entry -> indexes.add(entry.getKey()));
        var known = Math.max(one.history().forgotten(), other.history().forgotten());
        for (var index : indexes.tailSet(known + 1)) {
            var left = one.history().get(index);
            var right = other.history().get(index);
            if (!Objects.equals(left, right)) {
                return entry(one, index, past(one, left), past(other, right));
            }
        }
        return state(one, other);
    }

    private static @Nullable Past past(Machine machine, @Nullable Bytes entry) {
        return entry == null ? null : HistoryCodec.decode(machine.name(), entry);
    }

    private static FirstDifference entry(Machine one, long index, @Nullable Past left, @Nullable Past right) {
        if (left == null || right == null) {
            var nothing = "did nothing";
            return new FirstDifference(
                    one.name(),
                    index,
                    Bytes.EMPTY,
                    null,
                    left == null ? nothing : "did something",
                    right == null ? nothing : "did something");
        }
        var writes = new TreeMap<Bytes, Past.Write>();
        left.writes().forEach(write -> writes.put(write.key(), write));
        for (var write : right.writes()) {
            var mine = writes.remove(write.key());
            if (!write.equals(mine)) {
                return key(one, left, write.key(), mine, write);
            }
        }
        if (!writes.isEmpty()) {
            var mine = writes.firstEntry().getValue();
            return key(one, left, mine.key(), mine, null);
        }
        return new FirstDifference(one.name(), index, Bytes.EMPTY, null, summary(left), summary(right));
    }

    private static FirstDifference key(
            Machine one, Past past, Bytes key, Past.@Nullable Write left, Past.@Nullable Write right) {
        return new FirstDifference(one.name(), past.index(), key, line(one, past, key), text(left), text(right));
    }

    /** Where the entry, run again, first asks for the key. */
    private static @Nullable String line(Machine machine, Past past, Bytes key) {
        if (past.calls().isEmpty()
                || !(new Reenactment(new Scripts()).trace(machine, past) instanceof Reply.Traced traced)) {
            return null;
        }
        var shown = ValueCodec.encode(new Value.Str(key));
        for (var trace : traced.traces()) {
            for (var step : trace.steps()) {
                if (asks(step, shown)) {
                    return step.file() + ":" + step.line();
                }
            }
        }
        return null;
    }

    private static boolean asks(Trace.Step step, Bytes key) {
        var call = step.call();
        return call != null
                && !call.arguments().isEmpty()
                && call.arguments().get(0).equals(key);
    }

    private static String text(Past.@Nullable Write write) {
        return write == null ? "not written" : text(write.before()) + " -> " + text(write.after());
    }

    private static String text(Past.@Nullable Item item) {
        return item == null ? "nothing" : text(item.value());
    }

    /** For people: what is no number, text or truth is told as records are. */
    private static String text(Bytes value) {
        var decoded = ValueCodec.decode(value);
        if (decoded instanceof Value.Num number) {
            return number.value() == Math.rint(number.value()) && Math.abs(number.value()) < ValueCodec.INTEGER_MAX
                    ? Long.toString((long) number.value())
                    : Double.toString(number.value());
        } else if (decoded instanceof Value.Str text) {
            return '"' + text.value().toString() + '"';
        }
        return decoded instanceof Value.Bool truth ? Boolean.toString(truth.value()) : decoded.toString();
    }

    private static String summary(Past past) {
        var kinds = past.calls().stream()
                .map(call -> call.reply().getClass().getSimpleName())
                .toList();
        return kinds + " with " + past.writes().size() + " writes, "
                + past.events().size() + " events, " + past.log().size() + " log lines and hash "
                + HashChain.hex(past.hash());
    }

    private static FirstDifference state(Machine one, Machine other) {
        var keys = new TreeMap<Bytes, Stored>();
        one.keyspace().stored().forEach(item -> keys.put(item.getKey(), item.getValue()));
        for (var item : other.keyspace().stored()) {
            var mine = keys.remove(item.getKey());
            if (!item.getValue().equals(mine)) {
                return stored(one, item.getKey(), mine, item.getValue());
            }
        }
        if (!keys.isEmpty()) {
            return stored(one, keys.firstKey(), keys.firstEntry().getValue(), null);
        }
        return new FirstDifference(
                one.name(),
                0,
                Bytes.EMPTY,
                null,
                "timers, versions, limits, answers or hash " + HashChain.hex(one.hash()),
                "others, or hash " + HashChain.hex(other.hash()));
    }

    private static FirstDifference stored(Machine one, Bytes key, @Nullable Stored left, @Nullable Stored right) {
        return new FirstDifference(
                one.name(),
                0,
                key,
                null,
                left == null ? "nothing" : text(left.value()),
                right == null ? "nothing" : text(right.value()));
    }
}

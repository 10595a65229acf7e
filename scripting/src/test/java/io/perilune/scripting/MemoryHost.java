package io.perilune.scripting;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A state in memory, with savepoints that copy all of it. */
public final class MemoryHost implements Host {
    NavigableMap<Bytes, Bytes> state = new TreeMap<>();
    List<String> events = new ArrayList<>();
    List<String> timers = new ArrayList<>();
    final List<String> log = new ArrayList<>();
    private final List<Saved> savepoints = new ArrayList<>();

    private record Saved(NavigableMap<Bytes, Bytes> state, List<String> events, List<String> timers) {}

    @Nullable
    Value value(String key) {
        Bytes value = state.get(Bytes.utf8(key));
        return value == null ? null : ValueCodec.decode(value);
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        return state.get(key);
    }

    @Override
    public boolean has(Bytes key) {
        return state.containsKey(key);
    }

    @Override
    public void put(Bytes key, Bytes value, long ttlMillis) {
        state.put(key, value);
    }

    @Override
    public boolean delete(Bytes key) {
        return state.remove(key) != null;
    }

    @Override
    public Iterator<Item> scan(Range range) {
        List<Item> items = new ArrayList<>();
        var ordered = range.reverse() ? state.descendingMap() : state;
        ordered.forEach((key, value) -> {
            boolean within = (range.prefix() == null || key.startsWith(range.prefix()))
                    && (range.from() == null || key.compareTo(range.from()) >= 0)
                    && (range.to() == null || key.compareTo(range.to()) < 0);
            if (within && items.size() < range.limit()) {
                items.add(new Item(key, value));
            }
        });
        return items.iterator();
    }

    @Override
    public void emit(String type, Bytes payload) {
        events.add(type + " " + ValueCodec.decode(payload));
    }

    @Override
    public void log(Bytes line) {
        log.add(line.toString());
    }

    @Override
    public void schedule(long delayMillis, String command, Bytes argument, String id) {
        timers.add(id + " " + command + " in " + delayMillis);
    }

    @Override
    public boolean cancel(String id) {
        return timers.removeIf(timer -> timer.startsWith(id + " "));
    }

    @Override
    public int savepoint() {
        savepoints.add(new Saved(new TreeMap<>(state), new ArrayList<>(events), new ArrayList<>(timers)));
        return savepoints.size() - 1;
    }

    @Override
    public void rollback(int savepoint) {
        Saved saved = savepoints.get(savepoint);
        state = new TreeMap<>(saved.state());
        events = new ArrayList<>(saved.events());
        timers = new ArrayList<>(saved.timers());
        savepoints.subList(savepoint + 1, savepoints.size()).clear();
    }
}

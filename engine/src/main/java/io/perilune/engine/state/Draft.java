package io.perilune.engine.state;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePSet;

/**
 * The state of one machine as the commands of one entry see and change it. Nothing of it shows until {@link #keep};
 * whoever does not call that drops it. A savepoint is a set of references to what the state was, so making one and
 * going back cost the same however large the state is. Owned by the thread that runs the script.
 */
public final class Draft implements Host {
    /** A machine's pending timers. */
    public static final int TIMERS_MAX = 10_000;

    private final Keyspace before;
    private final Timers timersBefore;
    private final Set<String> commands;
    private final long now;
    private final List<Event> events = new ArrayList<>();
    private final List<Bytes> log = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private Keyspace keyspace;
    private Timers timers;
    private TreePSet<Bytes> touched = TreePSet.empty();
    private TreePSet<String> touchedTimers = TreePSet.empty();

    /**
     * @param commands that a timer may name
     * @param now log time in milliseconds
     */
    public Draft(Machine machine, Set<String> commands, long now) {
        this.before = machine.keyspace();
        this.timersBefore = machine.timers();
        this.commands = commands;
        this.now = now;
        this.keyspace = machine.keyspace();
        this.timers = machine.timers();
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        return keyspace.get(key, now);
    }

    @Override
    public boolean has(Bytes key) {
        return get(key) != null;
    }

    @Override
    public void put(Bytes key, Bytes value, long ttlMillis) {
        keyspace = keyspace.put(key, new Stored(value, ttlMillis == 0 ? Stored.FOREVER : later(ttlMillis)));
        touched = touched.plus(key);
    }

    @Override
    public boolean delete(Bytes key) {
        var present = has(key);
        keyspace = keyspace.delete(key);
        touched = touched.plus(key);
        return present;
    }

    @Override
    public Iterator<Item> scan(Range range) {
        return keyspace.scan(range, now);
    }

    @Override
    public void emit(String type, Bytes payload) {
        events.add(new Event(type, payload));
    }

    @Override
    public void log(Bytes line) {
        log.add(line);
    }

    @Override
    public void schedule(long delayMillis, String command, Bytes argument, String id) {
        if (!commands.contains(command)) {
            throw new Refused("cannot schedule '" + command + "': the script has no such command");
        }
        if (timers.get(id) == null && timers.count() == TIMERS_MAX) {
            throw new Refused("cannot schedule '" + command + "': " + TIMERS_MAX + " timers are pending already");
        }
        timers = timers.plus(new Timer(id, later(delayMillis), command, argument));
        touchedTimers = touchedTimers.plus(id);
    }

    @Override
    public boolean cancel(String id) {
        var pending = timers.get(id) != null;
        timers = timers.minus(id);
        touchedTimers = touchedTimers.plus(id);
        return pending;
    }

    /** A delay that would pass the end of time ends there. */
    private long later(long delayMillis) {
        return delayMillis > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + delayMillis;
    }

    /** Gives the last mark again as long as nothing has changed since, so that marks are no more than changes. */
    @Override
    public int savepoint() {
        var mark = new Mark(keyspace, timers, touched, touchedTimers, events.size());
        if (marks.isEmpty() || !marks.get(marks.size() - 1).same(mark)) {
            marks.add(mark);
        }
        return marks.size() - 1;
    }

    @Override
    public void rollback(int savepoint) {
        var mark = marks.get(savepoint);
        // The mark itself stays: an outer savepoint may have been given the same one.
        marks.subList(savepoint + 1, marks.size()).clear();
        keyspace = mark.keyspace;
        timers = mark.timers;
        touched = mark.touched;
        touchedTimers = mark.touchedTimers;
        events.subList(mark.events, events.size()).clear();
    }

    /** {@code machine}, with this draft's state in the place of its own. */
    public Machine keep(Machine machine) {
        return machine.with(keyspace).with(timers);
    }

    /** Of every key that was written, in the order of the keys, whether or not it is another now. */
    public List<Change> changes() {
        var changes = new ArrayList<Change>(touched.size());
        for (var key : touched) {
            var old = before.stored(key);
            changes.add(new Change(key, old != null && old.lives(now) ? old : null, keyspace.stored(key)));
        }
        return changes;
    }

    /** Of every timer that was set or cancelled, in the order of their ids. */
    public List<TimerChange> timerChanges() {
        if (touchedTimers.isEmpty()) {
            return List.of();
        }
        return touchedTimers.stream()
                .map(id -> new TimerChange(id, timersBefore.get(id), timers.get(id)))
                .toList();
    }

    public List<Event> events() {
        return List.copyOf(events);
    }

    /** Lines logged, those of undone parts too. */
    public List<Bytes> log() {
        return List.copyOf(log);
    }

    private record Mark(
            Keyspace keyspace, Timers timers, TreePSet<Bytes> touched, TreePSet<String> touchedTimers, int events) {
        boolean same(Mark other) {
            return keyspace == other.keyspace
                    && timers == other.timers
                    && touched == other.touched
                    && touchedTimers == other.touchedTimers
                    && events == other.events;
        }
    }
}

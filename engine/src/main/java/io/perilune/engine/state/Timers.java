package io.perilune.engine.state;

import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/** The pending timers of one machine, by id and by the order in which they are due. Immutable. */
public final class Timers {
    public static final Timers NONE = new Timers(TreePMap.empty(), TreePMap.empty());

    private final TreePMap<String, Timer> byId;
    private final TreePMap<Due, Timer> agenda;

    private Timers(TreePMap<String, Timer> byId, TreePMap<Due, Timer> agenda) {
        this.byId = byId;
        this.agenda = agenda;
    }

    public int count() {
        return byId.size();
    }

    public @Nullable Timer get(String id) {
        return byId.get(id);
    }

    /** The first due first. */
    public Collection<Timer> inOrder() {
        return agenda.values();
    }

    /** When the first one is due, in log time, or {@link Long#MAX_VALUE}. */
    public long firstDue() {
        return agenda.isEmpty() ? Long.MAX_VALUE : agenda.firstKey().time();
    }

    /** Replaces one of the same id. */
    public Timers plus(Timer timer) {
        var rest = minus(timer.id());
        return new Timers(rest.byId.plus(timer.id(), timer), rest.agenda.plus(Due.of(timer), timer));
    }

    public Timers minus(String id) {
        var timer = byId.get(id);
        return timer == null ? this : new Timers(byId.minus(id), agenda.minus(Due.of(timer)));
    }

    private record Due(long time, String id) implements Comparable<Due> {
        static Due of(Timer timer) {
            return new Due(timer.due(), timer.id());
        }

        @Override
        public int compareTo(Due other) {
            var order = Long.compare(time, other.time);
            return order != 0 ? order : id.compareTo(other.id);
        }
    }
}

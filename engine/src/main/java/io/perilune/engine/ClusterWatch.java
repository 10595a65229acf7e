package io.perilune.engine;

import io.perilune.engine.ClusterEvent.Kind;
import io.perilune.engine.replication.Replication.ClusterStatus;
import io.perilune.engine.replication.Replication.Member;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what the status of the cluster is into what has happened, by looking again and again. */
final class ClusterWatch {
    /** Events kept for those who come later. */
    static final int KEPT_MAX = 1_024;

    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);

    private final InstantSource clock;
    private final Set<Runnable> subscribers = ConcurrentHashMap.newKeySet();
    private final Deque<ClusterEvent> kept = new ArrayDeque<>();
    private long last;
    /** Of the looking thread. */
    private @Nullable ClusterStatus before;

    private Trust trustBefore = Trust.UNKNOWN;

    ClusterWatch(InstantSource clock) {
        this.clock = clock;
    }

    /** By one thread. What lies between two looks and is gone again is not seen. */
    void look(ClusterStatus now, Trust trust) {
        var begun = last();
        var earlier = before;
        if (earlier == null) {
            changed(Kind.STATE, "", now.role());
            changed(Kind.LEADER, "0", "" + now.leader());
        } else {
            changed(Kind.TERM, "" + earlier.term(), "" + now.term());
            changed(Kind.STATE, earlier.role(), now.role());
            changed(Kind.LEADER, "" + earlier.leader(), "" + now.leader());
            members(earlier, now);
            changed(Kind.SNAPSHOT, "" + earlier.snapshotIndex(), "" + now.snapshotIndex());
        }
        before = now;
        if (trust.isAlarming() || trustBefore.isAlarming()) {
            changed(Kind.DIVERGENCE, text(trustBefore), text(trust));
        }
        trustBefore = trust;
        if (last() > begun) {
            subscribers.forEach(ClusterWatch::wake);
        }
    }

    private static String text(Trust trust) {
        return trust.finding().name().toLowerCase(Locale.ROOT)
                + (trust.others().isEmpty() ? "" : " from " + trust.others() + " at " + trust.index());
    }

    private void members(ClusterStatus earlier, ClusterStatus now) {
        var gone = new TreeMap<Long, Member>();
        earlier.members().forEach(member -> gone.put(member.id(), member));
        for (var member : now.members()) {
            if (gone.remove(member.id()) == null) {
                add(Kind.MEMBER_ADDED, "", member.id() + " at " + member.raft());
            }
        }
        gone.values().forEach(member -> add(Kind.MEMBER_REMOVED, member.id() + " at " + member.raft(), ""));
    }

    private void changed(Kind kind, String was, String now) {
        if (!was.equals(now)) {
            add(kind, was, now);
        }
    }

    private synchronized void add(Kind kind, String was, String now) {
        kept.add(new ClusterEvent(++last, clock.millis(), kind, was, now));
        if (kept.size() > KEPT_MAX) {
            kept.remove();
        }
    }

    private static void wake(Runnable subscriber) {
        try {
            subscriber.run();
        } catch (RuntimeException defect) {
            LOG.error("a subscriber could not be woken", defect);
        }
    }

    /** The number of the newest event; 0 before the first. */
    synchronized long last() {
        return last;
    }

    /** Those after {@code number}, as far as they are kept. */
    synchronized List<ClusterEvent> after(long number) {
        var later = new ArrayList<ClusterEvent>();
        for (var event : kept) {
            if (event.number() > number) {
                later.add(event);
            }
        }
        return later;
    }

    Runnable subscribe(Runnable wake) {
        subscribers.add(wake);
        return () -> subscribers.remove(wake);
    }
}

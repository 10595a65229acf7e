package io.perilune.engine;

import io.perilune.engine.state.World;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Those who wait for the state to reach an index; no thread waits with them. */
final class Waiters {
    /** One more is told at once that the state is not there yet. */
    private static final int WAITING_MAX = 10_000;

    private final ScheduledExecutorService timeouts;
    private final TreeMap<Long, List<CompletableFuture<Boolean>>> byIndex = new TreeMap<>();
    private int waiting;
    private long reached;

    Waiters(ScheduledExecutorService timeouts) {
        this.timeouts = timeouts;
    }

    /** True once the state has applied {@code index}; false if that takes longer than {@code timeoutMillis}. */
    CompletableFuture<Boolean> await(long index, long timeoutMillis) {
        var future = new CompletableFuture<Boolean>();
        synchronized (byIndex) {
            if (index <= reached) {
                return CompletableFuture.completedFuture(true);
            }
            if (waiting == WAITING_MAX || timeoutMillis <= 0) {
                return CompletableFuture.completedFuture(false);
            }
            waiting++;
            byIndex.computeIfAbsent(index, none -> new ArrayList<>()).add(future);
        }
        var timeout = timeouts.schedule(() -> giveUp(index, future), timeoutMillis, TimeUnit.MILLISECONDS);
        future.whenComplete((reachedIt, failure) -> timeout.cancel(false));
        return future;
    }

    private void giveUp(long index, CompletableFuture<Boolean> future) {
        synchronized (byIndex) {
            var same = byIndex.get(index);
            if (same == null || !same.remove(future)) {
                return;
            }
            waiting--;
            if (same.isEmpty()) {
                byIndex.remove(index);
            }
        }
        future.complete(false);
    }

    /** Called by the thread that applies, for every index. */
    void reached(World world) {
        var due = new ArrayList<CompletableFuture<Boolean>>(0);
        synchronized (byIndex) {
            reached = world.index();
            while (!byIndex.isEmpty() && byIndex.firstKey() <= reached) {
                due.addAll(byIndex.pollFirstEntry().getValue());
            }
            waiting -= due.size();
        }
        due.forEach(future -> future.complete(true));
    }

    void giveUpAll() {
        var all = new ArrayList<CompletableFuture<Boolean>>();
        synchronized (byIndex) {
            byIndex.values().forEach(all::addAll);
            byIndex.clear();
            waiting = 0;
        }
        all.forEach(future -> future.complete(false));
    }
}

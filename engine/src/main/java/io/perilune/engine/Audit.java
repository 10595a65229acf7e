package io.perilune.engine;

import io.perilune.engine.Trust.Finding;
import io.perilune.engine.codec.SnapshotWriter;
import io.perilune.engine.codec.StateDigest;
import io.perilune.engine.codec.Work;
import io.perilune.engine.codec.Work.Check;
import io.perilune.engine.codec.Work.Claim;
import io.perilune.engine.replication.Replication.ClusterStatus;
import io.perilune.engine.replication.Replication.Member;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the replicas. Now and then the leader puts a check into the log. There every replica takes the digest of its
 * whole state, as it is in memory, and tells it in an entry of its own; so all of them see what each of them has, at the
 * same index, by the one way that they trust. Who differs from a majority knows that it is the one.
 *
 * <p>Only what this process has seen of itself counts: claims in a log that is being read again are about a state that
 * is gone.
 */
final class Audit implements AutoCloseable {
    /** Between two checks, if something has changed since the last. */
    static final long EVERY_MILLIS = 10_000;

    /** A digest takes this part of one core at most: large states are checked less often. */
    private static final int REST_FACTOR = 50;

    /** Checks whose claims are still collected. */
    private static final int CHECKS_MAX = 16;

    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

    private final Supplier<@Nullable ClusterStatus> status;
    private final Consumer<Work> propose;
    private final ThreadPoolExecutor digester;
    private final TreeMap<Long, Bytes> own = new TreeMap<>();
    private final TreeMap<Long, Map<Long, Bytes>> claims = new TreeMap<>();
    private volatile Trust trust = Trust.UNKNOWN;
    /** Of the scheduler's thread. */
    private @Nullable World checked;

    private long checkedNanos = System.nanoTime();
    private volatile long digestNanos;

    /** @param status null as long as replication is being joined */
    Audit(Supplier<@Nullable ClusterStatus> status, Consumer<Work> propose) {
        this.status = status;
        this.propose = propose;
        this.digester = new ThreadPoolExecutor(0, 1, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            var thread = new Thread(work, "engine-audit");
            thread.setDaemon(true);
            return thread;
        });
    }

    Trust trust() {
        return trust;
    }

    boolean hasDiverged() {
        return trust.finding() == Finding.DIVERGED;
    }

    /** Called again and again on a leader. */
    void checkIfDue(World world) {
        var restNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(EVERY_MILLIS), REST_FACTOR * digestNanos);
        if (System.nanoTime() - checkedNanos >= restNanos) {
            checkedNanos = System.nanoTime();
            if (checked == null || checked.machines() != world.machines()) {
                checked = world;
                check();
            }
        }
    }

    void check() {
        propose.accept(new Check());
    }

    /** Called by the thread that applies. */
    void applied(Work.Oversight oversight, World world) {
        var now = status.get();
        if (now == null || !now.ready()) {
            return;
        }
        if (oversight instanceof Check) {
            try {
                digester.execute(() -> tell(world, now.self()));
            } catch (RejectedExecutionException busy) {
                LOG.debug("the check at index {} comes before the last one is done", world.index());
            }
        } else if (oversight instanceof Claim claim && claim.format() <= SnapshotWriter.FORMAT) {
            take(claim, now);
        }
    }

    private void tell(World world, long self) {
        if (hasDiverged()) {
            return;
        }
        var begun = System.nanoTime();
        var digest = StateDigest.of(world);
        digestNanos = System.nanoTime() - begun;
        var now = status.get();
        if (now == null) {
            return;
        }
        synchronized (this) {
            own.put(world.index(), digest);
            trim(own);
            judge(world.index(), now);
        }
        propose.accept(new Claim(world.index(), self, SnapshotWriter.format(world), digest));
    }

    private synchronized void take(Claim claim, ClusterStatus now) {
        if (now.members().stream().anyMatch(member -> member.id() == claim.node())) {
            claims.computeIfAbsent(claim.index(), none -> new HashMap<>()).put(claim.node(), claim.digest());
            trim(claims);
            judge(claim.index(), now);
        }
    }

    private static void trim(TreeMap<Long, ?> checks) {
        while (checks.size() > CHECKS_MAX) {
            checks.pollFirstEntry();
        }
    }

    private void judge(long index, ClusterStatus now) {
        var mine = own.get(index);
        if (mine == null || index < trust.index() || hasDiverged()) {
            return;
        }
        var told = new HashMap<>(claims.getOrDefault(index, Map.of()));
        told.put(now.self(), mine);
        var voters =
                now.members().stream().filter(Member::voter).map(Member::id).toList();
        var majority = voters.size() / 2 + 1;
        var counts = new HashMap<Bytes, Integer>();
        told.forEach((node, digest) -> counts.merge(digest, voters.contains(node) ? 1 : 0, Integer::sum));
        var others = told.entrySet().stream()
                .filter(claim -> !mine.equals(claim.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (others.isEmpty()) {
            if (counts.getOrDefault(mine, 0) >= majority && told.keySet().containsAll(accused(now))) {
                found(new Trust(Finding.AGREED, index, List.of()));
            }
        } else if (counts.getOrDefault(mine, 0) >= majority) {
            found(new Trust(Finding.OTHERS_DIVERGED, index, others));
        } else if (counts.values().stream().anyMatch(count -> count >= majority)) {
            found(new Trust(Finding.DIVERGED, index, others));
        } else {
            found(new Trust(Finding.DISPUTED, index, others));
        }
    }

    /** Those that were found to differ and are still there: until they tell otherwise, the alarm goes on. */
    private List<Long> accused(ClusterStatus now) {
        var members = now.members().stream().map(Member::id).toList();
        return trust.others().stream().filter(members::contains).toList();
    }

    private void found(Trust next) {
        var before = trust;
        trust = next;
        if (next.equals(before)) {
            return;
        }
        switch (next.finding()) {
            case DIVERGED ->
                LOG.error(
                        "the state of this node at index {} is not that of the majority ({}): it serves no more."
                                + " Restart it to build the state again; if that does not help, replace the node",
                        next.index(),
                        next.others());
            case OTHERS_DIVERGED ->
                LOG.error("at index {} the state of nodes {} is not that of the majority", next.index(), next.others());
            case DISPUTED ->
                LOG.error(
                        "at index {} the state of nodes {} is not that of this one, and no majority says which is right",
                        next.index(),
                        next.others());
            case AGREED, UNCHECKED -> LOG.debug("all replicas agree at index {}", next.index());
        }
    }

    @Override
    public void close() {
        digester.shutdownNow();
    }
}

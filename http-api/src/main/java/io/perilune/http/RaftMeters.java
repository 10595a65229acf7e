package io.perilune.http;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.perilune.engine.Engine;
import io.perilune.engine.replication.Replication.ClusterStatus;
import io.perilune.engine.replication.Replication.Measures;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.function.ToDoubleFunction;

/** What replication counts: of its log, its messages, its members. */
final class RaftMeters {
    private static final double NANOS = 1e9;

    private final PrometheusMeterRegistry registry;
    private final Engine engine;
    private final MultiGauge lag;

    RaftMeters(PrometheusMeterRegistry registry, Engine engine) {
        this.registry = registry;
        this.engine = engine;
        status("perilune.raft.term", "Raft term", ClusterStatus::term);
        status("perilune.raft.leader", "Id of the known leader, 0 for none", ClusterStatus::leader);
        status("perilune.raft.is.leader", "1 if this node leads", s -> s.leader() == s.self() ? 1 : 0);
        status("perilune.raft.commit.index", "Highest committed index", ClusterStatus::commit);
        status("perilune.raft.applied.index", "Highest applied index", ClusterStatus::applied);
        status("perilune.raft.last.index", "Last index of the log", ClusterStatus::lastIndex);
        status("perilune.raft.snapshot.index", "Index of the latest snapshot", ClusterStatus::snapshotIndex);
        status(
                "perilune.raft.members",
                "Members of the cluster",
                s -> s.members().size());
        status("perilune.ready", "1 if this node serves", s -> s.ready() ? 1 : 0);
        depth("perilune.raft.proposals.open", "Proposals whose fate is open", Measures::proposalsOpen);
        depth("perilune.raft.inbox.depth", "Events waiting for the protocol's thread", Measures::inboxDepth);
        count("perilune.raft.inbox.refused", "Messages and calls that found no room", Measures::inboxRefused);
        count("perilune.raft.leader.changes", "Times that another leader was seen", Measures::leaderChanges);
        count("perilune.raft.messages.sent", "Messages to other nodes", Measures::messagesSent);
        count("perilune.raft.messages.received", "Messages from other nodes", Measures::messagesReceived);
        count("perilune.raft.messages.dropped", "Messages not sent, or lost with a link", Measures::messagesDropped);
        count("perilune.wal.entries", "Entries written to the log", Measures::entriesStored);
        count("perilune.snapshots.taken", "Snapshots written here", Measures::snapshotsTaken);
        count("perilune.snapshots.installed", "Snapshots taken over from others", Measures::snapshotsInstalled);
        count("perilune.snapshots.sent", "Snapshots that reached another node", Measures::snapshotsSent);
        count("perilune.snapshots.failed", "Snapshots that could not be written or sent", Measures::snapshotsFailed);
        registry.getPrometheusRegistry().register(this::forces);
        lag = MultiGauge.builder("perilune.raft.member.lag")
                .description("Entries that a member has not stored yet, as the leader knows; on the leader only")
                .register(registry);
    }

    private void status(String name, String what, ToDoubleFunction<ClusterStatus> value) {
        Gauge.builder(name, engine, e -> value.applyAsDouble(e.status()))
                .description(what)
                .register(registry);
    }

    private void depth(String name, String what, ToDoubleFunction<Measures> value) {
        Gauge.builder(name, engine, e -> value.applyAsDouble(e.measures()))
                .description(what)
                .register(registry);
    }

    private void count(String name, String what, ToDoubleFunction<Measures> value) {
        FunctionCounter.builder(name, engine, e -> value.applyAsDouble(e.measures()))
                .description(what)
                .register(registry);
    }

    /** Replication has its own buckets, which Micrometer could not take over. */
    private MetricSnapshot forces() {
        var measures = engine.measures();
        var buckets = ClassicHistogramBuckets.builder();
        for (var i = 0; i < measures.forceBounds().size(); i++) {
            buckets.bucket(
                    measures.forceBounds().get(i) / NANOS,
                    measures.forceCounts().get(i));
        }
        buckets.bucket(
                Double.POSITIVE_INFINITY,
                measures.forceCounts().get(measures.forceBounds().size()));
        return HistogramSnapshot.builder()
                .name("perilune_wal_force_seconds")
                .help("Writes of the log, until forced to disk")
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(measures.forceNanos() / NANOS)
                        .build())
                .build();
    }

    /** Members come and go: to be called before they are looked at. */
    void refresh() {
        var status = engine.status();
        var rows = new ArrayList<MultiGauge.Row<?>>();
        for (var member : status.members()) {
            var match = member.match();
            if (match != null) {
                rows.add(MultiGauge.Row.of(
                        Tags.of("member", Long.toString(member.id())), Math.max(0, status.lastIndex() - match)));
            }
        }
        lag.register(rows, true);
    }
}

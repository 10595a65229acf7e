package io.perilune.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.perilune.engine.Engine;
import io.perilune.engine.Observer;
import io.perilune.engine.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the API counts and times. Tags come from small closed sets, never from what clients send. Safe for use by any
 * thread.
 */
final class Meters implements AutoCloseable {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private final PrometheusMeterRegistry registry;
    private final JvmGcMetrics garbage = new JvmGcMetrics();
    private final Map<String, Timer> commands = new ConcurrentHashMap<>();
    private final Map<String, Timer> queries = new ConcurrentHashMap<>();
    private final Map<Integer, Map<String, Timer>> requests = new ConcurrentHashMap<>();
    private final Map<Observer.Stage, Timer> stages = new EnumMap<>(Observer.Stage.class);
    private final RaftMeters raft;
    private final CommandMeters byName;

    Meters(PrometheusMeterRegistry registry, Engine engine) {
        this.registry = registry;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbage.bindTo(registry);
        raft = new RaftMeters(registry, engine);
        byName = new CommandMeters(registry);
        for (var stage : Observer.Stage.values()) {
            stages.put(stage, stage(stage));
        }
        engine.observe((stage, nanos) -> requireNonNull(stages.get(stage)).record(nanos, TimeUnit.NANOSECONDS));
        Gauge.builder("perilune.admissions.waiting", engine, Engine::admissionsWaiting)
                .description("Requests waiting for their turn on the way into the log")
                .register(registry);
        Gauge.builder("perilune.queries.waiting", engine, Engine::queriesWaiting)
                .description("Queries waiting for a thread")
                .register(registry);
        Gauge.builder("perilune.replicas.disagree", engine, e -> e.trust().isAlarming() ? 1 : 0)
                .description("1 if replicas had different states when they were compared last")
                .register(registry);
        Gauge.builder("perilune.replicas.checked.index", engine, e -> e.trust().index())
                .description("Index at which the states of replicas were compared last")
                .register(registry);
        Gauge.builder("perilune.machines", engine, e -> e.local().machines().size())
                .description("Machines on this node")
                .register(registry);
    }

    private Timer stage(Observer.Stage stage) {
        return Timer.builder("perilune.stage")
                .description("What commands go through: admission, agreement (which holds the force), apply")
                .tag("stage", stage.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /** Requests being worked on, and streams. */
    void watch(Gateway gateway) {
        Gauge.builder("perilune.http.requests.active", gateway, Gateway::active)
                .description("HTTP requests being worked on")
                .register(registry);
        Gauge.builder("perilune.http.event.streams", gateway, Gateway::eventStreams)
                .description("Streams of events that are open")
                .register(registry);
    }

    /** @param name null for {@code apply(command)} */
    void command(String machine, @Nullable String name, Reply reply, long nanos) {
        commands.computeIfAbsent(Replies.outcome(reply), o -> timer("perilune.commands", "Commands, until answered", o))
                .record(nanos, TimeUnit.NANOSECONDS);
        if (reply instanceof Reply.Batch batch) {
            batch.replies().forEach(each -> byName.count(machine, name, each));
        } else {
            byName.count(machine, name, reply);
        }
    }

    void query(String outcome, long nanos) {
        queries.computeIfAbsent(outcome, o -> timer("perilune.queries", "Queries, until answered", o))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(String name, String what, String outcome) {
        return Timer.builder(name)
                .description(what)
                .tag("outcome", outcome)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    void request(String method, int status, long nanos) {
        var known = METHODS.contains(method) ? method : "other";
        requests.computeIfAbsent(status, s -> new ConcurrentHashMap<>())
                .computeIfAbsent(
                        known,
                        m -> Timer.builder("perilune.http.requests")
                                .description("HTTP requests")
                                .tag("method", m)
                                .tag("status", Integer.toString(status))
                                .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Everything, in Prometheus' text format. */
    Answer answer() {
        raft.refresh();
        return new Answer(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                registry.scrape().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        garbage.close();
    }
}

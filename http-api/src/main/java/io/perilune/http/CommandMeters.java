package io.perilune.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.perilune.engine.Reply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Commands and their gas by machine and name. Only names that scripts have are counted, and only so many of them: what
 * comes later is {@code other}, so that nobody can fill a monitoring system with names.
 */
final class CommandMeters {
    static final int NAMES_MAX = 200;

    private static final Name OTHER = new Name("other", "other");

    private final MeterRegistry registry;
    private final Map<Name, Counters> known = new ConcurrentHashMap<>();

    private record Name(String machine, String command) {}

    private record Counters(Counter commands, Counter gas) {}

    CommandMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** @param command null for {@code apply(command)} */
    void count(String machine, @Nullable String command, Reply reply) {
        var receipt = Replies.receipt(reply);
        if (receipt == null || receipt.replayed()) {
            return;
        }
        var name = new Name(machine, command == null ? "apply" : command);
        var counters = known.get(name);
        if (counters == null) {
            counters = known.computeIfAbsent(known.size() < NAMES_MAX ? name : OTHER, this::counters);
        }
        counters.commands.increment();
        counters.gas.increment(receipt.gas());
    }

    private Counters counters(Name name) {
        return new Counters(
                counter("perilune.command.calls", "Commands that a script ran, answered by this node", name),
                counter("perilune.command.gas", "Gas that they used", name));
    }

    private Counter counter(String metric, String what, Name name) {
        return Counter.builder(metric)
                .description(what)
                .tag("machine", name.machine)
                .tag("command", name.command)
                .register(registry);
    }
}

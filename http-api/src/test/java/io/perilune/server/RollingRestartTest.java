package io.perilune.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.perilune.client.Applied;
import io.perilune.client.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes are stopped and started one after another while clients go on. */
@Timeout(180)
class RollingRestartTest {
    private static final int CLIENTS = 8;
    private static final String SCRIPT = String.join(
            "\n",
            "function commands.book(args)",
            "  if get('seen/' .. args.id) then error('booked twice') end",
            "  put('seen/' .. args.id, true)",
            "  return update('count', function(n) return (n or 0) + 1 end)",
            "end");

    @TempDir
    private Path folder;

    private final ConcurrentHashMap<String, Applied> booked = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Outcome<Applied>> surprises = new ConcurrentLinkedQueue<>();
    private volatile boolean stopping;

    @Test
    void every_command_of_a_client_that_tries_again_is_done_once() throws Exception {
        try (var nodes = Nodes.start(folder, 3)) {
            var client = nodes.client();
            client.deploy("ledger", SCRIPT).orThrow();
            var clients = clients(nodes);
            for (var id : nodes.ids()) {
                var before = booked.size();
                await().atMost(Duration.ofSeconds(30)).until(() -> booked.size() > before + 50 || !surprises.isEmpty());
                nodes.stop(id);
                var without = booked.size();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> booked.size() > without + 50 || !surprises.isEmpty());
                nodes.start(id);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> nodes.node(id).engine().status().ready());
            }
            stopping = true;
            for (var thread : clients) {
                thread.join();
            }

            assertThat(surprises).isEmpty();
            assertThat(client.get("ledger", "count").orThrow().asInt()).isEqualTo(booked.size());
            assertThat(booked.values().stream()
                            .map(applied -> applied.result().asInt())
                            .distinct())
                    .hasSize(booked.size());
        }
    }

    private List<Thread> clients(Nodes nodes) {
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < CLIENTS; i++) {
            var number = i;
            var client = nodes.client();
            var thread = new Thread(() -> {
                try {
                    for (var n = 0; !stopping; n++) {
                        var id = number + "-" + n;
                        var outcome = client.command("ledger", "book", Map.of("id", id));
                        if (outcome instanceof Outcome.Done<Applied> done) {
                            booked.put(id, done.value());
                        } else {
                            surprises.add(outcome);
                        }
                    }
                } catch (InterruptedException asked) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return threads;
    }
}

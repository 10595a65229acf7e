package io.perilune.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.client.Outcome.Done;
import io.perilune.client.Outcome.Failed;
import io.perilune.client.Outcome.Refused;
import io.perilune.client.Outcome.Rejected;
import io.perilune.client.Outcome.Unavailable;
import io.perilune.client.Outcome.Unknown;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cluster, as a program uses it. Calls wait for their outcome; what a node cannot do now is tried again, there and at
 * the others, until the time is up. Commands carry an idempotency key, so that trying again never does one twice. Safe
 * for use by several threads.
 *
 * <pre>{@code
 * var perilune = PeriluneClient.of("http://127.0.0.1:7070");
 * var paid = perilune.command("bank", "pay", Map.of("to", "ann", "amount", 5));
 * if (paid instanceof Outcome.Rejected<Applied> no) { ... no.problem().code() ... }
 * }</pre>
 */
public final class PeriluneClient {
    /** A node answers within its own limit of ten seconds; past that it is not there. */
    private static final Duration ATTEMPT = Duration.ofSeconds(15);

    /** What a node is given for a command or a query, and how long it is waited for: one that hangs costs no more. */
    private static final String NODE_MILLIS = "timeout=3000";

    private static final Duration SHORT_ATTEMPT = Duration.ofSeconds(4);

    /** Many commands take as long as they take. */
    private static final Duration LONG_ATTEMPT = Duration.ofMinutes(10);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long PAUSE_FIRST_MILLIS = 20;
    private static final long PAUSE_MAX_MILLIS = 500;

    /** Not now, but not wrong either. */
    private static final int TOO_MANY = 429;

    /** How the script itself ended. */
    private static final Set<String> FAILURES = Set.of("script-failed", "budget-exceeded");

    private final Nodes nodes;
    private final HttpClient http;
    private final Credentials credentials;
    private final Duration patience;
    private volatile boolean introduced;

    private PeriluneClient(Nodes nodes, HttpClient http, Credentials credentials, Duration patience) {
        this.nodes = nodes;
        this.http = http;
        this.credentials = credentials;
        this.patience = patience;
    }

    /** @param urls of some nodes, one or more; the others are learned from them */
    public static PeriluneClient of(String... urls) {
        return of(List.of(urls), Credentials.NONE);
    }

    /**
     * @param urls {@code http://HOST:PORT} or {@code https://HOST:PORT}
     * @throws IllegalArgumentException if there are none
     */
    public static PeriluneClient of(List<String> urls, Credentials credentials) {
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("a client needs the address of at least one node");
        }
        var whole = urls.stream().map(Api::normal).toList();
        return new PeriluneClient(new Nodes(whole), credentials.http(), credentials, PATIENCE);
    }

    /** @param patience how long a call tries before it ends as unavailable or unknown */
    public PeriluneClient within(Duration patience) {
        return new PeriluneClient(nodes, http, credentials, patience);
    }

    // ---- commands

    /** @param argument anything that Jackson can write; null for none */
    public Outcome<Applied> command(String machine, String name, @Nullable Object argument)
            throws InterruptedException {
        return command(machine, name, argument, UUID.randomUUID().toString());
    }

    /**
     * @param name empty for the machine's {@code apply}
     * @param key the command happens once, however often it is sent with this key
     */
    public Outcome<Applied> command(String machine, String name, @Nullable Object argument, String key)
            throws InterruptedException {
        var path = path(machine, "commands", name) + "?" + NODE_MILLIS;
        var body = json(argument);
        return call(
                key,
                SHORT_ATTEMPT,
                api -> api.post(path, body, "Idempotency-Key", key),
                answer -> Applied.of(
                        answer.body(), !answer.header("Idempotent-Replayed").isEmpty()));
    }

    /** Many commands over one connection, each with an outcome of its own, in their order. */
    public List<Outcome<Applied>> commands(String machine, String name, List<?> arguments) throws InterruptedException {
        if (arguments.isEmpty()) {
            return List.of();
        }
        var key = UUID.randomUUID().toString();
        var path = path(machine, "commands", name);
        var lines = new StringBuilder();
        arguments.forEach(argument -> lines.append(json(argument)).append('\n'));
        var body = lines.toString().getBytes(StandardCharsets.UTF_8);
        var outcome = call(key, LONG_ATTEMPT, api -> api.stream(path, body, "Idempotency-Key", key), answer -> {
            // A stream that broke has fewer lines; with the same keys it is sent again as a whole.
            var outcomes = outcomes(answer.body().asText(), key);
            return outcomes.size() == arguments.size() ? outcomes : null;
        });
        if (outcome instanceof Done<List<Outcome<Applied>>> done) {
            return done.value();
        }
        Outcome<Applied> same = outcome.map(never -> {
            throw new IllegalStateException("done after all");
        });
        return arguments.stream().map(each -> same).toList();
    }

    private static List<Outcome<Applied>> outcomes(String lines, String key) {
        var outcomes = new ArrayList<Outcome<Applied>>();
        for (var line : lines.split("\n")) {
            if (!line.isBlank()) {
                var body = Api.parse(line);
                var status = body.path("status").asInt(200);
                var own = key + "/" + (outcomes.size() + 1);
                outcomes.add(
                        body.has("type") && status >= 400
                                ? bad(Problem.of(status, body), own)
                                : new Done<>(Applied.of(body, false)));
            }
        }
        return outcomes;
    }

    /** What became of the command that was sent with {@code key}; {@link Unknown} if nothing is known of it. */
    public Outcome<Applied> fate(String machine, String key) throws InterruptedException {
        var path = path(machine, "commands", key);
        Outcome<JsonNode> read = call("", ATTEMPT, api -> api.get(path), Api.Answer::body);
        if (!(read instanceof Done<JsonNode> done)) {
            return read.map(body -> Applied.of(body, true));
        }
        var body = done.value();
        if (!body.path("fate").asText().equals("applied")) {
            return new Unknown<>(
                    key,
                    "nothing is known of it up to index " + body.path("index").asText());
        }
        return body.has("type")
                ? bad(Problem.of(body.path("status").asInt(), body), key)
                : new Done<>(Applied.of(body, true));
    }

    // ---- reads and scripts

    /** Of the newest state. */
    public Outcome<Queried> query(String machine, String name, @Nullable Object argument) throws InterruptedException {
        return query(machine, name, argument, "linearizable", 0);
    }

    /**
     * @param consistency {@code linearizable}, {@code lease} or {@code local}
     * @param minIndex the state is at least that of this index; 0 for any
     */
    public Outcome<Queried> query(
            String machine, String name, @Nullable Object argument, String consistency, long minIndex)
            throws InterruptedException {
        var path =
                path(machine, "queries", name) + "?consistency=" + Api.escape(consistency) + "&min_index=" + minIndex;
        var body = json(argument);
        return call("", SHORT_ATTEMPT, api -> api.post(path, body), answer -> Queried.of(answer.body()));
    }

    /** One key of the state; a missing node if there is none. */
    public Outcome<JsonNode> get(String machine, String key) throws InterruptedException {
        var path = path(machine, "state", key);
        Outcome<JsonNode> read =
                call("", ATTEMPT, api -> api.get(path), answer -> answer.body().path("value"));
        return read instanceof Refused<JsonNode> refused
                        && refused.problem().kind().equals("no-such-key")
                ? new Done<>(com.fasterxml.jackson.databind.node.MissingNode.getInstance())
                : read;
    }

    /** Uploads a script and switches to it. The same text again changes nothing. */
    public Outcome<Deployed> deploy(String machine, String lua) throws InterruptedException {
        return deploy(machine, "text/x-lua", lua.getBytes(StandardCharsets.UTF_8), "");
    }

    /**
     * @param type {@code text/x-lua}, or {@code application/zip} for a bundle
     * @param parameters of the query string, as in {@code activate=false}; empty for none
     * @param headers names and values in turn
     */
    public Outcome<Deployed> deploy(String machine, String type, byte[] script, String parameters, String... headers)
            throws InterruptedException {
        var path = "/v1/machines/" + Api.escape(machine) + "/script" + (parameters.isEmpty() ? "" : "?" + parameters);
        return call(
                "",
                ATTEMPT,
                api -> api.put(path, type, script, headers),
                answer -> Deployed.of(answer.status(), answer.body()));
    }

    // ---- events

    /**
     * Hands on what happens to a machine, one by one, on a thread of its own, until it is closed; goes on at another node
     * where it was when one fails.
     *
     * @param after {@code INDEX} or {@code INDEX.SEQ} to begin behind, {@code 0} for the oldest kept, null for now
     * @param changes whether changes of keys are told as well
     * @param each may take its time: the stream waits, and a node that has forgotten what comes next says {@code gap}
     */
    public EventSubscription events(String machine, @Nullable String after, boolean changes, Consumer<Event> each) {
        return EventSubscription.start(
                nodes, url -> new Api(http, url, ATTEMPT, credentials.token()), machine, after, changes, each);
    }

    // ---- anything else

    /** One request to whichever node answers; its outcome as it came. */
    public Outcome<JsonNode> get(String path) throws InterruptedException {
        return call("", ATTEMPT, api -> api.get(path), Api.Answer::body);
    }

    private interface Attempt {
        Api.Answer make(Api api) throws IOException, InterruptedException;
    }

    /** @param good gives null where an answer, though good, is not whole */
    private <T> Outcome<T> call(String key, Duration longest, Attempt attempt, Function<Api.Answer, @Nullable T> good)
            throws InterruptedException {
        var deadline = System.nanoTime() + patience.toNanos();
        var pause = PAUSE_FIRST_MILLIS;
        var isDoubtful = false;
        var last = "no node answers";
        introduce();
        do {
            for (var url : nodes.inOrder()) {
                try {
                    var answer = attempt.make(new Api(http, url, attemptTime(longest, deadline), credentials.token()));
                    if (answer.status() < 500 && answer.status() != TOO_MANY) {
                        nodes.answered(url, answer.header("Perilune-Leader"));
                        var value = answer.succeeded() ? good.apply(answer) : null;
                        if (value != null) {
                            return new Done<>(value);
                        } else if (!answer.succeeded()) {
                            return bad(Problem.of(answer.status(), answer.body()), key);
                        }
                        isDoubtful = true;
                        last = url + " broke off its answer";
                    } else {
                        isDoubtful |= answer.status() != TOO_MANY && answer.status() != 503;
                        last = url + ": "
                                + Problem.of(answer.status(), answer.body()).detail();
                    }
                } catch (ConnectException | HttpConnectTimeoutException down) {
                    last = url + " does not answer";
                } catch (IOException broken) {
                    isDoubtful = true;
                    last = url + ": " + broken;
                }
                if (System.nanoTime() >= deadline) {
                    break;
                }
            }
            introduced = false;
            pause(pause, deadline);
            pause = Math.min(2 * pause, PAUSE_MAX_MILLIS);
            introduce();
        } while (System.nanoTime() < deadline);
        return isDoubtful && !key.isEmpty() ? new Unknown<>(key, last) : new Unavailable<>(last);
    }

    /** A whole attempt, or what time is left. */
    private static Duration attemptTime(Duration longest, long deadline) {
        var left = Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
        return left.compareTo(longest) < 0 ? left : longest;
    }

    private static void pause(long millis, long deadline) throws InterruptedException {
        var jittered = millis / 2 + ThreadLocalRandom.current().nextLong(millis);
        var left = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
        Thread.sleep(Math.min(jittered, left));
    }

    /** Learns who the members are, at the beginning and when one of them failed. */
    private void introduce() throws InterruptedException {
        if (introduced) {
            return;
        }
        for (var url : nodes.inOrder()) {
            try {
                var cluster = new Api(http, url, Duration.ofSeconds(2), credentials.token()).get("/v1/cluster");
                if (cluster.succeeded()) {
                    nodes.learn(cluster.body());
                    nodes.answered(url, cluster.header("Perilune-Leader"));
                    introduced = true;
                    return;
                }
            } catch (IOException down) {
                // The next may know.
            }
        }
    }

    private static <T> Outcome<T> bad(Problem problem, String key) {
        if (problem.kind().equals("rejected")) {
            return new Rejected<>(problem);
        } else if (FAILURES.contains(problem.kind())) {
            return new Failed<>(problem);
        } else if (problem.status() == 503) {
            return new Unavailable<>(problem.detail());
        }
        return problem.status() >= 500 ? new Unknown<>(key, problem.detail()) : new Refused<>(problem);
    }

    private static String path(String machine, String kind, String name) {
        var base = "/v1/machines/" + Api.escape(machine) + "/" + kind;
        return name.isEmpty() ? base : base + "/" + Api.escape(name);
    }

    private static String json(@Nullable Object argument) {
        try {
            return argument == null ? "null" : Api.JSON.writeValueAsString(argument);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalArgumentException("Jackson cannot write the argument: " + unwritable.getOriginalMessage());
        }
    }
}

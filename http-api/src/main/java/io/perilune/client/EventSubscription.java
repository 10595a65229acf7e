package io.perilune.client;

import java.io.IOException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A stream of events that goes on until it is closed, or the machine is deleted, or may not be read. */
public final class EventSubscription implements AutoCloseable {
    /** Nodes say something every ten seconds. */
    private static final long SILENCE_MAX_SECONDS = 25;

    private static final long PAUSE_MILLIS = 200;

    private static final ScheduledThreadPoolExecutor WATCH = watch();

    private final Nodes nodes;
    private final Function<String, Api> connect;
    private final String path;
    private final Consumer<Event> each;
    private final Thread thread;
    private volatile @Nullable String position;
    private volatile boolean closed;
    private volatile boolean handing;
    private volatile @Nullable Problem refusal;
    private volatile Api.@Nullable Lines open;
    private volatile long heard = System.nanoTime();

    private EventSubscription(
            Nodes nodes,
            Function<String, Api> connect,
            String machine,
            @Nullable String after,
            boolean changes,
            Consumer<Event> each) {
        this.nodes = nodes;
        this.connect = connect;
        this.path = "/v1/machines/" + Api.escape(machine) + "/events?changes=" + changes;
        this.position = after;
        this.each = each;
        this.thread = new Thread(this::run, "perilune-events-" + machine);
        thread.setDaemon(true);
    }

    static EventSubscription start(
            Nodes nodes,
            Function<String, Api> connect,
            String machine,
            @Nullable String after,
            boolean changes,
            Consumer<Event> each) {
        var subscription = new EventSubscription(nodes, connect, machine, after, changes, each);
        subscription.thread.start();
        return subscription;
    }

    private static ScheduledThreadPoolExecutor watch() {
        var watch = new ScheduledThreadPoolExecutor(1, work -> {
            var thread = new Thread(work, "perilune-events-watch");
            thread.setDaemon(true);
            return thread;
        });
        watch.setRemoveOnCancelPolicy(true);
        return watch;
    }

    /** The id of the last event that was handed on, from which another subscription can go on; null for none yet. */
    public @Nullable String position() {
        return position;
    }

    /** Why it ended by itself; null as long as it goes on, or if the machine was deleted. */
    public @Nullable Problem refusal() {
        return refusal;
    }

    public boolean isOver() {
        return !thread.isAlive();
    }

    /** Waits until nothing comes any more. */
    public void awaitEnd() throws InterruptedException {
        thread.join();
    }

    private void run() {
        while (!closed) {
            for (var url : nodes.inOrder()) {
                if (closed) {
                    return;
                }
                readFrom(url);
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException asked) {
                return;
            }
        }
    }

    private void readFrom(String url) {
        var from = position;
        heard = System.nanoTime();
        try (var lines = connect.apply(url).lines(from == null ? path : path + "&after=" + Api.escape(from))) {
            open = lines;
            var watching = watch(lines);
            try {
                read(lines);
            } finally {
                watching.cancel(false);
            }
        } catch (Api.Refused refused) {
            refused(Problem.of(refused.answer().status(), refused.answer().body()));
        } catch (IOException broken) {
            // The next node knows where we were.
        } catch (InterruptedException asked) {
            closed = true;
        }
    }

    private ScheduledFuture<?> watch(Api.Lines lines) {
        return WATCH.scheduleWithFixedDelay(
                () -> {
                    if (!handing && TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - heard) > SILENCE_MAX_SECONDS) {
                        closeQuietly(lines);
                    }
                },
                1,
                1,
                TimeUnit.SECONDS);
    }

    private void read(Api.Lines lines) throws IOException {
        var id = "";
        var kind = "";
        for (var line = lines.reader().readLine();
                line != null && !closed;
                line = lines.reader().readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                kind = line.substring(7);
            } else if (line.startsWith("data: ")) {
                hand(new Event(id, kind, Api.parse(line.substring(6))));
                id = "";
            } else if (position == null && line.startsWith(": events of ")) {
                // Where it began, so that nothing is missed if it breaks before the first event.
                position = line.substring(line.lastIndexOf(' ') + 1);
            }
            heard = System.nanoTime();
        }
    }

    private void hand(Event event) {
        if (event.kind().equals("deleted")) {
            closed = true;
        }
        // It may take its time, in which the node is not the one who is silent.
        handing = true;
        each.accept(event);
        heard = System.nanoTime();
        handing = false;
        if (!event.id().isEmpty()) {
            position = event.id();
        } else if (event.kind().equals("gap")) {
            position = "0";
        }
    }

    private void refused(Problem problem) {
        if (problem.status() == 410) {
            hand(new Event("", "gap", problem.body().path("details")));
        } else if (problem.status() < 500) {
            refusal = problem;
            closed = true;
        }
    }

    /** Hands on nothing more, but for what is being handed on now. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        var lines = open;
        if (lines != null) {
            closeQuietly(lines);
        }
    }

    private static void closeQuietly(Api.Lines lines) {
        try {
            lines.close();
        } catch (IOException gone) {
            // That is what was wanted.
        }
    }
}

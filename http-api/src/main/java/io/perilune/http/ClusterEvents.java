package io.perilune.http;

import io.perilune.engine.ClusterEvent;
import io.perilune.engine.Engine;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What this node sees of its cluster, as it happens. The numbers are this node's, and begin again when it does. */
final class ClusterEvents {
    private final Engine engine;
    private final EventStreams streams;

    ClusterEvents(Engine engine, EventStreams streams) {
        this.engine = engine;
        this.streams = streams;
    }

    CompletionStage<Answer> get(Ask ask) {
        var header = ask.header("Last-Event-ID");
        var parameters = ask.parameters();
        long after;
        if (header != null && !header.isEmpty()) {
            after = known(Names.number(Bytes.utf8(header), "Last-Event-ID"));
        } else {
            after = parameters.has("after")
                    ? known(parameters.number("after", 0, Long.MAX_VALUE, 0))
                    : engine.lastClusterEvent();
        }
        return CompletableFuture.completedFuture(streams.answer(new ClusterFeed(engine, after), ask.caller()));
    }

    /** One from before this node started, or of another node, says nothing here. */
    private long known(long number) {
        return number > engine.lastClusterEvent() ? 0 : number;
    }

    private static final class ClusterFeed implements Feed {
        private final Engine engine;
        private long after;

        ClusterFeed(Engine engine, long after) {
            this.engine = engine;
            this.after = after;
        }

        @Override
        public String greeting() {
            return "events of the cluster, as node " + engine.status().self() + " sees it, after " + after;
        }

        @Override
        public boolean pull(Frames out, int bytesMax) {
            for (var event : engine.clusterEvents(after)) {
                after = event.number();
                out.event(name(event), Long.toString(event.number()), json(event));
                if (out.bytes() >= bytesMax) {
                    break;
                }
            }
            return true;
        }

        private static String name(ClusterEvent event) {
            return event.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private JsonWriter json(ClusterEvent event) {
            return new JsonWriter()
                    .beginObject()
                    .field("type", name(event))
                    .field("node", engine.status().self())
                    .field("time", event.time())
                    .field("was", event.was())
                    .field("now", event.now())
                    .endObject();
        }

        @Override
        public Runnable subscribe(Runnable wake) {
            return engine.subscribeToCluster(wake);
        }
    }
}

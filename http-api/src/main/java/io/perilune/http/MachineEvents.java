package io.perilune.http;

import io.perilune.engine.Cursor;
import io.perilune.engine.Engine;
import io.perilune.engine.Occurrence;
import io.perilune.engine.Trust;
import io.perilune.engine.View;
import io.perilune.http.json.JsonWriter;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Events of a machine, as they happen and from where one was. */
final class MachineEvents {
    static final Set<String> PARAMETERS = Set.of("after", "changes", "consistency", "min_index", "timeout");

    private static final Pattern CURSOR = Pattern.compile("(\\d{1,18})(?:\\.(\\d{1,9}))?");

    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final EventStreams streams;

    MachineEvents(Engine engine, ApiOptions.Bounds bounds, EventStreams streams) {
        this.engine = engine;
        this.bounds = bounds;
        this.streams = streams;
    }

    CompletionStage<Answer> get(Ask ask) {
        var name = ask.machine();
        var after = after(ask);
        var changes = ask.parameters().flag("changes", false);
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(
                        read -> {
                            var machine = Reads.machine(read, name, ask.caller());
                            return streams.answer(
                                    new MachineFeed(engine, name, changes, start(machine, after)), ask.caller());
                        },
                        ask.worker());
    }

    /** Where a client says it was; a browser that reconnects says so in a header. */
    private static @Nullable Cursor after(Ask ask) {
        var header = ask.header("Last-Event-ID");
        if (header != null && !header.isEmpty()) {
            return cursor(header, Kind.BAD_HEADER, "Last-Event-ID");
        }
        var parameter = ask.parameters().bytes("after");
        return parameter == null ? null : cursor(parameter.toString(), Kind.BAD_PARAMETER, "after");
    }

    private static Cursor cursor(String text, Kind wrong, String what) {
        var parts = CURSOR.matcher(text);
        if (!parts.matches()) {
            throw Problem.of(wrong, what + " is INDEX or INDEX.SEQ, as in 1042.3; not \"" + Names.shown(text) + "\"")
                    .thrown();
        }
        var index = Long.parseLong(parts.group(1));
        return parts.group(2) == null ? Cursor.behind(index) : new Cursor(index, Integer.parseInt(parts.group(2)));
    }

    private static Cursor start(View.Machine machine, @Nullable Cursor after) {
        var kept = Cursor.behind(machine.forgotten());
        if (after == null) {
            return Cursor.behind(machine.index());
        } else if (after.equals(Cursor.OLDEST)) {
            return kept;
        } else if (after.compareTo(kept) < 0) {
            throw Problem.of(
                            Kind.NOT_RETAINED,
                            "events up to index " + machine.forgotten()
                                    + " are not kept any more; after=0 begins with the" + " oldest that are")
                    .with("oldest", machine.forgotten())
                    .on(machine.name())
                    .thrown();
        }
        return after;
    }

    /** Goes along the history of a machine. */
    private static final class MachineFeed implements Feed {
        private final Engine engine;
        private final String name;
        private final boolean changes;
        private Cursor cursor;
        private boolean caughtUp;

        MachineFeed(Engine engine, String name, boolean changes, Cursor cursor) {
            this.engine = engine;
            this.name = name;
            this.changes = changes;
            this.cursor = cursor;
        }

        @Override
        public String greeting() {
            return "events of " + name + " after " + text(cursor);
        }

        private static String text(Cursor cursor) {
            return cursor.seq() == Cursor.END ? "" + cursor.index() : cursor.index() + "." + cursor.seq();
        }

        @Override
        public Runnable subscribe(Runnable wake) {
            return engine.subscribe(name, wake);
        }

        @Override
        public boolean pull(Frames out, int bytesMax) {
            if (engine.trust().finding() == Trust.Finding.DIVERGED) {
                return false;
            }
            var machine = engine.local().machine(name).orElse(null);
            if (machine == null) {
                out.event(
                        "deleted",
                        "",
                        new JsonWriter().beginObject().field("machine", name).endObject());
                return false;
            }
            if (cursor.compareTo(Cursor.behind(machine.forgotten())) < 0) {
                out.event(
                        "gap",
                        "",
                        new JsonWriter()
                                .beginObject()
                                .field("after", text(cursor))
                                .field("forgotten", machine.forgotten())
                                .endObject());
                return false;
            }
            var events = machine.occurrences(cursor, changes);
            while (events.hasNext() && out.bytes() < bytesMax) {
                var event = events.next();
                cursor = event.cursor();
                write(out, event);
            }
            var end = Cursor.behind(machine.lastOccurrence());
            if (!events.hasNext()) {
                cursor = end.compareTo(cursor) > 0 ? end : cursor;
                if (!caughtUp) {
                    caughtUp = true;
                    out.comment("caught up");
                }
            }
            return true;
        }

        private static void write(Frames out, Occurrence occurrence) {
            var json = new JsonWriter()
                    .beginObject()
                    .field("index", occurrence.index())
                    .field("seq", occurrence.seq());
            if (occurrence instanceof Occurrence.Emitted emitted) {
                json.field("type", emitted.event().type())
                        .field("time", emitted.time())
                        .field("payload", emitted.event().payload());
                out.event("emit", text(occurrence.cursor()), json.endObject());
            } else if (occurrence instanceof Occurrence.Changed changed) {
                json.field("time", changed.time());
                PastJson.change(json, changed.write());
                out.event("change", text(occurrence.cursor()), json.endObject());
            }
        }
    }
}

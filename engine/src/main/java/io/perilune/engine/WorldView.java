package io.perilune.engine;

import io.perilune.engine.codec.HistoryCodec;
import io.perilune.engine.codec.ReplyCodec;
import io.perilune.engine.codec.StateDigest;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Suggestion;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A world, for looking at. */
record WorldView(World world) implements View {
    @Override
    public long index() {
        return world.index();
    }

    @Override
    public List<String> machines() {
        return List.copyOf(world.machines().keySet());
    }

    @Override
    public Optional<View.Machine> machine(String name) {
        return Optional.ofNullable(world.machine(name)).map(found -> new OneMachine(found, world.time()));
    }

    @Override
    public boolean needsToken() {
        return !world.tokens().isEmpty();
    }

    @Override
    public List<Token> tokens() {
        return List.copyOf(world.tokens().values());
    }

    @Override
    public @Nullable Token token(String name) {
        return world.tokens().get(name);
    }

    @Override
    public Optional<String> suggestion(String name) {
        return Optional.ofNullable(Suggestion.nearest(name, world.machines().keySet()));
    }

    record OneMachine(io.perilune.engine.state.Machine machine, long now) implements View.Machine {
        @Override
        public String name() {
            return machine.name();
        }

        @Override
        public Version active() {
            return machine.activeVersion();
        }

        @Override
        public long index() {
            return machine.index();
        }

        @Override
        public long keys() {
            return machine.keyspace().count();
        }

        @Override
        public long bytes() {
            return machine.keyspace().bytes();
        }

        @Override
        public String digest() {
            return HexFormat.of().formatHex(StateDigest.of(machine).lend());
        }

        @Override
        public String hash() {
            return HexFormat.of().formatHex(machine.hash().lend());
        }

        @Override
        public Limits limits() {
            return machine.limits();
        }

        @Override
        public List<Version> versions() {
            return List.copyOf(machine.versions().values());
        }

        @Override
        public @Nullable Bytes get(Bytes key) {
            return machine.keyspace().get(key, now);
        }

        @Override
        public Iterator<Host.Item> scan(Host.Range range) {
            return machine.keyspace().scan(range, now);
        }

        @Override
        public Optional<Past> past(long index) {
            return Optional.ofNullable(machine.history().get(index)).map(entry -> HistoryCodec.decode(name(), entry));
        }

        @Override
        public Iterator<Past> history(long index) {
            return Stream.iterate(
                            machine.history().next(index),
                            Objects::nonNull,
                            found -> machine.history().next(found + 1))
                    .map(found -> past(found).orElseThrow())
                    .iterator();
        }

        @Override
        public Iterator<Occurrence> occurrences(Cursor after, boolean changes) {
            var from = after.seq() == Cursor.END ? after.index() + 1 : after.index();
            return Stream.iterate(
                            machine.history().next(from),
                            Objects::nonNull,
                            found -> machine.history().next(found + 1))
                    .flatMap(found -> Occurrence.of(past(found).orElseThrow(), changes).stream())
                    .filter(occurrence -> occurrence.cursor().compareTo(after) > 0)
                    .iterator();
        }

        @Override
        public long lastOccurrence() {
            return machine.history().last();
        }

        @Override
        public long beginningOfLast(int count) {
            var from = 1L;
            var newest = machine.history().commandsBackwards();
            for (var i = 0; i < count && newest.hasNext(); i++) {
                from = newest.next();
            }
            return from;
        }

        @Override
        public HistoryBounds historyBounds() {
            return machine.history().bounds();
        }

        @Override
        public long forgotten() {
            return machine.history().forgotten();
        }

        @Override
        public long firstPast() {
            return machine.history().firstCommand();
        }

        @Override
        public long lastPast() {
            var newest = machine.history().commandsBackwards();
            return newest.hasNext() ? newest.next() : 0;
        }

        @Override
        public Optional<Reply> fate(@Nullable String caller, String idempotencyKey) {
            var found = machine.memory().find(caller == null ? "" : caller, idempotencyKey, now);
            return Optional.ofNullable(found).map(remembered -> ReplyCodec.decode(name(), remembered.reply()));
        }
    }
}

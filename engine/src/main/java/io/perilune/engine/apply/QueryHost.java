package io.perilune.engine.apply;

import io.perilune.engine.state.Keyspace;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The state as a query sees it: one keyspace at one time, read only. Log lines of queries go nowhere. */
public final class QueryHost implements Host {
    private final Keyspace keyspace;
    private final long now;

    /** @param now log time in milliseconds */
    public QueryHost(Keyspace keyspace, long now) {
        this.keyspace = keyspace;
        this.now = now;
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        return keyspace.get(key, now);
    }

    @Override
    public boolean has(Bytes key) {
        return get(key) != null;
    }

    @Override
    public Iterator<Item> scan(Range range) {
        return keyspace.scan(range, now);
    }

    @Override
    public void log(Bytes line) {}

    @Override
    public int savepoint() {
        return 0;
    }

    @Override
    public void rollback(int savepoint) {}

    @Override
    public void put(Bytes key, Bytes value, long ttlMillis) {
        throw new ReadOnly();
    }

    @Override
    public boolean delete(Bytes key) {
        throw new ReadOnly();
    }

    @Override
    public void emit(String type, Bytes payload) {
        throw new ReadOnly();
    }

    @Override
    public void schedule(long delayMillis, String command, Bytes argument, String id) {
        throw new ReadOnly();
    }

    @Override
    public boolean cancel(String id) {
        throw new ReadOnly();
    }
}

package io.perilune.scripting;

import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The host of a script that is only looked at: nothing there, and nothing kept. */
enum NoHost implements Host {
    INSTANCE;

    @Override
    public @Nullable Bytes get(Bytes key) {
        return null;
    }

    @Override
    public boolean has(Bytes key) {
        return false;
    }

    @Override
    public void put(Bytes key, Bytes value, long ttlMillis) {}

    @Override
    public boolean delete(Bytes key) {
        return false;
    }

    @Override
    public Iterator<Item> scan(Range range) {
        return Collections.emptyIterator();
    }

    @Override
    public void emit(String type, Bytes payload) {}

    @Override
    public void log(Bytes line) {}

    @Override
    public void schedule(long delayMillis, String command, Bytes argument, String id) {}

    @Override
    public boolean cancel(String id) {
        return false;
    }

    @Override
    public int savepoint() {
        return 0;
    }

    @Override
    public void rollback(int savepoint) {}
}

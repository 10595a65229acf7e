package io.perilune.raft.node;

import java.util.ArrayList;
import java.util.List;

/**
 * A bounded queue with many writers and one reader, which takes all there is at once.
 *
 * <p>A lock around two lists, and not something without locks: it is held for an append, and the reader takes it once
 * for many items.
 */
final class Mailbox<T> {
    private final int countMax;
    private ArrayList<T> items = new ArrayList<>();
    private ArrayList<T> spare = new ArrayList<>();
    private boolean closed;

    Mailbox(int countMax) {
        this.countMax = countMax;
    }

    /** @return false where it is full or closed */
    synchronized boolean offer(T item) {
        if (closed || items.size() >= countMax) {
            return false;
        }
        items.add(item);
        return true;
    }

    /** For what must not be lost and is bounded elsewhere, such as answers to work that was handed out. */
    synchronized void put(T item) {
        if (!closed) {
            items.add(item);
        }
    }

    /** Everything that is there, in order; to be read before the next call, which reuses the list. */
    synchronized List<T> drain() {
        ArrayList<T> full = items;
        spare.clear();
        items = spare;
        spare = full;
        return full;
    }

    /** Takes nothing more, and forgets what is there. */
    synchronized List<T> close() {
        closed = true;
        List<T> left = items;
        items = new ArrayList<>();
        return left;
    }

    synchronized int size() {
        return items.size();
    }
}

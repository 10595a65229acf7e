package io.perilune.engine.state;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host.Item;
import io.perilune.scripting.Host.Range;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The keys and values of one machine, in the order of the keys' bytes. Immutable: each change gives a new keyspace that
 * shares nearly everything with the old one, at a cost that grows with the logarithm of the number of keys.
 *
 * <p>Whether a key with an expiry is there depends on the {@code now} of the question, log time in milliseconds. That
 * makes expiry exact, and leaves removing the dead to {@link #expire}, which may do it in bounded steps.
 */
public final class Keyspace {
    public static final Keyspace EMPTY = new Keyspace(TreePMap.empty(), TreePSet.empty(), 0);

    private final TreePMap<Bytes, Stored> items;
    private final TreePSet<Expiry> expiries;
    private final long bytes;

    private Keyspace(TreePMap<Bytes, Stored> items, TreePSet<Expiry> expiries, long bytes) {
        this.items = items;
        this.expiries = expiries;
        this.bytes = bytes;
    }

    /** Keys that are stored, the expired ones among them that {@link #expire} has not come to. */
    public long count() {
        return items.size();
    }

    /** The size of all keys and values that {@link #count} counts. */
    public long bytes() {
        return bytes;
    }

    /** All that is stored, expired or not, in the order of the keys. */
    public Iterable<Map.Entry<Bytes, Stored>> stored() {
        return items.entrySet();
    }

    public @Nullable Bytes get(Bytes key, long now) {
        var found = items.get(key);
        return found != null && found.lives(now) ? found.value() : null;
    }

    /** What is stored there, expired or not. */
    public @Nullable Stored stored(Bytes key) {
        return items.get(key);
    }

    public Keyspace put(Bytes key, Stored stored) {
        var old = items.get(key);
        var grown = bytes
                + stored.value().size()
                - (old == null ? -key.size() : old.value().size());
        var after = withoutExpiry(key, old);
        if (stored.expiry() != Stored.FOREVER) {
            after = after.plus(new Expiry(stored.expiry(), key));
        }
        return new Keyspace(items.plus(key, stored), after, grown);
    }

    public Keyspace delete(Bytes key) {
        var old = items.get(key);
        if (old == null) {
            return this;
        }
        var shrunk = bytes - key.size() - old.value().size();
        return new Keyspace(items.minus(key), withoutExpiry(key, old), shrunk);
    }

    private TreePSet<Expiry> withoutExpiry(Bytes key, @Nullable Stored old) {
        return old == null || old.expiry() == Stored.FOREVER ? expiries : expiries.minus(new Expiry(old.expiry(), key));
    }

    /** When the first key goes, in log time, or {@link Long#MAX_VALUE}. */
    public long firstExpiry() {
        return expiries.isEmpty() ? Long.MAX_VALUE : expiries.first().time();
    }

    /** The keys that are gone at {@code now} but still stored: the earliest {@code most} of them, in order of expiry. */
    public List<Bytes> expired(long now, int most) {
        if (firstExpiry() > now) {
            return List.of();
        }
        var dead = new ArrayList<Bytes>();
        for (var expiry : expiries) {
            if (expiry.time() > now || dead.size() == most) {
                break;
            }
            dead.add(expiry.key());
        }
        return dead;
    }

    public Keyspace without(List<Bytes> keys) {
        var left = this;
        for (var key : keys) {
            left = left.delete(key);
        }
        return left;
    }

    /** Lazily, over this very keyspace. */
    public Iterator<Item> scan(Range range, long now) {
        var entries = within(lowest(range), beyond(range));
        var ordered = range.reverse() ? entries.descendingMap() : entries;
        return new Living(ordered.entrySet().iterator(), range.limit(), now);
    }

    private TreePMap<Bytes, Stored> within(@Nullable Bytes lowest, @Nullable Bytes beyond) {
        if (lowest == null) {
            return beyond == null ? items : items.headMap(beyond, false);
        }
        if (beyond == null) {
            return items.tailMap(lowest, true);
        }
        return lowest.compareTo(beyond) < 0 ? items.subMap(lowest, true, beyond, false) : TreePMap.empty();
    }

    private static @Nullable Bytes lowest(Range range) {
        var prefix = range.prefix();
        var from = range.from();
        if (prefix == null || from == null) {
            return prefix == null ? from : prefix;
        }
        return prefix.compareTo(from) < 0 ? from : prefix;
    }

    private static @Nullable Bytes beyond(Range range) {
        var after = range.prefix() == null ? null : after(range.prefix());
        var to = range.to();
        if (after == null || to == null) {
            return after == null ? to : after;
        }
        return after.compareTo(to) < 0 ? after : to;
    }

    /** The least key beyond all that start with {@code prefix}; null if there is none, as for a prefix of bytes 255. */
    private static @Nullable Bytes after(Bytes prefix) {
        var last = prefix.size() - 1;
        while (last >= 0 && prefix.at(last) == (byte) 0xFF) {
            last--;
        }
        if (last < 0) {
            return null;
        }
        var next = Bytes.copyOf(prefix.lend(), 0, last + 1).lend();
        next[last]++;
        return Bytes.owned(next);
    }

    /** Makes a keyspace from items that come in the order of their keys, in less time than by putting them one by one. */
    public static final class Loader {
        private final TreeMap<Bytes, Stored> items = new TreeMap<>();
        private final TreeSet<Expiry> expiries = new TreeSet<>();
        private long bytes;

        /** @throws IllegalArgumentException if {@code key} is not greater than the last one */
        public void add(Bytes key, Stored stored) {
            if (!items.isEmpty() && items.lastKey().compareTo(key) >= 0) {
                throw new IllegalArgumentException("key " + key + " is out of order");
            }
            items.put(key, stored);
            bytes += key.size() + stored.value().size();
            if (stored.expiry() != Stored.FOREVER) {
                expiries.add(new Expiry(stored.expiry(), key));
            }
        }

        public Keyspace load() {
            return new Keyspace(TreePMap.fromSortedMap(items), TreePSet.from(expiries), bytes);
        }
    }

    private record Expiry(long time, Bytes key) implements Comparable<Expiry> {
        @Override
        public int compareTo(Expiry other) {
            var order = Long.compare(time, other.time);
            return order != 0 ? order : key.compareTo(other.key);
        }
    }

    private static final class Living implements Iterator<Item> {
        private final Iterator<Map.Entry<Bytes, Stored>> entries;
        private final long now;
        private long left;
        private @Nullable Item next;

        Living(Iterator<Map.Entry<Bytes, Stored>> entries, long limit, long now) {
            this.entries = entries;
            this.left = limit;
            this.now = now;
        }

        @Override
        public boolean hasNext() {
            while (next == null && left > 0 && entries.hasNext()) {
                var entry = entries.next();
                if (entry.getValue().lives(now)) {
                    next = new Item(entry.getKey(), entry.getValue().value());
                    left--;
                }
            }
            return next != null;
        }

        @Override
        public Item next() {
            var found = hasNext() ? next : null;
            if (found == null) {
                throw new NoSuchElementException();
            }
            next = null;
            return found;
        }
    }
}

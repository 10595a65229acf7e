package io.perilune.engine.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.engine.Seeds;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host.Item;
import io.perilune.scripting.Host.Range;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeyspaceTest {
    private static final Range ALL = new Range(null, null, null, Long.MAX_VALUE, false);

    private static Bytes b(String text) {
        return Bytes.utf8(text);
    }

    private static Keyspace of(String... keys) {
        var keyspace = Keyspace.EMPTY;
        for (var key : keys) {
            keyspace = keyspace.put(b(key), new Stored(b("v" + key), Stored.FOREVER));
        }
        return keyspace;
    }

    private static List<String> keys(Keyspace keyspace, Range range, long now) {
        var keys = new ArrayList<String>();
        keyspace.scan(range, now).forEachRemaining(item -> keys.add(item.key().toString()));
        return keys;
    }

    @Test
    void a_change_leaves_the_keyspace_it_was_made_from_as_it_was() {
        var before = of("a", "b");

        var after = before.put(b("a"), new Stored(b("other"), Stored.FOREVER)).delete(b("b"));

        assertThat(before.get(b("a"), 0)).isEqualTo(b("va"));
        assertThat(before.get(b("b"), 0)).isEqualTo(b("vb"));
        assertThat(after.get(b("a"), 0)).isEqualTo(b("other"));
        assertThat(after.get(b("b"), 0)).isNull();
    }

    @Test
    void keys_are_ordered_as_unsigned_bytes() {
        var keyspace = Keyspace.EMPTY;
        for (var first : new int[] {0x80, 0x7F, 0x00, 0xFF}) {
            keyspace = keyspace.put(Bytes.owned(new byte[] {(byte) first}), new Stored(b(""), 0));
        }

        var found = new ArrayList<Integer>();
        keyspace.scan(ALL, 0).forEachRemaining(item -> found.add(item.key().at(0) & 0xFF));

        assertThat(found).containsExactly(0x00, 0x7F, 0x80, 0xFF);
    }

    @Test
    void a_prefix_of_bytes_255_reaches_to_the_end() {
        var high = Bytes.owned(new byte[] {(byte) 0xFF, (byte) 0xFF});
        var higher = Bytes.owned(new byte[] {(byte) 0xFF, (byte) 0xFF, 1});
        var keyspace = of("a").put(high, new Stored(b(""), 0)).put(higher, new Stored(b(""), 0));

        var found = new ArrayList<Bytes>();
        keyspace.scan(new Range(high, null, null, 10, false), 0).forEachRemaining(item -> found.add(item.key()));

        assertThat(found).containsExactly(high, higher);
    }

    @Test
    void a_range_takes_the_narrower_of_prefix_and_bounds() {
        var keyspace = of("a1", "a2", "a3", "b1", "b2");

        assertThat(keys(keyspace, new Range(b("a"), b("a2"), null, 9, false), 0))
                .containsExactly("a2", "a3");
        assertThat(keys(keyspace, new Range(b("a"), null, b("a3"), 9, false), 0))
                .containsExactly("a1", "a2");
        assertThat(keys(keyspace, new Range(b("b"), b("a"), b("c"), 9, true), 0))
                .containsExactly("b2", "b1");
        assertThat(keys(keyspace, new Range(b("a"), b("b"), null, 9, false), 0)).isEmpty();
        assertThat(keys(keyspace, new Range(null, b("b"), b("a"), 9, false), 0)).isEmpty();
        assertThat(keys(keyspace, new Range(null, null, null, 0, false), 0)).isEmpty();
        assertThat(keys(keyspace, new Range(null, null, null, 2, true), 0)).containsExactly("b2", "b1");
    }

    @Test
    void an_expired_key_is_gone_to_every_reader_before_it_is_removed() {
        var keyspace = of("a", "c").put(b("b"), new Stored(b("v"), 100));

        assertThat(keyspace.get(b("b"), 99)).isNotNull();
        assertThat(keyspace.get(b("b"), 100)).isNull();
        assertThat(keys(keyspace, ALL, 99)).containsExactly("a", "b", "c");
        assertThat(keys(keyspace, ALL, 100)).containsExactly("a", "c");
        assertThat(keys(keyspace, new Range(null, null, null, 2, false), 100)).containsExactly("a", "c");
    }

    @Test
    void the_expired_are_removed_in_bounded_steps_the_earliest_first() {
        var keyspace = of("stays");
        for (var i = 0; i < 10; i++) {
            keyspace = keyspace.put(b("k" + i), new Stored(b("v"), 100 - i));
        }

        var first = keyspace.expired(95, 3);

        assertThat(first).containsExactly(b("k9"), b("k8"), b("k7"));
        assertThat(keyspace.without(first).expired(95, 3)).containsExactly(b("k6"), b("k5"));
        assertThat(keyspace.without(first).firstExpiry()).isEqualTo(94);
    }

    @Test
    void writing_over_a_key_with_an_expiry_clears_it() {
        var keyspace = Keyspace.EMPTY.put(b("a"), new Stored(b("1"), 10)).put(b("a"), new Stored(b("2"), 0));

        assertThat(keyspace.firstExpiry()).isEqualTo(Long.MAX_VALUE);
        assertThat(keyspace.get(b("a"), 11)).isEqualTo(b("2"));
    }

    @Test
    void a_loader_refuses_keys_out_of_order() {
        var loader = new Keyspace.Loader();
        loader.add(b("b"), new Stored(b(""), 0));

        assertThatThrownBy(() -> loader.add(b("b"), new Stored(b(""), 0))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> loader.add(b("a"), new Stored(b(""), 0))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void it_agrees_with_a_plain_sorted_map_under_random_changes_and_scans() {
        var random = Seeds.random("keyspace");
        var keyspace = Keyspace.EMPTY;
        var model = new TreeMap<Bytes, Stored>();
        for (var step = 0; step < 20_000; step++) {
            var key = key(random);
            if (random.nextInt(3) == 0) {
                keyspace = keyspace.delete(key);
                model.remove(key);
            } else {
                var stored =
                        new Stored(b("v" + random.nextInt(1_000)), random.nextInt(4) == 0 ? 1 + random.nextInt(50) : 0);
                keyspace = keyspace.put(key, stored);
                model.put(key, stored);
            }
            if (step % 20 == 0) {
                compare(keyspace, model, random);
            }
        }
    }

    private static void compare(Keyspace keyspace, TreeMap<Bytes, Stored> model, Random random) {
        long now = random.nextInt(60);
        var range = new Range(
                random.nextBoolean() ? key(random) : null,
                random.nextBoolean() ? key(random) : null,
                random.nextBoolean() ? key(random) : null,
                random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(5),
                random.nextBoolean());
        var expected = model.entrySet().stream()
                .filter(entry -> entry.getValue().lives(now))
                .map(entry -> new Item(entry.getKey(), entry.getValue().value()))
                .filter(item -> range.prefix() == null || item.key().startsWith(range.prefix()))
                .filter(item -> range.from() == null || item.key().compareTo(range.from()) >= 0)
                .filter(item -> range.to() == null || item.key().compareTo(range.to()) < 0)
                .sorted(range.reverse() ? Comparator.comparing(Item::key).reversed() : Comparator.comparing(Item::key))
                .limit(range.limit())
                .toList();
        var found = new ArrayList<Item>();
        keyspace.scan(range, now).forEachRemaining(found::add);
        assertThat(found).as("%s", range).isEqualTo(expected);
        assertThat(keyspace.count()).isEqualTo(model.size());
        assertThat(keyspace.bytes())
                .isEqualTo(model.entrySet().stream()
                        .mapToLong(entry ->
                                entry.getKey().size() + entry.getValue().value().size())
                        .sum());
        assertThat(keyspace.expired(now, Integer.MAX_VALUE)).hasSize((int)
                model.values().stream().filter(stored -> !stored.lives(now)).count());
    }

    private static Bytes key(Random random) {
        var bytes = new byte[random.nextInt(4)];
        for (var i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextBoolean() ? 0xFF - random.nextInt(2) : random.nextInt(3));
        }
        return Bytes.owned(bytes);
    }
}

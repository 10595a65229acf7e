package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.perilune.scripting.Value.Arr;
import io.perilune.scripting.Value.Bool;
import io.perilune.scripting.Value.Num;
import io.perilune.scripting.Value.Obj;
import io.perilune.scripting.Value.Str;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ValueCodecTest {
    private static final long SEED = 20_261_122;
    private static final double TWO_53 = 9_007_199_254_740_992.0;

    private static final Value RICH = obj(Map.of(
            "", str(""),
            "array", new Arr(List.of(num(1), num(-1), num(0.1), Value.NULL, new Arr(List.of()))),
            "big", num(TWO_53),
            "object", obj(Map.of("empty", obj(Map.of()), "yes", new Bool(true), "no", new Bool(false))),
            "text", new Str(Bytes.owned(new byte[] {0, -1, 127, -128})),
            "tiny", num(Double.MIN_VALUE),
            "wide", num(-1e300)));

    @Test
    void the_layout_is_the_one_in_the_picture() {
        var value = obj(Map.of("a", new Arr(List.of(num(1), num(-1))), "b", num(0.5)));
        assertThat(hex(ValueCodec.encode(value))).isEqualTo("07020161060203020301016204" + "3fe0000000000000");
    }

    @Test
    void every_kind_of_value_comes_back_as_it_was() {
        for (var value : List.of(
                Value.NULL,
                new Bool(false),
                new Bool(true),
                num(0),
                num(-0.0),
                num(63),
                num(64),
                num(-64),
                num(-65),
                num(TWO_53),
                num(-TWO_53),
                num(TWO_53 + 2),
                num(Double.MAX_VALUE),
                num(1 / 3.0),
                str("text"),
                new Arr(List.of()),
                obj(Map.of()),
                RICH)) {
            assertThat(ValueCodec.decode(ValueCodec.encode(value))).isEqualTo(value);
        }
    }

    @Test
    void an_empty_array_an_empty_object_and_null_are_three_things() {
        assertThat(List.of(new Arr(List.of()), obj(Map.of()), Value.NULL))
                .extracting(value -> hex(ValueCodec.encode(value)))
                .containsExactly("0600", "0700", "00");
    }

    @Test
    void integers_have_one_encoding_and_other_doubles_another() {
        assertThat(hex(ValueCodec.encode(num(TWO_53)))).isEqualTo("038080808080808020");
        assertThat(hex(ValueCodec.encode(num(-TWO_53)))).isEqualTo("03ffffffffffffff1f");
        assertThat(hex(ValueCodec.encode(num(TWO_53 + 2)))).isEqualTo("044340000000000001");
        assertThat(hex(ValueCodec.encode(num(-0.0)))).isEqualTo("0300");
    }

    @Test
    void fields_are_written_in_the_order_of_their_bytes_whatever_order_their_maker_chose() {
        var backwards = new TreeMap<Bytes, Value>(Comparator.reverseOrder());
        backwards.putAll(Map.of(Bytes.utf8("a"), num(1), Bytes.utf8("é"), num(2), Bytes.utf8("z"), num(3)));
        var forwards = new TreeMap<Bytes, Value>();
        forwards.putAll(backwards);
        assertThat(ValueCodec.encode(new Obj(backwards))).isEqualTo(ValueCodec.encode(new Obj(forwards)));
    }

    @Test
    void what_is_not_canonical_is_refused_and_the_offset_named() {
        refused("", "cut off at byte 0");
        refused("08", "unknown tag 8 at byte 0");
        refused("ff", "unknown tag 255 at byte 0");
        refused("0000", "more bytes than the value has at byte 1");
        refused("038000", "number written longer than needed at byte 1");
        refused("0380", "number cut off at byte 2");
        refused("038280808080808020", "integer beyond 2^53 at byte 1");
        refused("03ffffffffffffffffff01", "number of more than 9 bytes at byte 1");
        refused("043ff0000000000000", "integer written as a double at byte 1");
        refused("048000000000000000", "integer written as a double at byte 1");
        refused("047ff0000000000000", "double that is not finite at byte 1");
        refused("047ff8000000000001", "double that is not finite at byte 1");
        refused("0400", "double cut off at byte 1");
        refused("050261", "string longer than what is left at byte 1");
        refused("06ffffff7f", "array longer than what is left at byte 1");
        refused("0602050161", "cut off at byte 5");
        refused("070200000000", "a name given twice at byte 4");
        refused("0702016200016100", "names out of order at byte 5");
        refused("0703000000", "object longer than what is left at byte 1");
    }

    @Test
    void values_nest_a_hundred_deep_and_no_deeper() {
        var deepest = nested(ValueCodec.DEPTH_MAX);
        assertThat(ValueCodec.decode(ValueCodec.encode(deepest))).isEqualTo(deepest);
        assertThatThrownBy(() -> ValueCodec.encode(new Arr(List.of(deepest))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deeper than 100");
        refused("0601".repeat(100) + "0600", "nested deeper than 100 at byte 200");
    }

    @Test
    void a_value_cut_off_anywhere_is_refused() {
        var whole = ValueCodec.encode(RICH);
        for (var length = 0; length < whole.size(); length++) {
            var cut = Bytes.copyOf(whole.lend(), 0, length);
            assertThatThrownBy(() -> ValueCodec.decode(cut))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at byte");
        }
    }

    @Test
    void a_flipped_bit_is_refused_or_is_another_value_with_exactly_those_bytes() {
        var whole = ValueCodec.encode(RICH);
        for (var bit = 0; bit < 8 * whole.size(); bit++) {
            var flipped = whole.lend().clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            refusedOrCanonical(Bytes.owned(flipped));
        }
    }

    @Test
    void random_values_come_back_and_damaged_ones_are_refused_or_canonical() {
        System.out.println("seed " + SEED);
        var random = new SplittableRandom(SEED);
        for (var round = 0; round < 20_000; round++) {
            var value = random(random, 4);
            var encoded = ValueCodec.encode(value);
            assertThat(ValueCodec.decode(encoded)).isEqualTo(value);
            var damaged = encoded.lend().clone();
            for (var hits = random.nextInt(1, 4); hits > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(random.nextBoolean() ? 9 : 256);
            }
            refusedOrCanonical(Bytes.owned(damaged));
        }
    }

    @Test
    void random_bytes_are_refused_or_canonical() {
        System.out.println("seed " + SEED);
        var random = new SplittableRandom(SEED);
        for (var round = 0; round < 200_000; round++) {
            var noise = new byte[random.nextInt(24)];
            for (var i = 0; i < noise.length; i++) {
                noise[i] = (byte) random.nextInt(random.nextInt(4) == 0 ? 256 : 8);
            }
            refusedOrCanonical(Bytes.owned(noise));
        }
    }

    private static void refusedOrCanonical(Bytes bytes) {
        Value value;
        try {
            value = ValueCodec.decode(bytes);
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining("at byte");
            return;
        } catch (RuntimeException crash) {
            fail("decoding " + hex(bytes), crash);
            return;
        }
        assertThat(ValueCodec.encode(value)).isEqualTo(bytes);
    }

    private static Value random(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 7)) {
            case 0 -> Value.NULL;
            case 1 -> new Bool(random.nextBoolean());
            case 2 -> num(random.nextLong() >> random.nextInt(64));
            case 3 -> {
                var number = Double.longBitsToDouble(random.nextLong());
                yield num(Double.isFinite(number) ? number : 0.25);
            }
            case 4 -> new Str(name(random));
            case 5 -> {
                var items = new ArrayList<Value>();
                for (var n = random.nextInt(5); n > 0; n--) {
                    items.add(random(random, depth - 1));
                }
                yield new Arr(items);
            }
            default -> {
                var fields = new TreeMap<Bytes, Value>();
                for (var n = random.nextInt(5); n > 0; n--) {
                    fields.put(name(random), random(random, depth - 1));
                }
                yield new Obj(fields);
            }
        };
    }

    private static Bytes name(SplittableRandom random) {
        var content = new byte[random.nextInt(4)];
        random.nextBytes(content);
        return Bytes.owned(content);
    }

    private static void refused(String hex, String fault) {

        assertThatThrownBy(() -> ValueCodec.decode(Bytes.owned(HexFormat.of().parseHex(hex))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a canonical value: " + fault);
    }

    private static Value nested(int depth) {
        Value value = new Arr(List.of());
        for (var i = 1; i < depth; i++) {
            value = new Arr(List.of(value));
        }
        return value;
    }

    private static Value obj(Map<String, Value> fields) {
        var sorted = new TreeMap<Bytes, Value>();
        fields.forEach((name, value) -> sorted.put(Bytes.utf8(name), value));
        return new Obj(sorted);
    }

    private static Value num(double value) {
        return new Num(value);
    }

    private static Value str(String text) {
        return new Str(Bytes.utf8(text));
    }

    private static String hex(Bytes bytes) {
        return HexFormat.of().formatHex(Arrays.copyOf(bytes.lend(), bytes.size()));
    }
}

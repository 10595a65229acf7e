package io.perilune.http.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "[]",
                "{}",
                "[[],{}]",
                "{\"a\":[1,-2.5,\"x\"],\"b\":null}",
                "9007199254740992",
                "-9007199254740992",
                "0.1",
                "1e-7",
                "1e+300",
                "5e-324",
                "1.7976931348623157e+308",
                "9.007199254740994e+15",
                "-1e+17",
                "\"é€😀\\u0000\\n\\\"\\\\\"",
                "{\"$base64\":\"//4=\"}",
                "{\"$base64\":\"//4=\",\"more😀\":1}"
            })
    void what_is_written_as_we_write_it_comes_back_as_it_was(String text) throws JsonFault {
        assertThat(write(read(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.0 | 1",
                "-0 | 0",
                "-0.0 | 0",
                "1e2 | 100",
                "0.30000000000000004 | 0.30000000000000004",
                "9007199254740993.0 | 9007199254740992",
                "123456789012345680000.0 | 1.2345678901234568e+20",
                "2e-3 | 0.002",
                "{\"b\":1,\"a\":2} | {\"a\":2,\"b\":1}",
                "{\"$base64\":\"YQ==\"} | \"a\"",
                "'  ' | null"
            })
    void a_value_has_one_text(String text, String written) throws JsonFault {
        assertThat(write(read(text))).isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{by:2}",
                "{'by':2}",
                "nul",
                "NaN",
                "Infinity",
                "01",
                "+1",
                ".5",
                "1.",
                "0x10",
                "[1,]",
                "[,1]",
                "{\"a\":1,}",
                "{\"a\"}",
                "[1 2]",
                "{} {}",
                "1 2",
                "[",
                "{\"a\":",
                "\"open",
                "\"\\x\"",
                "\"a\nb\"",
                "// no\n1",
                "\"\\ud800\"",
                "\"\\ude00\\ud800\"",
                "{\"\\ud800\":1}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "{\"a\":1,\"\\u0061\":2}",
                "9007199254740993",
                "-9007199254740993",
                "99999999999999999999999999",
                "-9223372036854775808",
                "1e309",
                "{\"$base64\":\"!\"}",
                "{\"$base64\":\"YQ\\n==\"}",
                "{\"$base64\":1}",
                "{\"$base64\":{}}",
                "\uFEFF{}"
            })
    void what_is_not_json_or_cannot_be_kept_is_refused_with_a_reason(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOfSatisfying(
                        JsonFault.class,
                        fault -> assertThat(fault.detail())
                                .isNotBlank()
                                .doesNotContain("Feature", "REDACTED", "com.fasterxml"));
    }

    @Test
    void nesting_ends_at_a_hundred() throws JsonFault {
        assertThat(write(read("[".repeat(100) + "]".repeat(100)))).hasSize(200);
        assertThatThrownBy(() -> read("[".repeat(101) + "]".repeat(101)))
                .isInstanceOf(JsonFault.class)
                .hasMessageContaining("100");
        assertThatThrownBy(() -> read("{\"a\":".repeat(1_000_000))).isInstanceOf(JsonFault.class);
    }

    @Test
    void a_number_of_a_million_digits_is_refused_at_little_cost() {
        assertThatThrownBy(() -> read("1".repeat(1_000_000))).isInstanceOf(JsonFault.class);
        assertThatThrownBy(() -> read("0." + "1".repeat(1_000_000))).isInstanceOf(JsonFault.class);
    }

    @Test
    void text_is_utf_8_and_nothing_else() {
        for (var malformed : List.of(
                new byte[] {'"', (byte) 0xff, '"'},
                new byte[] {'"', (byte) 0xc0, (byte) 0xaf, '"'},
                new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'},
                new byte[] {'"', (byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'},
                new byte[] {'"', (byte) 0xe2, (byte) 0x82},
                new byte[] {0, '1', 0, '2'})) {
            assertThatThrownBy(() -> JsonReader.read(malformed)).isInstanceOf(JsonFault.class);
        }
    }

    @Test
    void nothing_at_all_is_null() throws JsonFault {
        assertThat(read("")).isEqualTo(Value.NULL);
    }

    @Test
    void a_fault_says_where_it_is() {
        assertThatThrownBy(() -> read("{\n  \"a\": 1,\n  \"a\": 2\n}"))
                .isInstanceOfSatisfying(
                        JsonFault.class, fault -> assertThat(fault.line()).isEqualTo(3));
    }

    @Test
    void a_name_that_is_not_utf_8_is_shown_rather_than_lost() {
        var fields = new TreeMap<>(Map.of(Bytes.owned(new byte[] {(byte) 0xff}), Value.NULL));
        assertThat(write(new Value.Obj(fields))).isEqualTo("{\"$base64:/w==\":null}");
    }

    @Test
    void any_value_reads_back_from_its_text() throws JsonFault {
        var seed = 20_261_122L;
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++) {
            var value = value(random, 4);
            assertThat(JsonReader.read(JsonWriter.write(value)))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(ValueCodec.decode(ValueCodec.encode(value)));
        }
    }

    private static Value value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> Value.NULL;
            case 1 -> new Value.Bool(random.nextBoolean());
            case 2 -> new Value.Num(number(random));
            case 3 -> new Value.Str(bytes(random));
            case 4 -> {
                var items = new java.util.ArrayList<Value>();
                random.ints(random.nextInt(4)).forEach(i -> items.add(value(random, depth - 1)));
                yield new Value.Arr(items);
            }
            default -> {
                var fields = new TreeMap<Bytes, Value>();
                random.ints(random.nextInt(4), 'a', 'z')
                        .forEach(c -> fields.put(Bytes.utf8("é" + (char) c), value(random, depth - 1)));
                yield new Value.Obj(fields);
            }
        };
    }

    private static double number(Random random) {
        for (; ; ) {
            var number =
                    random.nextBoolean() ? Double.longBitsToDouble(random.nextLong()) : random.nextInt(1_000) / 8.0;
            if (Double.isFinite(number)) {
                return number;
            }
        }
    }

    private static Bytes bytes(Random random) {
        var bytes = new byte[random.nextInt(6)];
        random.nextBytes(bytes);
        return random.nextBoolean() ? Bytes.owned(bytes) : Bytes.utf8("x€" + bytes.length);
    }

    private static Value read(String text) throws JsonFault {
        return JsonReader.read(text.getBytes(UTF_8));
    }

    private static String write(Value value) {
        return new String(JsonWriter.write(value), UTF_8);
    }
}

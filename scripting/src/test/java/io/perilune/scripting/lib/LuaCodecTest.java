package io.perilune.scripting.lib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.Outcome.Budget;
import io.perilune.scripting.Value;
import io.perilune.scripting.Value.Arr;
import io.perilune.scripting.Value.Bool;
import io.perilune.scripting.Value.Num;
import io.perilune.scripting.Value.Obj;
import io.perilune.scripting.Value.Str;
import io.perilune.scripting.ValueCodec;
import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.luaj.vm2.LuaValue;

class LuaCodecTest {
    private static final long SEED = 7;

    @Test
    void lua_values_have_the_bytes_of_the_values_they_are() {
        assertThat(encoded("{a = {1, -1}, b = 0.5}"))
                .isEqualTo(ValueCodec.encode(obj("a", new Arr(List.of(new Num(1), new Num(-1))), "b", new Num(0.5))));
        assertThat(encoded("{}")).isEqualTo(ValueCodec.encode(obj()));
        assertThat(encoded("json.array{}")).isEqualTo(ValueCodec.encode(new Arr(List.of())));
        assertThat(encoded("json.null")).isEqualTo(ValueCodec.encode(Value.NULL));
        assertThat(encoded("nil")).isEqualTo(ValueCodec.encode(Value.NULL));
        assertThat(encoded("{json.null}")).isEqualTo(ValueCodec.encode(new Arr(List.of(Value.NULL))));
        assertThat(encoded("-(0)")).isEqualTo(ValueCodec.encode(new Num(0)));
        assertThat(encoded("2^53")).isEqualTo(ValueCodec.encode(new Num(0x1p53)));
        assertThat(encoded("'\\0\\255'")).isEqualTo(ValueCodec.encode(new Str(Bytes.owned(new byte[] {0, -1}))));
        assertThat(encoded("true")).isEqualTo(ValueCodec.encode(new Bool(true)));
    }

    @Test
    void what_was_an_array_is_one_again_also_when_it_is_empty() {
        for (var value :
                List.of(new Arr(List.of()), obj(), obj("a", new Arr(List.of()), "b", obj(), "c", Value.NULL))) {
            var bytes = ValueCodec.encode(value);
            assertThat(LuaCodec.encode(Meter.unlimited(), LuaCodec.decode(Meter.unlimited(), bytes), "value", 100))
                    .isEqualTo(bytes);
        }
    }

    @Test
    void an_emptied_array_to_which_names_are_added_is_an_object() {
        assertThat(encoded("(function() local t = json.decode('[]') t.x = 1 return t end)()"))
                .isEqualTo(ValueCodec.encode(obj("x", new Num(1))));
    }

    @Test
    void random_values_survive_the_way_through_lua() {
        System.out.println("seed " + SEED);
        var random = new SplittableRandom(SEED);
        for (var i = 0; i < 20_000; i++) {
            var bytes = ValueCodec.encode(random(random, 4));
            var value = LuaCodec.decode(Meter.unlimited(), bytes);
            assertThat(LuaCodec.encode(Meter.unlimited(), value, "value", Integer.MAX_VALUE))
                    .isEqualTo(bytes);
        }
    }

    @Test
    void bytes_that_the_value_codec_refuses_are_refused_too() {
        System.out.println("seed " + SEED);
        var random = new SplittableRandom(SEED);
        for (var i = 0; i < 100_000; i++) {
            var noise = new byte[random.nextInt(1, 20)];
            for (var j = 0; j < noise.length; j++) {
                noise[j] = (byte) random.nextInt(random.nextInt(5) == 0 ? 256 : 8);
            }
            assertThat(isAccepted(() -> LuaCodec.decode(Meter.unlimited(), Bytes.owned(noise))))
                    .isEqualTo(isAccepted(() -> ValueCodec.decode(Bytes.owned(noise))));
        }
    }

    private static boolean isAccepted(Runnable decoding) {
        try {
            decoding.run();
            return true;
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "print; value: a function cannot be stored",
                "{x = {1, 2, print}}; value.x[3]: a function cannot be stored",
                "{['a b'] = {[''] = print}}; value[\"a b\"][\"\"]: a function cannot be stored",
                "{coroutine.create(print)}; value[1]: a thread cannot be stored",
                "0/0; value: nan cannot be stored",
                "{-1/0}; value[1]: -inf cannot be stored",
                "{1, nil, 3}; value[2]: an array with a hole cannot be stored",
                "{1, 2, x = 3}; value: a table with the string 'x' as a key besides 1..2 cannot be stored",
                "{[true] = 1}; value: a table with a boolean as a key cannot be stored",
                "{[2] = 1}; value: a table with the number 2 as a key cannot be stored",
                "{a = {[1.5] = 1}}; value.a: a table with the number 1.5 as a key cannot be stored",
                "(function() local t = {} t.t = t return t end)(); value.t: a table that contains itself cannot be stored",
                "(function() local t = {a = {}} t.a.b = t return t end)(); value.a.b: a table that contains itself cannot be stored",
                "(function() local t = {a = {}} t.a.b = t.a return t end)(); value.a.b: a table that contains itself cannot be stored",
                "('x'):rep(1000); value: longer than 100 bytes",
            })
    void what_cannot_be_stored_is_named_with_its_place(String expression, String message) {
        assertThatThrownBy(() -> encoded(expression))
                .isInstanceOf(LuaFailure.class)
                .hasMessage(message);
    }

    @Test
    void values_nest_a_hundred_deep_and_no_deeper() {
        var nest = "(function(n) local t = {} for i = 2, n do t = {t} end return t end)";
        assertThat(encodedLong(nest + "(100)").size()).isEqualTo(200);
        assertThatThrownBy(() -> encodedLong(nest + "(101)"))
                .hasMessage("value[1][1][1][1][1][1][1][1]...[1][1]: a table nested deeper than 100 cannot be stored");
    }

    @Test
    void memory_is_charged_before_it_is_used() {
        var bytes = encodedLong("(function() local t = {} for i = 1, 1e5 do t[i] = 'x' .. i end return t end)()");
        var meter = new Meter(1_000_000_000, 100_000, 1 << 20);
        assertThatThrownBy(() -> LuaCodec.decode(meter, bytes))
                .isInstanceOfSatisfying(
                        BudgetExceeded.class, over -> assertThat(over.budget()).isEqualTo(Budget.MEMORY_BYTES));
        assertThatThrownBy(() -> LuaCodec.decode(new Meter(1_000, 1 << 30, 1 << 20), bytes))
                .isInstanceOfSatisfying(
                        BudgetExceeded.class, over -> assertThat(over.budget()).isEqualTo(Budget.GAS));
        var roomy = Meter.of(Limits.DEFAULT);
        assertThat(LuaCodec.decode(roomy, bytes).length()).isEqualTo(100_000);
    }

    private static Bytes encoded(String expression) {
        return LuaCodec.encode(Meter.unlimited(), value(expression), "value", 100);
    }

    private static Bytes encodedLong(String expression) {
        return LuaCodec.encode(Meter.unlimited(), value(expression), "value", Integer.MAX_VALUE);
    }

    private static LuaValue value(String expression) {
        return new LuaRun(Meter.unlimited()).run("return " + expression);
    }

    private static Value random(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 7)) {
            case 0 -> Value.NULL;
            case 1 -> new Bool(random.nextBoolean());
            case 2 -> new Num(random.nextLong() >> random.nextInt(64));
            case 3 -> new Num(random.nextDouble());
            case 4 -> new Str(Bytes.utf8("s" + random.nextInt(5)));
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
                    fields.put(Bytes.utf8("k" + random.nextInt(40)), random(random, depth - 1));
                }
                yield new Obj(fields);
            }
        };
    }

    private static Obj obj(Object... namesAndValues) {
        var fields = new TreeMap<Bytes, Value>();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            fields.put(Bytes.utf8((String) namesAndValues[i]), (Value) namesAndValues[i + 1]);
        }
        return new Obj(fields);
    }
}

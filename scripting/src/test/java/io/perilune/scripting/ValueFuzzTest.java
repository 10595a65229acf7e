package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.perilune.scripting.lib.LuaCodec;
import io.perilune.scripting.vm.BudgetExceeded;
import io.perilune.scripting.vm.Meter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Equal values have equal bytes, so whatever can be read is written the same again. */
class ValueFuzzTest {
    private static final int BYTES_MAX = 1 << 20;

    static Stream<byte[]> values() {
        var fields = new TreeMap<Bytes, Value>();
        fields.put(Bytes.utf8("a"), new Value.Num(-3));
        fields.put(Bytes.utf8("b"), new Value.Arr(List.of(new Value.Num(0.5), new Value.Str(Bytes.utf8("text")))));
        return Stream.of(ValueCodec.encode(new Value.Obj(fields)).lend());
    }

    @MethodSource("values")
    @FuzzTest(maxDuration = "60s")
    void a_value(byte[] bytes) {
        var encoded = Bytes.owned(bytes.clone());
        try {
            assertThat(ValueCodec.encode(ValueCodec.decode(encoded))).isEqualTo(encoded);
        } catch (IllegalArgumentException expected) {
            // Says where it is not canonical.
        }
    }

    @MethodSource("values")
    @FuzzTest(maxDuration = "60s")
    void a_value_for_lua(byte[] bytes) {
        var encoded = Bytes.owned(bytes.clone());
        var meter = Meter.of(Limits.DEFAULT);
        try {
            var value = LuaCodec.decode(meter, encoded);
            assertThat(LuaCodec.encode(meter, value, "value", BYTES_MAX)).isEqualTo(encoded);
        } catch (IllegalArgumentException | BudgetExceeded expected) {
            // Says where it is not canonical, or which limit it crosses.
        }
    }

    static Stream<byte[]> texts() {
        return Stream.of("{\"a\": [1, -2.5e10, true, null, \"\\u00e9\\n\"]}".getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("texts")
    @FuzzTest(maxDuration = "60s")
    void json_in_lua(byte[] bytes) {
        var sandbox = new Sandbox();
        var script = ((Sandbox.Compilation.Compiled) sandbox.compile(
                        "m",
                        new TreeMap<>(Map.of(
                                "main.lua",
                                Bytes.utf8("function commands.decode(text)"
                                        + " local good, value = pcall(json.decode, text)"
                                        + " return good and json.decode(json.encode(value)) end")))))
                .script();
        var outcome = script.call(
                new EntryPoint.Command("decode", ValueCodec.encode(new Value.Str(Bytes.owned(bytes.clone())))),
                NoHost.INSTANCE,
                new Invocation("m", 1, 1, 1, 1, null, null, 1, Limits.DEFAULT));
        assertThat(outcome).isInstanceOfAny(Outcome.Returned.class, Outcome.OverBudget.class);
    }
}

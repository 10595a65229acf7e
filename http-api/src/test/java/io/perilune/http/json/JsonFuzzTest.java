package io.perilune.http.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A body is a value, which is written and read again as itself, or a fault that says what is wrong. */
class JsonFuzzTest {
    static Stream<byte[]> bodies() {
        return Stream.of(
                "{\"a\": [1, -2.5e10, true, null, \"\\u00e9\\n\"], \"b\": {}}".getBytes(StandardCharsets.UTF_8),
                "{\"$base64\": \"AAEC\"}".getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("bodies")
    @FuzzTest(maxDuration = "60s")
    void a_body(byte[] bytes) throws JsonFault {
        try {
            var value = JsonReader.read(bytes);
            assertThat(JsonReader.read(JsonWriter.write(value))).isEqualTo(value);
        } catch (JsonFault expected) {
            assertThat(expected.detail()).isNotEmpty();
        }
    }
}

package io.perilune.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.perilune.scripting.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes in an upload or a path is taken, or refused as a problem of the caller's. */
class UploadFuzzTest {
    private static final int BYTES_MAX = 1 << 20;

    static Stream<byte[]> bundles() {
        return Stream.of(Bundle.pack(
                new TreeMap<>(Map.of("main.lua", Bytes.utf8("return 1"), "lib/util.lua", Bytes.utf8("return {}")))));
    }

    @MethodSource("bundles")
    @FuzzTest(maxDuration = "60s")
    void a_bundle(byte[] bytes) {
        try {
            var files = Bundle.unpack(bytes, BYTES_MAX);
            assertThat(Bundle.unpack(Bundle.pack(files), BYTES_MAX)).isEqualTo(files);
        } catch (Problem.Thrown expected) {
            // Answered with 4xx.
        }
    }

    static Stream<byte[]> paths() {
        return Stream.of("a%20b+c%e2%82%ac".getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("paths")
    @FuzzTest(maxDuration = "60s")
    void a_path(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        try {
            PercentEncoding.segment(text);
            PercentEncoding.parameter(text);
        } catch (Problem.Thrown expected) {
            // Answered with 400.
        }
    }
}

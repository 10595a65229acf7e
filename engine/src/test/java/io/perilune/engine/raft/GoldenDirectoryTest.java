package io.perilune.engine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Values;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data directories that earlier versions wrote are opened by this one, with everything in them. */
class GoldenDirectoryTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"0.1", "0.1-tokens"})
    void what_an_earlier_version_wrote_is_read_and_gone_on_with(String version) throws IOException {
        unzip("/golden/" + version + "/data.zip");

        try (var engine = GoldenDirectory.start(directory)) {
            assertThat(GoldenDirectory.read(engine)).isEqualTo(expected(version));

            var again = new Request.Call("m", "put", Values.of(Map.of("key", "k0", "value", 0)), "key0", null);
            var replayed = (Reply.Done) GoldenDirectory.await(engine.submit(again, GoldenDirectory.TIMEOUT));
            assertThat(replayed.receipt().replayed()).isTrue();
            var next = new Request.Call("other", null, Values.of(4), null, null);
            var done = (Reply.Done) GoldenDirectory.await(engine.submit(next, GoldenDirectory.TIMEOUT));
            assertThat(done.result()).isEqualTo(Values.of(7));
        }
    }

    private static java.util.List<String> expected(String version) throws IOException {
        try (var in = GoldenDirectoryTest.class.getResourceAsStream("/golden/" + version + "/expected.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private void unzip(String resource) throws IOException {
        try (var zip = new ZipInputStream(GoldenDirectoryTest.class.getResourceAsStream(resource))) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                var file = directory.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(zip, file);
            }
        }
    }
}

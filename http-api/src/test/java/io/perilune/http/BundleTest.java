package io.perilune.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.scripting.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {
    private static final int BYTES_MAX = 10_000;

    @Test
    void files_come_out_as_they_went_in() {
        var files = new TreeMap<>(Map.of("main.lua", Bytes.utf8("return 1"), "lib/money.lua", Bytes.utf8("return 2")));
        assertThat(Bundle.unpack(Bundle.pack(files), BYTES_MAX)).isEqualTo(files);
        assertThat(Bundle.pack(files)).isEqualTo(Bundle.pack(files));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../main.lua",
                "a/../../b.lua",
                "/etc/passwd",
                "C:\\x.lua",
                "a\\b.lua",
                "a//b.lua",
                "./a.lua",
                "a/.",
                "..",
                "é.lua",
                "a b.lua",
                "a/b/c/d/e/f/g/h/i.lua",
                "a\u0000.lua"
            })
    void a_path_that_leads_elsewhere_is_refused(String name) throws IOException {
        var archive = zip(List.of("main.lua", name), new byte[1]);
        assertProblem(Kind.BAD_BUNDLE, () -> Bundle.unpack(archive, BYTES_MAX));
    }

    @Test
    void a_bomb_is_stopped_by_what_comes_out_of_it() throws IOException {
        var archive = zip(List.of("main.lua"), new byte[50_000_000]);
        assertThat(archive.length).isLessThan(100_000);
        assertProblem(Kind.TOO_LARGE, () -> Bundle.unpack(archive, BYTES_MAX));
        var many = zip(List.of("main.lua", "a", "b", "c"), new byte[BYTES_MAX / 3]);
        assertProblem(Kind.TOO_LARGE, () -> Bundle.unpack(many, BYTES_MAX));
    }

    @Test
    void a_bundle_needs_its_main_file() throws IOException {
        var archive = zip(List.of("other.lua"), new byte[1]);
        assertProblem(Kind.BAD_BUNDLE, () -> Bundle.unpack(archive, BYTES_MAX));
        assertProblem(Kind.BAD_BUNDLE, () -> Bundle.unpack("no zip".getBytes(UTF_8), BYTES_MAX));
        assertProblem(Kind.BAD_BUNDLE, () -> Bundle.unpack(new byte[0], BYTES_MAX));
    }

    @Test
    void an_archive_cut_or_bent_anywhere_is_a_problem_or_the_same_files() {
        var content = Bytes.utf8("local answer = 42 -- the answer");
        var archive = Bundle.pack(new TreeMap<>(Map.of("main.lua", content)));
        for (var length = 0; length < archive.length; length++) {
            var cut = Arrays.copyOf(archive, length);
            assertSameOrRefused(content, cut);
        }
        for (var position = 0; position < archive.length; position++) {
            var bent = archive.clone();
            bent[position] ^= 0x10;
            assertSameOrRefused(content, bent);
        }
    }

    private static void assertSameOrRefused(Bytes content, byte[] archive) {
        try {
            assertThat(Bundle.unpack(archive, BYTES_MAX).get("main.lua")).isEqualTo(content);
        } catch (Problem.Thrown refusal) {
            assertThat(refusal.problem().status()).isIn(400, 413);
        }
    }

    private static void assertProblem(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        Problem.Thrown.class,
                        thrown -> assertThat(thrown.problem().kind()).isEqualTo(kind));
    }

    private static byte[] zip(List<String> names, byte[] content) throws IOException {
        var archive = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(archive)) {
            for (var name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(content);
            }
        }
        return archive.toByteArray();
    }
}

package io.perilune.scripting.lib;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs whose output was printed by PUC-Rio's lua5.2 (TZ=UTC, LC_ALL=C) and is committed next to them. */
class LibraryCorpusTest {
    @ParameterizedTest
    @ValueSource(strings = {"strings", "strings2", "tables", "numbers", "dates", "tables_math_os", "years"})
    void a_program_prints_what_it_prints_in_the_reference(String name) throws IOException {
        var ours = LuaRun.printed(resource(name + ".lua"), "@" + name + ".lua").split("\n");
        var theirs = resource(name + ".out").split("\n");
        for (var i = 0; i < Math.min(ours.length, theirs.length); i++) {
            assertThat(ours[i]).as("line %d of %s", i + 1, name).isEqualTo(theirs[i]);
        }
        assertThat(ours).hasSameSizeAs(theirs);
    }

    private static String resource(String name) throws IOException {
        try (var in = LibraryCorpusTest.class.getResourceAsStream("/lua52/lib/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}

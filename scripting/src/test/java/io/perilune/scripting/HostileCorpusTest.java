package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scripts that want out, or want everything: each ends as its title says, and the same sandbox then serves another
 * command. Titles: {@code over BUDGET}, {@code fails PART OF THE MESSAGE}, {@code rejects CODE}, {@code gives RESULT}.
 */
class HostileCorpusTest {
    /** Only so that a script without an end does not hold up the build: gas alone decides. */
    private static final Duration LONG = Duration.ofSeconds(20);

    private static final String CANARY = """
            function apply()
              put('canary', ('still'):upper() .. #table.pack(1, 2) .. math.floor(2.5) .. tostring(string.format ~= nil))
              return get('canary')
            end
            """;

    private final Sandbox sandbox = new Sandbox();

    static Stream<Arguments> scripts() throws IOException {
        try (var in = HostileCorpusTest.class.getResourceAsStream("/hostile/scripts.lua")) {
            return Arrays.stream(new String(in.readAllBytes(), UTF_8).split("(?m)^--> "))
                    .skip(1)
                    .map(part -> part.split("\n", 2))
                    .map(part -> Arguments.of(part[0], part[1]));
        }
    }

    private Outcome run(String source) {
        var files = new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.utf8(source)));
        var script = ((Sandbox.Compilation.Compiled) sandbox.compile("bank", files)).script();
        var entry = new EntryPoint.Apply(ValueCodec.encode(Value.NULL));
        return script.call(entry, new MemoryHost(), SandboxTest.invocation(Limits.DEFAULT));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void a_hostile_script_ends_as_it_should_and_the_next_is_served(String title, String body) {
        boolean survives = title.startsWith("gives");
        String tail = survives ? " do return 'survived' end" : "";
        var outcome = assertTimeoutPreemptively(LONG, () -> run("function apply() " + body + tail + "\nend"));
        expect(title, outcome);
        if (title.startsWith("over")) {
            var caught = assertTimeoutPreemptively(
                    LONG, () -> run("function apply() pcall(function() " + body + "\nend) return 'caught' end"));
            assertThat(caught).as("in pcall").isInstanceOf(Outcome.OverBudget.class);
        }
        assertThat(outcome.usage().memoryBytes()).isLessThan(Limits.DEFAULT.memoryBytes() * 2);
        assertThat(run(CANARY))
                .isInstanceOfSatisfying(
                        Outcome.Returned.class,
                        returned -> assertThat(ValueCodec.decode(returned.result()))
                                .isEqualTo(new Value.Str(Bytes.utf8("STILL22true"))));
    }

    private static void expect(String title, Outcome outcome) {
        String[] words = title.substring(0, title.indexOf(": ")).split(" ", 2);
        switch (words[0]) {
            case "over" ->
                assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.OverBudget.class,
                                over -> assertThat(over.budget().name()).isEqualTo(words[1]));
            case "fails" ->
                assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Failed.class,
                                failed -> assertThat(failed.message()).contains(words[1]));
            case "rejects" ->
                assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Rejected.class,
                                rejected -> assertThat(rejected.code()).isEqualTo(words[1]));
            case "gives" ->
                assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Returned.class,
                                returned -> assertThat(ValueCodec.decode(returned.result()))
                                        .isEqualTo(new Value.Str(Bytes.utf8(words[1]))));
            default -> throw new IllegalArgumentException(title);
        }
    }
}

package io.perilune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ArgumentsTest {
    private static String json(String... arguments) {
        return Arguments.json(List.of(arguments), new CommandLine(CommandSpec.create()).getCommandSpec());
    }

    @Test
    void no_argument_is_null() {
        assertThat(json()).isEqualTo("null");
    }

    @Test
    void an_equals_sign_makes_text_and_a_colon_before_it_json() {
        assertThat(json("who=ann", "by:=2", "tags:=[\"a\"]", "note=a=b"))
                .isEqualTo("{\"who\":\"ann\",\"by\":2,\"tags\":[\"a\"],\"note\":\"a=b\"}");
    }

    @Test
    void one_json_text_is_itself() {
        assertThat(json("{\"by\": 2}")).isEqualTo("{\"by\": 2}");
    }

    @Test
    void what_is_neither_is_named() {
        assertThatThrownBy(() -> json("by:=two")).hasMessageContaining("by:=two");
        assertThatThrownBy(() -> json("=x")).hasMessageContaining("=x");
    }

    @Test
    void the_environment_comes_before_the_settings_file(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("p.properties"), "id = 7\nhttp = 127.0.0.1:1\n");
        var settings = new Settings(Map.of("PERILUNE_HTTP", "127.0.0.1:2"), file);

        assertThat(settings.defaultValue(OptionSpec.builder("--id").build())).isEqualTo("7");
        assertThat(settings.defaultValue(OptionSpec.builder("--http").build())).isEqualTo("127.0.0.1:2");
        assertThat(settings.defaultValue(OptionSpec.builder("--raft").build())).isNull();
    }

    @Test
    void a_misspelt_setting_is_refused(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("p.properties"), "idd = 7\n");
        var command = CommandSpec.create().addOption(OptionSpec.builder("--id").build());

        assertThatThrownBy(() -> new Settings(Map.of(), file).requireKnown(command))
                .hasMessageContaining("idd");
    }
}

package io.perilune.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.cli.terminal.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The demonstration in a hurry: three processes, SIGKILL of the leader under load, and the audit. */
class DemoTest {
    @Test
    void a_killed_leader_costs_nothing_that_was_acknowledged() throws Exception {
        var printed = new ByteArrayOutputStream();
        var console = new Console(new PrintStream(printed, true, StandardCharsets.UTF_8));
        var script = Files.readString(Path.of("../lua-samples/bank.lua"));
        var demo = new Demo(console, new Demo.Pace(1_000, 1_000, 1_000), script);
        try (demo) {
            assertThat(demo.run()).as(printed.toString(StandardCharsets.UTF_8)).isTrue();
        }
        assertThat(demo.folder()).doesNotExist();
        assertThat(demo.processes()).noneMatch(ProcessHandle::isAlive);
    }
}

package io.perilune.cli;

import io.perilune.cli.demo.Demo;
import io.perilune.cli.terminal.Console;
import io.perilune.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "demo",
        description = {
            "The main job in about 20 seconds: three nodes, a killed leader, nothing lost.",
            "Three node processes on loopback, bank.lua uploaded, transfers from several clients, the leader killed",
            "with SIGKILL and started again; then the books are held against what the clients were told."
        })
final class DemoCommand implements Callable<Integer> {
    private static final String SCRIPT = "/samples/bank.lua";

    @Override
    public Integer call() throws Exception {
        var demo = new Demo(new Console(System.out), Demo.Pace.TO_WATCH, script());
        // Ctrl-C ends this process through its shutdown hooks.
        var cleanup = new Thread(demo::close, "demo-cleanup");
        Runtime.getRuntime().addShutdownHook(cleanup);
        try {
            return demo.run() ? ExitCode.OK : ExitCode.DIFFERENT;
        } finally {
            demo.close();
        }
    }

    private static String script() throws IOException {
        try (var in = DemoCommand.class.getResourceAsStream(SCRIPT)) {
            if (in == null) {
                throw new IOException("this build lacks " + SCRIPT);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

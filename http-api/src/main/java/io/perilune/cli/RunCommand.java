package io.perilune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "run", description = "Run a script.")
final class RunCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return 1;
    }
}

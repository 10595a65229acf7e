package io.perilune.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "start", description = "Start a node.")
final class StartCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return 1;
    }
}

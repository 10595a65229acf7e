package io.perilune.cli;

import io.perilune.client.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "deploy", description = "Upload a script (FILE.lua or FILE.zip) to a machine and activate it.")
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class DeployCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "FILE")
    private Path file;

    @Option(
            names = {"-m", "--machine"},
            required = true,
            paramLabel = "MACHINE")
    private String machine;

    @Option(names = "--dry-run", description = "Check only: nothing changes.")
    private boolean dryRun;

    @Option(names = "--no-activate", description = "Upload without switching to it.")
    private boolean keepInactive;

    @Option(names = "--if-version", paramLabel = "V", description = "Only if this version is active now.")
    private @Nullable String expected;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(file)) {
            throw new IOException("there is no file " + file);
        }
        var parameters = new ArrayList<String>();
        if (dryRun) {
            parameters.add("dry_run=true");
        }
        if (keepInactive) {
            parameters.add("activate=false");
        }
        var type = file.toString().endsWith(".zip") ? "application/zip" : "text/x-lua";
        var headers = expected == null ? new String[0] : new String[] {"If-Match", "\"" + expected + "\""};
        return node.print(
                node.client().deploy(machine, type, Files.readAllBytes(file), String.join("&", parameters), headers),
                deployed -> Api.JSON.valueToTree(deployed).toString());
    }
}

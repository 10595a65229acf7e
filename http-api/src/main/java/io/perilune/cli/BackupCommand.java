package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import io.perilune.cli.terminal.Progress;
import io.perilune.client.Api;
import io.perilune.engine.Archive;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "backup",
        description = {
            "Write everything (machines, state, tokens) to a file, taken while commands go on, and check it.",
            "A download that breaks off goes on where it was, also when the command is given again."
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class BackupCommand implements Callable<Integer> {
    private static final int ATTEMPTS = 5;
    private static final int BUFFER_BYTES = 256 << 10;

    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "FILE")
    private Path file;

    @Option(names = "--force", description = "Overwrite FILE.")
    private boolean force;

    @Override
    public Integer call() throws Exception {
        if (Files.exists(file) && !force) {
            throw new IOException(file + " is there already; --force overwrites it");
        }
        var part = Path.of(file + ".part");
        var tag = Path.of(file + ".part.tag");
        try {
            fetch(part, tag);
        } catch (Api.Refused refused) {
            return node.print(refused.answer(), "");
        }
        try {
            System.out.println(file + ": " + describe(part));
        } catch (IOException damaged) {
            Files.deleteIfExists(part);
            Files.deleteIfExists(tag);
            throw damaged;
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(tag);
        return ExitCode.OK;
    }

    /** Reads all of it, as restoring does. */
    static String describe(Path archive) throws IOException {
        try (var in = new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES)) {
            var contents = Archive.read(in);
            return contents.machines() + " machines, " + contents.keys() + " keys and " + contents.tokens()
                    + " tokens at index " + contents.index() + ", whole and undamaged";
        }
    }

    private void fetch(Path part, Path tag) throws IOException, InterruptedException {
        IOException last = null;
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                fetchOnce(part, tag);
                return;
            } catch (Api.Refused refused) {
                throw refused;
            } catch (IOException broken) {
                last = broken;
                Thread.sleep(200L << attempt);
            }
        }
        throw new IOException("the download broke off " + ATTEMPTS + " times; given again, the command goes on", last);
    }

    private void fetchOnce(Path part, Path tag) throws IOException, InterruptedException {
        var known = knownTag(part, tag);
        var have = known == null ? 0 : Files.size(part);
        var headers = known == null ? new String[0] : new String[] {"Range", "bytes=" + have + "-", "If-Range", known};
        try (var download = node.api().download("/v1/backup", headers)) {
            var goesOn = download.status() == 206;
            Files.writeString(tag, download.header("ETag"));
            var begin = goesOn ? have : 0;
            try (var out = goesOn
                            ? Files.newOutputStream(part, StandardOpenOption.APPEND)
                            : Files.newOutputStream(part);
                    var progress = new Progress(System.err, "backup", begin + download.length())) {
                var buffer = new byte[BUFFER_BYTES];
                var at = begin;
                for (var count = download.body().read(buffer);
                        count >= 0;
                        count = download.body().read(buffer)) {
                    out.write(buffer, 0, count);
                    at += count;
                    progress.at(at);
                }
            }
        }
    }

    private static @Nullable String knownTag(Path part, Path tag) throws IOException {
        return Files.exists(part) && Files.exists(tag) && Files.size(part) > 0 ? Files.readString(tag) : null;
    }
}

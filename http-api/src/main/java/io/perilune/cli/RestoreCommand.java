package io.perilune.cli;

import io.perilune.cli.terminal.Progress;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = {
            "Restore a backup into a cluster without machines, of any size. The file is checked before it is sent.",
            "Indexes begin anew, and histories are not in a backup; everything else goes on as it was."
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class RestoreCommand implements Callable<Integer> {
    private static final int BUFFER_BYTES = 256 << 10;

    @Mixin
    private NodeOption node;

    @Parameters(index = "0", paramLabel = "FILE")
    private Path file;

    @Override
    public Integer call() throws Exception {
        System.err.println(file + ": " + BackupCommand.describe(file));
        try (var progress = new Progress(System.err, "restore", Files.size(file))) {
            var answer = node.api().upload("/v1/restore", Files.size(file), () -> counting(progress));
            return node.print(
                    answer,
                    body -> "restored " + body.path("machines") + " machines, " + body.path("keys") + " keys and "
                            + body.path("tokens") + " tokens at index " + body.path("index"));
        }
    }

    private InputStream counting(Progress progress) throws IOException {
        return new FilterInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            private long read;

            @Override
            public int read() throws IOException {
                var one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                var count = super.read(bytes, offset, length);
                read += Math.max(0, count);
                progress.at(read);
                return count;
            }
        };
    }
}

package io.perilune.http;

import io.perilune.engine.Archive;
import io.perilune.engine.Engine;
import io.perilune.engine.View;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Archives of everything, taken while commands go on. One is written to a file beside the data first, so that a download
 * that broke off goes on where it was (RFC 9110, section 14): the last one stays until the next is taken.
 */
final class Backups {
    /** Left on the disk for the log, which must never be short of it. */
    static final long ROOM_BYTES = 512L << 20;

    private static final long LOOK_BYTES = 16L << 20;
    private static final String TYPE = "application/octet-stream";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})?");

    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final Path folder;
    private final AtomicBoolean writing = new AtomicBoolean();
    private volatile @Nullable Taken last;

    private record Taken(Path file, long bytes, String tag, long index) {}

    /** @param folder for the files; made when it is needed */
    Backups(Engine engine, ApiOptions.Bounds bounds, Path folder) {
        this.engine = engine;
        this.bounds = bounds;
        this.folder = folder;
    }

    CompletionStage<Answer> get(Ask ask) {
        var taken = last;
        var range = ask.header("Range");
        if (taken != null && range != null && taken.tag.equals(ask.header("If-Range"))) {
            return CompletableFuture.completedFuture(part(taken, range));
        }
        if (!writing.compareAndSet(false, true)) {
            throw Problem.of(Kind.OVERLOADED, "another backup is being written on this node; one at a time")
                    .thrown();
        }
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(read -> whole(take(Reads.view(read))), ask.worker())
                .whenComplete((answer, fault) -> writing.set(false));
    }

    private Taken take(View view) {
        try {
            Files.createDirectories(folder);
            clean();
            var file = folder.resolve("perilune-" + view.index() + ".backup");
            try (var out = new BufferedOutputStream(new Roomy(Files.newOutputStream(file)), 1 << 16)) {
                Archive.write(view, out);
            } catch (IOException failed) {
                Files.deleteIfExists(file);
                throw failed;
            }
            var bytes = Files.size(file);
            var taken = new Taken(
                    file, bytes, "\"" + view.index() + "-" + Long.toHexString(bytes) + "-" + id() + "\"", view.index());
            last = taken;
            return taken;
        } catch (IOException failed) {
            throw Problem.of(Kind.BACKUP_NOT_TAKEN, "no backup was written: " + failed.getMessage())
                    .thrown();
        }
    }

    /** Two that are taken at the same index need not be the same bytes. */
    private static String id() {
        return Long.toHexString(System.nanoTime());
    }

    /** Those before; a download under way holds its file open, and goes on. */
    private void clean() throws IOException {
        last = null;
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Gives up rather than fill the disk. */
    private final class Roomy extends OutputStream {
        private final OutputStream out;
        private long unlooked = LOOK_BYTES;

        Roomy(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            unlooked += length;
            if (unlooked >= LOOK_BYTES) {
                unlooked = 0;
                if (Files.getFileStore(folder).getUsableSpace() < ROOM_BYTES) {
                    throw new IOException("less than " + ROOM_BYTES + " bytes are left on the disk");
                }
            }
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    private Answer whole(Taken taken) {
        return answer(taken, 0, taken.bytes);
    }

    /** Anything but one plain range is answered with the whole, as the protocol has it. */
    private Answer part(Taken taken, String header) {
        var range = RANGE.matcher(header);
        if (!range.matches()) {
            return whole(taken);
        }
        var from = Long.parseLong(range.group(1));
        var end = range.group(2) == null ? taken.bytes : Math.min(taken.bytes, Long.parseLong(range.group(2)) + 1);
        if (from >= taken.bytes || end <= from) {
            return Problem.of(Kind.RANGE_NOT_SATISFIABLE, "the backup has " + taken.bytes + " bytes")
                    .answer()
                    .with("Content-Range", "bytes */" + taken.bytes);
        }
        return answer(taken, from, end)
                .withStatus(206)
                .with("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + taken.bytes);
    }

    private Answer answer(Taken taken, long from, long end) {
        return Answer.streaming(TYPE, Download.of(taken.file, from, end, bounds.bodyMillis()))
                .with("ETag", taken.tag)
                .with("Accept-Ranges", "bytes")
                .with("Content-Disposition", "attachment; filename=\"perilune-" + taken.index + ".backup\"");
    }
}

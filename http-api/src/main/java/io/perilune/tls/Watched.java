package io.perilune.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is made of files, and made again when they change: whoever uses it looks, at most once a second. What
 * cannot be read leaves the last one in use. Safe for use by several threads.
 */
final class Watched<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Watched.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    interface Maker<T> {
        T make() throws IOException;
    }

    private final List<Path> files;
    private final Maker<T> maker;
    private String stamp;
    private T made;
    private long looked = System.nanoTime();

    Watched(List<Path> files, Maker<T> maker) throws IOException {
        this.files = files;
        this.maker = maker;
        this.stamp = stamp();
        this.made = maker.make();
    }

    synchronized T get() {
        if (System.nanoTime() - looked >= LOOK_NANOS) {
            look();
            looked = System.nanoTime();
        }
        return made;
    }

    private void look() {
        try {
            var now = stamp();
            if (now.equals(stamp)) {
                return;
            }
            stamp = now;
            made = maker.make();
            LOG.info("read again, for they have changed: {}", files);
        } catch (IOException unusable) {
            LOG.warn("staying with what was read before: {}", unusable.toString());
        }
    }

    private String stamp() throws IOException {
        var text = new StringBuilder();
        for (var file : files) {
            try {
                text.append(Files.getLastModifiedTime(file).toMillis())
                        .append('/')
                        .append(Files.size(file))
                        .append(' ');
            } catch (NoSuchFileException missing) {
                throw new IOException("there is no file " + file, missing);
            }
        }
        return text.toString();
    }
}

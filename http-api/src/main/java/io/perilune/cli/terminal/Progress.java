package io.perilune.cli.terminal;

import java.io.PrintStream;
import java.util.Locale;

/** How far something is, on one line that is drawn over again; on a terminal only. */
public final class Progress implements AutoCloseable {
    private static final int WIDTH = 30;
    private static final long DRAW_NANOS = 100_000_000;

    private final PrintStream out;
    private final boolean drawing;
    private final String what;
    private final long total;
    private final long begun = System.nanoTime();
    private long drawn;

    /** @param total in bytes */
    public Progress(PrintStream out, String what, long total) {
        this.out = out;
        this.drawing = new Console(out).terminal();
        this.what = what;
        this.total = Math.max(1, total);
    }

    public void at(long bytes) {
        var now = System.nanoTime();
        if (drawing && (now - drawn >= DRAW_NANOS || bytes >= total)) {
            drawn = now;
            var filled = (int) Math.min(WIDTH, WIDTH * bytes / total);
            var perSecond = bytes / 1e6 / Math.max(0.001, (now - begun) / 1e9);
            out.printf(
                    Locale.ROOT,
                    "\r%s [%s%s] %3d%%  %.1f of %.1f MB, %.1f MB/s ",
                    what,
                    "#".repeat(filled),
                    " ".repeat(WIDTH - filled),
                    Math.min(100, 100 * bytes / total),
                    bytes / 1e6,
                    total / 1e6,
                    perSecond);
            out.flush();
        }
    }

    @Override
    public void close() {
        if (drawing) {
            out.println();
        }
    }
}

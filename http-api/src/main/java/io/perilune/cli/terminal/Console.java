package io.perilune.cli.terminal;

import java.io.PrintStream;

/** Standard error as a person reads it: colours on a terminal only, and only where they are welcome. */
public final class Console {
    private final PrintStream out;
    private final boolean colours;

    public Console(PrintStream out) {
        this.out = out;
        // System.console() is null as soon as either stream is not a terminal, which is the careful answer.
        this.colours = System.console() != null && System.getenv("NO_COLOR") == null;
    }

    public boolean terminal() {
        return colours;
    }

    public String bold(String text) {
        return paint("1", text);
    }

    public String green(String text) {
        return paint("32", text);
    }

    public String red(String text) {
        return paint("31", text);
    }

    public String dim(String text) {
        return paint("2", text);
    }

    public void line(String text) {
        out.println(text);
        out.flush();
    }

    private String paint(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}

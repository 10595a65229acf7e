package io.perilune.http.json;

/** A text is not the JSON that we take. The message says what is wrong; line and column, from 1, say where. */
public final class JsonFault extends Exception {
    private static final long serialVersionUID = 1;

    private final String detail;
    private final int line;
    private final int column;

    JsonFault(String message, int line, int column) {
        super(message, null, false, false);
        this.detail = message;
        this.line = line;
        this.column = column;
    }

    /** What is wrong. */
    public String detail() {
        return detail;
    }

    /** Counted from 1; 0 where there is no such place. */
    public int line() {
        return line;
    }

    /** In bytes, counted from 1; 0 where there is no such place. */
    public int column() {
        return column;
    }
}

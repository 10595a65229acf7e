package io.perilune.scripting.vm;

import io.perilune.scripting.lib.NumberText;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;

/**
 * Reads a source token by token, to say what LuaJ's compiler does not: what is wrong in a number, a string or an escape,
 * and near which token an error is. It gives no tree and decides nothing that the compiler accepts.
 */
final class Lexer {
    /** What Lua's messages call the end of the source. */
    static final String END = "<eof>";

    private static final Set<String> LONG_OPERATORS = Set.of("==", "<=", ">=", "~=", "::", "..", "...");
    private static final int ESCAPE_MAX = 255;

    private final byte[] source;
    private final int end;
    private int at;
    private int line = 1;
    private int start;

    private final boolean showsComments;

    Lexer(LuaString text) {
        this(text, false);
    }

    /** @param showsComments whether long comments are returned like tokens, which then begin with two dashes */
    Lexer(LuaString text, boolean showsComments) {
        this.showsComments = showsComments;
        source = text.m_bytes;
        at = text.m_offset;
        start = at;
        end = text.m_offset + text.m_length;
    }

    /** A lexical error: where it begins, and what is to be said. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1;
        final int offset;
        final int line;
        final String message;

        Malformed(int offset, int line, String message) {
            super(message, null, false, false);
            this.offset = offset;
            this.line = line;
            this.message = Literal.readable(message);
        }
    }

    /** Where the last token begins. */
    int start() {
        return start;
    }

    /** Where the next one is looked for. */
    int position() {
        return at;
    }

    int line() {
        return line;
    }

    /** The text of the next token as it stands in the source; null at the end. */
    @Nullable
    String next() {
        if (skipBlank()) {
            return text(start, at);
        }
        start = at;
        if (at >= end) {
            return null;
        }
        int c = source[at];
        if (isLetter(c)) {
            while (at < end && (isLetter(source[at]) || isDigit(source[at]))) {
                at++;
            }
        } else if (isDigit(c) || c == '.' && isDigit(peek(1))) {
            number();
        } else if (c == '"' || c == '\'') {
            string(c);
        } else if (c == '[' && longLevel() >= 0) {
            longString(longLevel(), "string");
        } else {
            operator();
        }
        return text(start, at);
    }

    private void operator() {
        for (int length = 3; length >= 2; length--) {
            if (at + length <= end && LONG_OPERATORS.contains(text(at, at + length))) {
                at += length;
                return;
            }
        }
        at++;
    }

    /** Whether it stopped behind a long comment, from {@link #start}, that is to be shown. */
    private boolean skipBlank() {
        while (at < end) {
            int c = source[at];
            if (c == '\n' || c == '\r') {
                newline();
            } else if (c == ' ' || c == '\t' || c == 0x0b || c == '\f') {
                at++;
            } else if (c == '-' && peek(1) == '-') {
                if (comment() && showsComments) {
                    return true;
                }
            } else {
                return false;
            }
        }
        return false;
    }

    private void newline() {
        int first = source[at++];
        int second = peek(0);
        if ((second == '\n' || second == '\r') && second != first) {
            at++;
        }
        line++;
    }

    private boolean comment() {
        start = at;
        at += 2;
        if (peek(0) == '[' && longLevel() >= 0) {
            longString(longLevel(), "comment");
            return true;
        }
        while (at < end && source[at] != '\n' && source[at] != '\r') {
            at++;
        }
        return false;
    }

    private void number() {
        boolean hex = source[at] == '0' && (peek(1) == 'x' || peek(1) == 'X');
        at += hex ? 2 : 0;
        while (at < end) {
            int c = source[at];
            // Other letters begin a name, as in 5.2.
            boolean isExponent = hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
            if (isExponent) {
                at += peek(1) == '+' || peek(1) == '-' ? 2 : 1;
            } else if (c == '.' || c < 0x80 && Character.digit(c, 16) >= 0) {
                at++;
            } else {
                break;
            }
        }
        if (Double.isNaN(NumberText.parse(source, start, at - start))) {
            throw malformed(start, "malformed number near '" + text(start, at) + "'");
        }
    }

    private int longLevel() {
        int i = at + 1;
        while (i < end && source[i] == '=') {
            i++;
        }
        return i < end && source[i] == '[' ? i - at - 1 : -1;
    }

    private void longString(int level, String what) {
        at += level + 2;
        while (at < end) {
            int c = source[at];
            if (c == ']' && closes(level)) {
                at += level + 2;
                return;
            }
            if (c == '\n' || c == '\r') {
                newline();
            } else {
                at++;
            }
        }
        throw malformed(start, "unfinished long " + what + " near " + END);
    }

    private boolean closes(int level) {
        for (int i = 1; i <= level; i++) {
            if (peek(i) != '=') {
                return false;
            }
        }
        return peek(level + 1) == ']';
    }

    private void string(int quote) {
        at++;
        while (at < end && source[at] != quote) {
            int c = source[at];
            if (c == '\n' || c == '\r') {
                throw malformed(start, "unfinished string near '" + Literal.shown(text(start, at), false) + "'");
            }
            if (c == '\\') {
                escape();
            } else {
                at++;
            }
        }
        if (at >= end) {
            throw malformed(start, "unfinished string near " + END);
        }
        at++;
    }

    private void escape() {
        int from = at++;
        int c = peek(0);
        switch (c) {
            case 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\', '"', '\'' -> at++;
            case '\n', '\r' -> newline();
            case 'x' -> hexEscape(from);
            case 'z' -> {
                at++;
                while (at < end && (source[at] == ' ' || source[at] >= 9 && source[at] <= 13)) {
                    if (source[at] == '\n' || source[at] == '\r') {
                        newline();
                    } else {
                        at++;
                    }
                }
            }
            case -1 -> throw malformed(start, "unfinished string near " + END);
            default -> {
                if (!isDigit(c)) {
                    throw malformed(start, "invalid escape sequence near '" + text(from, at + 1) + "'");
                }
                decimalEscape(from);
            }
        }
    }

    private void hexEscape(int from) {
        for (int i = 1; i <= 2; i++) {
            if (Character.digit(peek(i), 16) < 0) {
                throw malformed(
                        start, "hexadecimal digit expected near '" + text(from, Math.min(end, at + i + 1)) + "'");
            }
        }
        at += 3;
    }

    private void decimalEscape(int from) {
        int value = 0;
        for (int i = 0; i < 3 && isDigit(peek(0)); i++) {
            value = value * 10 + source[at++] - '0';
        }
        if (value > ESCAPE_MAX) {
            throw malformed(start, "decimal escape too large near '" + text(from, at) + "'");
        }
    }

    private Malformed malformed(int offset, String message) {
        return new Malformed(offset, line, message);
    }

    private int peek(int ahead) {
        return at + ahead < end ? source[at + ahead] & 0xff : -1;
    }

    private String text(int from, int to) {
        return new String(source, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }
}

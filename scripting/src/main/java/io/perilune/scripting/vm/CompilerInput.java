package io.perilune.scripting.vm;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.luaj.vm2.LuaString;

/**
 * What LuaJ's compiler reads. It is never further than one byte after the token it looks at: so when it stops, what it has
 * read tells where.
 */
final class CompilerInput extends InputStream {
    private static final Set<String> BLOCK_BEGINS = Set.of("do", "if", "repeat");
    private static final Set<String> BLOCK_ENDS = Set.of("end", "until");
    private static final int NO_FUNCTION = 0;

    private final CheckedSource checked;
    private final LuaString source;
    private int read;
    private boolean ended;

    CompilerInput(CheckedSource checked) {
        this.checked = checked;
        source = checked.text();
    }

    @Override
    public int read() {
        if (read < source.m_length) {
            return source.m_bytes[source.m_offset + read++] & 0xff;
        }
        if (read == source.m_length) {
            // A blank at the end tells a last token, which it ends, from the end itself.
            read++;
            return ' ';
        }
        ended = true;
        return -1;
    }

    @Override
    public int read(byte[] into, int from, int length) {
        int c = read();
        if (c < 0 || length == 0) {
            return length == 0 ? 0 : -1;
        }
        into[from] = (byte) c;
        return 1;
    }

    /** Bytes read so far. */
    int count() {
        return read;
    }

    /** The token that the compiler looks at, as messages have it. */
    String near() {
        return ended ? Lexer.END : place().near;
    }

    int line() {
        return place().line;
    }

    boolean isInMain() {
        return place().function == NO_FUNCTION;
    }

    /** The function that the compiler is in: {@code "main function"}, {@code "function at line 3"}. */
    String function() {
        int line = place().function;
        return line == NO_FUNCTION ? "main function" : "function at line " + line;
    }

    /** The beginning of a long string that is none: {@code [==}. */
    String delimiter() {
        int end = source.m_offset + Math.min(read, source.m_length) - 1;
        int begin = end;
        while (begin > source.m_offset && source.m_bytes[begin] != '[') {
            begin--;
        }
        return new String(source.m_bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
    }

    private record Place(String near, int line, int function) {}

    private Place place() {
        var lexer = new Lexer(source);
        Deque<Integer> blocks = new ArrayDeque<>();
        try {
            String token = lexer.next();
            while (token != null && lexer.position() - source.m_offset < read - 1) {
                if (token.equals("function")) {
                    blocks.push(lexer.line());
                } else if (BLOCK_BEGINS.contains(token)) {
                    blocks.push(NO_FUNCTION);
                } else if (BLOCK_ENDS.contains(token) && !blocks.isEmpty()) {
                    blocks.pop();
                }
                token = lexer.next();
            }
            int function = blocks.stream()
                    .filter(line -> line != NO_FUNCTION)
                    .findFirst()
                    .orElse(NO_FUNCTION);
            String near = token == null
                    ? Lexer.END
                    : "'" + Literal.readable(Literal.shown(checked.original(token), true)) + "'";
            return new Place(near, lexer.line(), function);
        } catch (Lexer.Malformed later) {
            return new Place(Lexer.END, later.line, NO_FUNCTION);
        }
    }
}

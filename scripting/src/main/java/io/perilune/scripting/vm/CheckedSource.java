package io.perilune.scripting.vm;

import io.perilune.scripting.lib.NumberText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;

/**
 * A source that LuaJ's compiler reads rightly. What LuaJ would misread is written again: long strings that seem nested,
 * and numerals. It reads some numerals wrongly, and folds constants without a negative zero; so a numeral that it cannot
 * read, or that might be folded with another, stands in the source as a string with a mark, which nothing is folded
 * with, and becomes a number again in the constants of the {@link Prototype}.
 */
final class CheckedSource {
    /** Up to this many digits LuaJ reads a decimal integer exactly. */
    private static final int EXACT_DIGITS = 15;

    /** LuaJ cuts longer numerals off. */
    private static final int EXACT_LENGTH = 24;

    private static final Set<String> OPERAND_ENDS = Set.of(")", "]", "}", "end", "true", "false", "nil", "...");

    private static final Set<String> WORDS_BEFORE_OPERANDS = Set.of(
            "and",
            "or",
            "not",
            "return",
            "do",
            "then",
            "else",
            "elseif",
            "if",
            "in",
            "local",
            "repeat",
            "until",
            "while",
            "for",
            "function",
            "goto",
            "break");

    /** Tokens beside a numeral that may make it a part of a constant expression. */
    private static final Set<String> NEIGHBOURS_IN_EXPRESSIONS = Set.of("+", "-", "*", "/", "%", "^", "(", ")");

    private final LuaString given;
    private final CompileCost cost;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(0);
    private int copied;
    /** What a string that stands for a numeral begins with; different for each source, so that none can contain it. */
    private final String mark;

    private LuaString text;
    private Lexer.@Nullable Malformed malformed;

    private CheckedSource(LuaString given, CompileCost cost) {
        this.given = given;
        this.cost = cost;
        text = given;
        copied = given.m_offset;
        int hash = 0;
        for (int i = 0; i < given.m_length; i++) {
            hash = 31 * hash + given.m_bytes[given.m_offset + i];
        }
        mark = "\\000" + Integer.toHexString(hash) + " ";
    }

    /** @throws LuaFailure for more labels and jumps to them than there is room for */
    static CheckedSource of(LuaString source, Meter meter) {
        var checked = new CheckedSource(indented(source), new CompileCost(meter));
        try {
            checked.check();
            checked.text = checked.rewritten();
        } catch (Lexer.Malformed malformed) {
            checked.malformed = malformed;
        }
        return checked;
    }

    /** LuaJ would skip a first line that begins with a hash, which is for files only. */
    private static LuaString indented(LuaString source) {
        return source.m_length > 0 && source.m_bytes[source.m_offset] == '#'
                ? Strings.concat(LuaString.valueOf(" "), source)
                : source;
    }

    /** What the compiler is to read. */
    LuaString text() {
        return text;
    }

    /** Where the source stops being tokens of Lua; the text is as it was given then. */
    Lexer.@Nullable Malformed malformed() {
        return malformed;
    }

    /** A token of {@link #text} as it was in the source. */
    String original(String token) {
        String marked = "\"" + mark;
        return token.startsWith(marked) ? token.substring(marked.length(), token.length() - 1) : token;
    }

    // Before the compiler.

    private record Numeral(
            int start,
            int end,
            String text,
            @Nullable String before,
            @Nullable String twoBefore) {}

    private void check() {
        var lexer = new Lexer(given, true);
        Numeral waiting = null;
        String before = null;
        String last = null;
        int line = 1;
        for (String token = lexer.next(); token != null; token = lexer.next()) {
            if (token.startsWith("--")) {
                if (nests(token, 2)) {
                    settle(waiting, null);
                    waiting = null;
                    replace(lexer.start(), lexer.position(), "\n".repeat(lexer.line() - line));
                }
                line = lexer.line();
                continue;
            }
            settle(waiting, token);
            waiting = null;
            cost.token(token);
            if (nests(token, 0)) {
                replace(lexer.start(), lexer.position(), levelled(token));
            } else if (isNumeral(token)) {
                waiting = new Numeral(lexer.start(), lexer.position(), token, last, before);
            }
            before = last;
            last = token;
            line = lexer.line();
        }
        settle(waiting, null);
    }

    private void settle(@Nullable Numeral numeral, @Nullable String next) {
        // What ends an operand is followed by no numeral: that is an error, and stays one.
        if (numeral != null
                && !endsOperand(numeral.before)
                && (!isReadExactly(numeral.text) || isPart(numeral, next))) {
            String marked = "\"" + mark + numeral.text + "\"";
            cost.token(marked);
            replace(numeral.start, numeral.end, marked);
        }
    }

    /** Whether it may be a part of a constant expression other than a number's plain negation. */
    private static boolean isPart(Numeral numeral, @Nullable String next) {
        boolean negated = "-".equals(numeral.before) && !endsOperand(numeral.twoBefore);
        String left = negated ? numeral.twoBefore : numeral.before;
        return next != null && NEIGHBOURS_IN_EXPRESSIONS.contains(next)
                || left != null && NEIGHBOURS_IN_EXPRESSIONS.contains(left)
                || negated && NumberText.parse(bytes(numeral.text), 0, numeral.text.length()) == 0;
    }

    private static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** LuaJ refuses {@code [[ [[ ]]}, as 5.1 did. */
    private static boolean nests(String token, int from) {
        return token.startsWith("[[", from) && token.indexOf("[[", from + 2) > 0;
    }

    /** The same string between brackets of a level that its content does not use. */
    private static String levelled(String token) {
        String level = "=";
        while (token.contains("]" + level + "]") || token.endsWith("]" + level + "]]")) {
            level += "=";
        }
        String content = token.substring(2, token.length() - 2);
        return "[" + level + "[" + content + "]" + level + "]";
    }

    private static boolean isNumeral(String token) {
        char first = token.charAt(0);
        return first >= '0' && first <= '9' || first == '.' && token.length() > 1 && token.charAt(1) != '.';
    }

    private static boolean isReadExactly(String numeral) {
        boolean plain = numeral.chars().allMatch(c -> c >= '0' && c <= '9');
        boolean hex = numeral.startsWith("0x") || numeral.startsWith("0X");
        return !hex && numeral.length() <= (plain ? EXACT_DIGITS : EXACT_LENGTH);
    }

    private static boolean endsOperand(@Nullable String token) {
        if (token == null || WORDS_BEFORE_OPERANDS.contains(token)) {
            return false;
        }
        char first = token.charAt(0);
        return OPERAND_ENDS.contains(token)
                || Character.isLetterOrDigit(first)
                || "_\"'".indexOf(first) >= 0
                || token.startsWith("[[")
                || token.startsWith("[=");
    }

    private void replace(int start, int end, String token) {
        out.write(given.m_bytes, copied, start - copied);
        out.writeBytes(bytes(token));
        copied = end;
    }

    private LuaString rewritten() {
        if (out.size() == 0) {
            return given;
        }
        out.write(given.m_bytes, copied, given.m_offset + given.m_length - copied);
        return Strings.owned(out.toByteArray());
    }

    // After the compiler.

    /** Makes numbers of the constants that stand for such. */
    void restore(Prototype code) {
        byte[] begin = bytes(mark.replace("\\000", "\0"));
        restore(code, begin);
    }

    private static void restore(Prototype code, byte[] mark) {
        for (int i = 0; i < code.k.length; i++) {
            if (code.k[i] instanceof LuaString text && begins(text, mark)) {
                code.k[i] = number(text, mark.length);
            }
        }
        for (Prototype inner : code.p) {
            restore(inner, mark);
        }
    }

    private static boolean begins(LuaString text, byte[] mark) {
        if (text.m_length < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if (text.m_bytes[text.m_offset + i] != mark[i]) {
                return false;
            }
        }
        return true;
    }

    private static LuaValue number(LuaString text, int from) {
        return Numbers.of(NumberText.parse(text.m_bytes, text.m_offset + from, text.m_length - from));
    }
}

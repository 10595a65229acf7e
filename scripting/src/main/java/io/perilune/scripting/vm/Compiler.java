package io.perilune.scripting.vm;

import io.perilune.scripting.lib.NumberText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaDouble;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.compiler.LuaC;
import org.luaj.vm2.lib.MathLib;

/**
 * Source text to prototypes, by LuaJ's compiler, with what it lacks around it: bounds, numerals read exactly, refusal of
 * malformed strings and numbers, and messages that say near which token the error is, as Lua's do.
 */
public final class Compiler {
    public static final int SOURCE_BYTES_MAX = 1 << 20;

    /** What a byte of source costs: compiling it is much like running a few instructions. */
    private static final int GAS_PER_BYTE = 1;

    private static final int MEMORY_PER_BYTE = 16;

    /** Up to this many digits LuaJ reads a decimal integer exactly. */
    private static final int EXACT_DIGITS = 15;

    /** LuaJ cuts longer numerals off. */
    private static final int EXACT_LENGTH = 24;

    /**
     * Stands for the zero of a {@code -0} while LuaJ's compiler folds constants, for its own negation of zero is zero.
     */
    private static final String ZERO_TO_NEGATE = "4.9E-324";

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

    private static final Pattern MESSAGE = Pattern.compile("^\\?:(\\d+): (.*)$", Pattern.DOTALL);
    private static final Pattern SYMBOL = Pattern.compile("^unexpected symbol \\d+ \\(.*\\)$", Pattern.DOTALL);
    private static final Pattern LABEL = Pattern.compile("^label '(.*) already defined on line (\\d+)$");
    private static final Pattern BREAK = Pattern.compile("^no visible label 'break' for <goto> at line (\\d+)$");
    private static final LuaString UNNAMED = LuaString.valueOf("=?");

    static {
        // LuaJ folds a^b through whichever MathLib was made last, by an approximation of its own if there is none.
        new ExactPower();
    }

    private Compiler() {}

    /**
     * @param name as Lua has it: {@code @main.lua} for a file, {@code =name}, or the source itself
     * @param mode which kinds of chunks are welcome; there is only text
     * @throws LuaFailure with Lua's message if this is not a chunk
     */
    public static Code compile(Meter meter, LuaString source, LuaString name, String mode) {
        String shown = Names.chunk(name);
        if (source.m_length > 0 && source.m_bytes[source.m_offset] == 0x1b) {
            throw LuaFailure.plain(
                    mode.contains("b")
                            ? shown + ": binary chunks cannot be loaded"
                            : "attempt to load a binary chunk (mode is '" + mode + "')");
        }
        if (!mode.contains("t")) {
            throw LuaFailure.plain("attempt to load a text chunk (mode is '" + mode + "')");
        }
        if (source.m_length > SOURCE_BYTES_MAX) {
            throw LuaFailure.plain(shown + ": chunk is larger than " + SOURCE_BYTES_MAX + " bytes");
        }
        meter.gas((long) source.m_length * GAS_PER_BYTE);
        meter.memory((long) source.m_length * MEMORY_PER_BYTE);
        Checked checked = check(source, true);
        Prototype code = translate(checked, shown);
        finish(code, name, checked.negatesZero);
        return new Code(code);
    }

    // Before the compiler.

    private record Checked(LuaString source, boolean negatesZero, Lexer.@Nullable Malformed malformed) {}

    /** Looks at every token, and writes those numerals again that LuaJ would misread. */
    private static Checked check(LuaString source, boolean mayMark) {
        var lexer = new Lexer(source, true);
        var out = new Rewriting(source);
        boolean negatesZero = false;
        String before = null;
        String last = null;
        int line = 1;
        try {
            for (String token = lexer.next(); token != null; token = lexer.next()) {
                if (token.startsWith("--")) {
                    if (nests(token, 2)) {
                        out.replace(lexer, "\n".repeat(lexer.line() - line));
                    }
                    line = lexer.line();
                    continue;
                }
                if (nests(token, 0)) {
                    out.replace(lexer, levelled(token));
                } else if (isNumeral(token)) {
                    double value = NumberText.parse(source.m_bytes, lexer.start(), token.length());
                    if (value == Double.MIN_VALUE && mayMark) {
                        // The mark itself is in use, in the one source of a million that needs it.
                        return check(source, false);
                    }
                    if (mayMark && value == 0 && "-".equals(last) && !endsOperand(before)) {
                        negatesZero = true;
                        out.replace(lexer, ZERO_TO_NEGATE);
                    } else if (!isReadExactly(token)) {
                        out.replace(lexer, Double.isInfinite(value) ? "1e999" : Double.toString(value));
                    }
                }
                before = last;
                last = token;
                line = lexer.line();
            }
            return new Checked(out.text(), negatesZero, null);
        } catch (Lexer.Malformed malformed) {
            return new Checked(source, false, malformed);
        }
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

    /** A source with some of its tokens replaced. */
    private static final class Rewriting {
        private final LuaString source;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(0);
        private int copied;

        Rewriting(LuaString source) {
            this.source = source;
            copied = source.m_offset;
        }

        void replace(Lexer at, String token) {
            out.write(source.m_bytes, copied, at.start() - copied);
            out.writeBytes(token.getBytes(StandardCharsets.ISO_8859_1));
            copied = at.position();
        }

        LuaString text() {
            if (out.size() == 0) {
                return source;
            }
            out.write(source.m_bytes, copied, source.m_offset + source.m_length - copied);
            return Strings.owned(out.toByteArray());
        }
    }

    // The compiler.

    private static Prototype translate(Checked checked, String shown) {
        var input = new Input(checked.source);
        try {
            Prototype code = LuaC.instance.compile(input, UNNAMED.tojstring());
            if (checked.malformed != null) {
                throw failure(checked.malformed, shown);
            }
            return code;
        } catch (LuaFailure ours) {
            throw ours;
        } catch (LuaError invalid) {
            Lexer.Malformed malformed = checked.malformed;
            if (malformed != null && malformed.offset - checked.source.m_offset < input.count()) {
                throw failure(malformed, shown);
            }
            throw LuaFailure.plain(shown + ":" + message(String.valueOf(invalid.getMessage()), input, checked.source));
        } catch (IOException impossible) {
            throw new IllegalStateException("reading an array failed", impossible);
        } catch (RuntimeException unforeseen) {
            // LuaJ's compiler fails so on some sources that are no Lua.
            if (checked.malformed != null) {
                throw failure(checked.malformed, shown);
            }
            throw LuaFailure.plain(shown + ": chunk cannot be compiled");
        }
    }

    private static LuaFailure failure(Lexer.Malformed malformed, String shown) {
        return LuaFailure.plain(shown + ":" + malformed.line + ": " + malformed.message);
    }

    /** LuaJ's message in Lua's words: {@code 3: unexpected symbol near 'x'}. */
    private static String message(String raw, Input input, LuaString source) {
        Matcher matcher = MESSAGE.matcher(raw);
        if (!matcher.matches()) {
            return " " + raw;
        }
        String line = matcher.group(1) + ": ";
        String text = matcher.group(2);
        Matcher label = LABEL.matcher(text);
        if (label.matches()) {
            return line + "label '" + label.group(1) + "' already defined on line " + label.group(2);
        }
        Matcher loop = BREAK.matcher(text);
        if (loop.matches()) {
            return line + "<break> at line " + loop.group(1) + " not inside a loop";
        }
        if (text.startsWith("no visible label") || text.startsWith("<goto")) {
            return line + text;
        }
        if (SYMBOL.matcher(text).matches()) {
            text = "unexpected symbol";
        }
        text = text.replace("'<eos>'", "<eof>").replace("'<name>'", "<name>");
        return line + text + " near " + input.tokenBefore(source);
    }

    /** Counts what the compiler has read: it is never further than one byte after the token it looks at. */
    private static final class Input extends InputStream {
        private final LuaString source;
        private int read;
        private boolean ended;

        Input(LuaString source) {
            this.source = source;
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

        int count() {
            return read;
        }

        String tokenBefore(LuaString text) {
            if (ended) {
                return Lexer.END;
            }
            var lexer = new Lexer(text);
            try {
                String token = lexer.next();
                while (token != null && lexer.position() - text.m_offset < read - 1) {
                    token = lexer.next();
                }
                return token == null ? Lexer.END : "'" + (token.equals(ZERO_TO_NEGATE) ? "0" : token) + "'";
            } catch (Lexer.Malformed later) {
                return Lexer.END;
            }
        }
    }

    // After the compiler.

    private static void finish(Prototype code, LuaString name, boolean negatesZero) {
        code.source = name;
        if (negatesZero) {
            for (int i = 0; i < code.k.length; i++) {
                code.k[i] = restored(code.k[i]);
            }
        }
        for (Prototype inner : code.p) {
            finish(inner, name, negatesZero);
        }
    }

    private static LuaValue restored(LuaValue constant) {
        if (constant instanceof LuaDouble number && Math.abs(number.todouble()) == Double.MIN_VALUE) {
            return number.todouble() < 0 ? Numbers.MINUS_ZERO : LuaInteger.valueOf(0);
        }
        return constant;
    }

    private static final class ExactPower extends MathLib {
        @Override
        public double dpow_lib(double a, double b) {
            return Arithmetic.power(a, b);
        }
    }
}

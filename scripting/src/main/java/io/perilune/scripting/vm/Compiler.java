package io.perilune.scripting.vm;

import java.io.IOException;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
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

    // LuaJ's limits, which are those of 5.2.
    private static final int LOCALS_MAX = 200;
    private static final int UPVALUES_MAX = 255;
    private static final int LEVELS_MAX = 200;

    private static final Pattern MESSAGE = Pattern.compile("^\\?:(\\d+): (.*)$", Pattern.DOTALL);
    private static final Pattern SYMBOL = Pattern.compile("^unexpected symbol \\d+ \\(.*\\)$", Pattern.DOTALL);
    private static final Pattern LABEL = Pattern.compile("^label '(.*) already defined on line (\\d+)$");
    private static final Pattern BREAK = Pattern.compile("^no visible label 'break' for <goto> at line (\\d+)$");
    private static final LuaString UNNAMED = LuaString.valueOf("=?");

    private static final TreeMap<LuaString, LuaString> KNOWN = known();

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
        CheckedSource checked = CheckedSource.of(source, meter);
        Prototype code = translate(checked, shown);
        checked.restore(code);
        finish(code, name, new TreeMap<>(KNOWN));
        return new Code(code);
    }

    // The compiler.

    private static Prototype translate(CheckedSource checked, String shown) {
        var input = new CompilerInput(checked);
        Lexer.Malformed malformed = checked.malformed();
        try {
            Prototype code = LuaC.instance.compile(input, UNNAMED.tojstring());
            if (malformed != null) {
                throw failure(malformed, shown);
            }
            return code;
        } catch (LuaFailure ours) {
            throw ours;
        } catch (LuaError invalid) {
            if (malformed != null && malformed.offset + 1 - checked.text().m_offset < input.count()) {
                throw failure(malformed, shown);
            }
            throw LuaFailure.plain(shown + ":" + message(String.valueOf(invalid.getMessage()), input));
        } catch (IOException impossible) {
            throw new IllegalStateException("reading an array failed", impossible);
        } catch (RuntimeException unforeseen) {
            // LuaJ's compiler fails so on some sources that are no Lua.
            if (malformed != null) {
                throw failure(malformed, shown);
            }
            throw LuaFailure.plain(shown + limit(unforeseen, input));
        }
    }

    /** LuaJ fails where it would say that a function has too much of something: what, its own stack tells. */
    private static String limit(RuntimeException fault, CompilerInput input) {
        for (StackTraceElement at : fault.getStackTrace()) {
            switch (at.getMethodName()) {
                case "new_localvar" -> {
                    return ":" + input.line() + ": " + tooLocal(input);
                }
                case "newupvalue" -> {
                    return ":" + input.line() + ": " + tooMany("upvalues", UPVALUES_MAX, input);
                }
                default -> {}
            }
        }
        return ": chunk cannot be compiled";
    }

    /** LuaJ counts those of enclosing functions in, where 5.2 does not. */
    private static String tooLocal(CompilerInput input) {
        String said = tooMany("local variables", LOCALS_MAX, input);
        return input.isInMain() ? said : said.replace(")", ", those of the functions around counted in)");
    }

    private static String tooMany(String what, int limit, CompilerInput input) {
        return "too many " + what + " (limit is " + limit + ") in " + input.function() + " near " + input.near();
    }

    private static LuaFailure failure(Lexer.Malformed malformed, String shown) {
        return LuaFailure.plain(shown + ":" + malformed.line + ": " + malformed.message);
    }

    /** LuaJ's message in Lua's words: {@code 3: unexpected symbol near 'x'}. */
    private static String message(String raw, CompilerInput input) {
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
        if (text.equals("invalid long string delimiter")) {
            return line + text + " near '" + input.delimiter() + "'";
        }
        if (text.equals("chunk has too many syntax levels")) {
            return line + tooMany("C levels", LEVELS_MAX, input);
        }
        if (SYMBOL.matcher(text).matches()) {
            text = "unexpected symbol";
        }
        text = text.replace("'<eos>'", "<eof>").replace("'<name>'", "<name>");
        return line + text + " near " + input.near();
    }

    // After the compiler.

    /** Gives a chunk its name, and makes equal strings the same object, so that keys are found without comparing them. */
    private static void finish(Prototype code, LuaString name, TreeMap<LuaString, LuaString> strings) {
        code.source = name;
        for (int i = 0; i < code.k.length; i++) {
            if (code.k[i] instanceof LuaString text) {
                LuaString same = strings.putIfAbsent(text, text);
                code.k[i] = same == null ? text : same;
            }
        }
        for (Prototype inner : code.p) {
            finish(inner, name, strings);
        }
    }

    /** Names of events: keys of metatables. */
    private static TreeMap<LuaString, LuaString> known() {
        var known = new TreeMap<LuaString, LuaString>(Strings::compare);
        for (Metamethod event : Metamethod.values()) {
            known.put(event.key, event.key);
        }
        return known;
    }

    private static final class ExactPower extends MathLib {
        @Override
        public double dpow_lib(double a, double b) {
            return Arithmetic.power(a, b);
        }
    }
}

package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import java.nio.charset.StandardCharsets;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.Varargs;

/** One call of {@code string.format}. */
final class StringFormat {
    private static final String FLAGS = "-+ #0";

    /** As many flags and no more. */
    private static final int FLAGS_MAX = 5;

    /** The original hands strings as long as this to no C formatting, unless their precision would cut them. */
    private static final int WHOLE_FROM = 100;

    private static final int GAS_PER_NUMBER = 20;

    private final Interpreter lua;
    private final Varargs args;
    private final LuaString template;
    private final TextBuilder out;
    private int at;
    private int argument = 1;

    StringFormat(Interpreter lua, Varargs args) {
        this.lua = lua;
        this.args = args;
        this.template = Args.string(args, 1);
        this.out = new TextBuilder(lua.meter());
    }

    LuaString result() {
        lua.meter().work(template.m_length);
        while (at < template.m_length) {
            var c = next();
            if (c != '%') {
                out.add(c);
            } else if (peek() == '%') {
                out.add(next());
            } else {
                item();
            }
        }
        return out.text();
    }

    private void item() {
        argument++;
        if (argument > args.narg()) {
            throw new ArgumentFailure(argument, "no value");
        }
        var flags = flags();
        var width = number();
        var precision = NumberFormat.NONE;
        if (peek() == '.' && at < template.m_length) {
            at++;
            precision = number();
        }
        if (CharClass.isDigit(peek())) {
            throw LuaFailure.at("invalid format (width or precision too long)");
        }
        var conversion = (char) (at < template.m_length ? next() & 0xFF : 0);
        var format = new NumberFormat(flags, width, precision, conversion);
        switch (conversion) {
            case 'c' -> padded(format, new byte[] {(byte) character(Args.number(lua, args, argument))}, 1);
            case 'd', 'i' -> out.add(format.integer(signed(Args.number(lua, args, argument))));
            case 'o', 'u', 'x', 'X' -> out.add(format.unsigned(unsigned(Args.number(lua, args, argument))));
            case 'e', 'E', 'f', 'g', 'G', 'a', 'A' -> {
                var value = Args.number(lua, args, argument);
                lua.meter().gas(cost(format, value));
                out.add(format.floating(value));
            }
            case 'q' -> quoted(Args.string(args, argument));
            case 's' -> text(format, lua.toText(Args.any(args, argument)));
            default -> throw LuaFailure.at("invalid option '%" + conversion + "' to 'format'");
        }
    }

    /** Beyond 17 significant digits there are big numbers behind them, and their work grows with the square. */
    private static long cost(NumberFormat format, double value) {
        var precision = format.precision() == NumberFormat.NONE ? 6 : format.precision();
        if (format.conversion() != 'f' && precision < PowersOfTen.DIGITS_MAX) {
            return GAS_PER_NUMBER;
        }
        // The exponent is of two; there are 3 decimal digits to 10 of it.
        var digits = Math.abs((long) Math.getExponent(value)) * 3 / 10 + precision;
        return GAS_PER_NUMBER + digits * digits / 32;
    }

    private String flags() {
        var start = at;
        while (at < template.m_length && FLAGS.indexOf(peek()) >= 0) {
            at++;
        }
        if (at - start > FLAGS_MAX) {
            throw LuaFailure.at("invalid format (repeated flags)");
        }
        return new String(template.m_bytes, template.m_offset + start, at - start, StandardCharsets.ISO_8859_1);
    }

    /** Two digits at most; none are 0. */
    private int number() {
        var value = 0;
        for (var digits = 0; digits < 2 && CharClass.isDigit(peek()); digits++) {
            value = value * 10 + (next() - '0');
        }
        return value;
    }

    private static int character(double value) {
        // Out of an int's range, C's conversion gives the least int on this platform's processors: byte 0.
        return value > Integer.MIN_VALUE - 1.0 && value < Integer.MAX_VALUE + 1.0 ? (int) value : 0;
    }

    private long signed(double value) {
        if (value >= -0x1p63 && value < 0x1p63) {
            return (long) value;
        }
        throw new ArgumentFailure(argument, "not a number in proper range");
    }

    private long unsigned(double value) {
        if (value > -1 && value < 0x1p63) {
            return (long) value;
        }
        if (value >= 0x1p63 && value < 0x1p64) {
            return (long) (value - 0x1p63) ^ Long.MIN_VALUE;
        }
        throw new ArgumentFailure(argument, "not a non-negative number in proper range");
    }

    /** Formatted by C, a string ends at its first zero byte; one too long for that does not. */
    private void text(NumberFormat format, LuaString text) {
        if (format.precision() == NumberFormat.NONE && text.m_length >= WHOLE_FROM) {
            out.add(text);
            return;
        }
        var most =
                format.precision() == NumberFormat.NONE ? text.m_length : Math.min(format.precision(), text.m_length);
        var length = 0;
        while (length < most && text.m_bytes[text.m_offset + length] != 0) {
            length++;
        }
        padded(format, text.m_bytes, text.m_offset, length);
    }

    private void padded(NumberFormat format, byte[] bytes, int length) {
        padded(format, bytes, 0, length);
    }

    private void padded(NumberFormat format, byte[] bytes, int offset, int length) {
        var missing = format.width() - length;
        if (!format.has('-')) {
            out.fill(' ', missing);
        }
        out.add(bytes, offset, length);
        if (format.has('-')) {
            out.fill(' ', missing);
        }
    }

    private void quoted(LuaString text) {
        out.add('"');
        for (var i = 0; i < text.m_length; i++) {
            var c = text.m_bytes[text.m_offset + i];
            if (c == '"' || c == '\\' || c == '\n') {
                out.add('\\').add(c);
            } else if (CharClass.isControl(c)) {
                var digitFollows = i + 1 < text.m_length && CharClass.isDigit(text.m_bytes[text.m_offset + i + 1]);
                var code = Integer.toString(c);
                out.add('\\').fill('0', digitFollows ? 3 - code.length() : 0).add(code);
            } else {
                out.add(c);
            }
        }
        out.add('"');
    }

    private byte next() {
        return template.m_bytes[template.m_offset + at++];
    }

    private int peek() {
        return at < template.m_length ? template.m_bytes[template.m_offset + at] : 0;
    }
}

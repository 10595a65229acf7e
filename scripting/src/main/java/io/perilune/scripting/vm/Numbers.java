package io.perilune.scripting.vm;

import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaDouble;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * Lua's one kind of number in LuaJ's two classes: a {@link LuaInteger} for every whole number of 32 bits except minus
 * zero, a {@link LuaDouble} for all others. Every number in the interpreter is in this form: make them here only.
 */
public final class Numbers {
    /** LuaJ never makes this one: its factory turns every zero into the integer. */
    public static final LuaNumber MINUS_ZERO = minusZero();

    private Numbers() {}

    public static LuaNumber of(double value) {
        int whole = (int) value;
        if (whole == value) {
            return whole == 0 && 1 / value < 0 ? MINUS_ZERO : LuaInteger.valueOf(whole);
        }
        return LuaDouble.valueOf(value);
    }

    public static LuaNumber of(long value) {
        return (int) value == value ? LuaInteger.valueOf((int) value) : LuaDouble.valueOf((double) value);
    }

    /** The number that {@code value} is, or that it can be converted to, being a string; null if it cannot. */
    public static @Nullable LuaNumber coerce(LuaValue value) {
        if (value instanceof LuaNumber number) {
            return number;
        }
        return value instanceof LuaString text ? parse(text) : null;
    }

    /** Reads a number as the language does: decimal or hexadecimal, white space around it; null if it is none. */
    public static @Nullable LuaNumber parse(LuaString text) {
        // Replaced by the library's exact conversion.
        String trimmed = text.tojstring().strip();
        if (trimmed.isEmpty() || !Character.isDigit(trimmed.charAt(trimmed.length() - 1)) && trimmed.length() > 40) {
            return null;
        }
        try {
            if (trimmed.matches("[-+]?0[xX][0-9a-fA-F]{1,12}")) {
                boolean minus = trimmed.startsWith("-");
                String digits = trimmed.substring(trimmed.indexOf('x') + trimmed.indexOf('X') + 2);
                long whole = Long.parseLong(digits, 16);
                return of(minus ? -(double) whole : (double) whole);
            }
            return trimmed.matches("[-+0-9.eE]+") ? of(Double.parseDouble(trimmed)) : null;
        } catch (NumberFormatException none) {
            return null;
        }
    }

    /** What {@code tostring} makes of a number: {@code "%.14g"}. */
    public static LuaString text(LuaNumber number) {
        // Replaced by the library's exact conversion.
        if (number instanceof LuaInteger whole) {
            return LuaString.valueOf(Integer.toString(whole.v));
        }
        double value = number.todouble();
        if (Double.isNaN(value)) {
            return LuaString.valueOf("nan");
        }
        if (Double.isInfinite(value)) {
            return LuaString.valueOf(value > 0 ? "inf" : "-inf");
        }
        if (value == 0) {
            return LuaString.valueOf("-0");
        }
        var rounded = new java.math.BigDecimal(value).round(new java.math.MathContext(14));
        int exponent = rounded.precision() - rounded.scale() - 1;
        rounded = rounded.stripTrailingZeros();
        if (exponent >= -5 && exponent < 14) {
            return LuaString.valueOf(rounded.toPlainString());
        }
        String digits = rounded.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String tens = (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        return LuaString.valueOf((value < 0 ? "-" : "") + digits.charAt(0) + fraction + "e" + tens);
    }

    private static LuaNumber minusZero() {
        try {
            Constructor<LuaDouble> constructor = LuaDouble.class.getDeclaredConstructor(double.class);
            constructor.setAccessible(true);
            return constructor.newInstance(-0.0);
        } catch (ReflectiveOperationException changed) {
            throw new IllegalStateException("LuaDouble has no constructor from a double", changed);
        }
    }
}

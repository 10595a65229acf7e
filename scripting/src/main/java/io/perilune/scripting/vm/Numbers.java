package io.perilune.scripting.vm;

import io.perilune.scripting.lib.NumberText;
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

    /** The same on behalf of a script, which pays for the reading of a string. */
    public static @Nullable LuaNumber coerce(Meter meter, LuaValue value) {
        if (value instanceof LuaString text) {
            meter.work(text.m_length);
        }
        return coerce(value);
    }

    /** Reads a number as the language does: decimal or hexadecimal, white space around it; null if it is none. */
    public static @Nullable LuaNumber parse(LuaString text) {
        double value = NumberText.parse(text.m_bytes, text.m_offset, text.m_length);
        return Double.isNaN(value) ? null : of(value);
    }

    /** What {@code tostring} makes of a number: {@code "%.14g"}. */
    public static LuaString text(LuaNumber number) {
        return number instanceof LuaInteger whole
                ? LuaString.valueOf(Integer.toString(whole.v))
                : Strings.owned(NumberText.text(number.todouble()));
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

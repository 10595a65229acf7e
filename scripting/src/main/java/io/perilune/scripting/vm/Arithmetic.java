package io.perilune.scripting.vm;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaValue;

/** Lua's arithmetic on doubles, with a short way for whole numbers. Null where an operand is not a number. */
final class Arithmetic {
    private Arithmetic() {}

    static @Nullable LuaValue add(LuaValue a, LuaValue b) {
        if (a instanceof LuaInteger x && b instanceof LuaInteger y) {
            long sum = (long) x.v + y.v;
            return (int) sum == sum ? LuaInteger.valueOf((int) sum) : Numbers.of(sum);
        }
        return a instanceof LuaNumber x && b instanceof LuaNumber y ? Numbers.of(x.todouble() + y.todouble()) : null;
    }

    static @Nullable LuaValue sub(LuaValue a, LuaValue b) {
        if (a instanceof LuaInteger x && b instanceof LuaInteger y) {
            long difference = (long) x.v - y.v;
            return (int) difference == difference ? LuaInteger.valueOf((int) difference) : Numbers.of(difference);
        }
        return a instanceof LuaNumber x && b instanceof LuaNumber y ? Numbers.of(x.todouble() - y.todouble()) : null;
    }

    static @Nullable LuaValue mul(LuaValue a, LuaValue b) {
        if (a instanceof LuaInteger x && b instanceof LuaInteger y) {
            long product = (long) x.v * y.v;
            if ((int) product == product && product != 0) {
                return LuaInteger.valueOf((int) product);
            }
        }
        // Also where the product is zero: 0 * -1 is minus zero.
        return a instanceof LuaNumber x && b instanceof LuaNumber y ? Numbers.of(x.todouble() * y.todouble()) : null;
    }

    static @Nullable LuaValue div(LuaValue a, LuaValue b) {
        return a instanceof LuaNumber x && b instanceof LuaNumber y ? Numbers.of(x.todouble() / y.todouble()) : null;
    }

    static @Nullable LuaValue mod(LuaValue a, LuaValue b) {
        if (a instanceof LuaInteger x && b instanceof LuaInteger y && y.v != 0) {
            return LuaInteger.valueOf(Math.floorMod(x.v, y.v));
        }
        return a instanceof LuaNumber x && b instanceof LuaNumber y
                ? Numbers.of(remainder(x.todouble(), y.todouble()))
                : null;
    }

    static @Nullable LuaValue pow(LuaValue a, LuaValue b) {
        return a instanceof LuaNumber x && b instanceof LuaNumber y
                ? Numbers.of(power(x.todouble(), y.todouble()))
                : null;
    }

    static @Nullable LuaValue unm(LuaValue a) {
        if (a instanceof LuaInteger x && x.v != 0 && x.v != Integer.MIN_VALUE) {
            return LuaInteger.valueOf(-x.v);
        }
        return a instanceof LuaNumber x ? Numbers.of(-x.todouble()) : null;
    }

    static @Nullable LuaValue apply(Metamethod operation, LuaValue a, LuaValue b) {
        return switch (operation) {
            case ADD -> add(a, b);
            case SUB -> sub(a, b);
            case MUL -> mul(a, b);
            case DIV -> div(a, b);
            case MOD -> mod(a, b);
            case POW -> pow(a, b);
            case UNM -> unm(a);
            default -> throw new IllegalStateException("no arithmetic: " + operation);
        };
    }

    /** 5.2's own definition, rounding included. */
    static double remainder(double a, double b) {
        return a - Math.floor(a / b) * b;
    }

    /** C's: where Java's gives NaN for 1 and an infinity or NaN, and for -1 and an infinity, C gives 1. */
    static double power(double a, double b) {
        return a == 1 || a == -1 && Double.isInfinite(b) ? 1 : StrictMath.pow(a, b);
    }
}

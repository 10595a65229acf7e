package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Table;
import java.util.function.IntBinaryOperator;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.Varargs;

/** {@code bit32}: numbers modulo 2^32 as rows of bits. */
public final class Bit32Library {
    private static final int BITS = 32;

    /** Added to a double of moderate size, leaves it rounded to an integer in the low bits: 5.2's own conversion. */
    private static final double INTEGER_TRICK = 0x1.8p52;

    private Bit32Library() {}

    public static Table table() {
        return new Library("bit32")
                .with("arshift", (lua, args) -> unsigned(arithmeticShift(bits(lua, args, 1), displacement(lua, args))))
                .with("band", (lua, args) -> unsigned(fold(lua, args, -1, (a, b) -> a & b)))
                .with("bnot", (lua, args) -> unsigned(~bits(lua, args, 1)))
                .with("bor", (lua, args) -> unsigned(fold(lua, args, 0, (a, b) -> a | b)))
                .with("btest", (lua, args) -> LuaBoolean.valueOf(fold(lua, args, -1, (a, b) -> a & b) != 0))
                .with("bxor", (lua, args) -> unsigned(fold(lua, args, 0, (a, b) -> a ^ b)))
                .with("extract", (lua, args) -> extract(lua, args))
                .with(
                        "lrotate",
                        (lua, args) -> unsigned(Integer.rotateLeft(bits(lua, args, 1), displacement(lua, args))))
                .with("lshift", (lua, args) -> unsigned(shift(bits(lua, args, 1), displacement(lua, args))))
                .with("replace", (lua, args) -> replace(lua, args))
                .with(
                        "rrotate",
                        (lua, args) -> unsigned(Integer.rotateRight(bits(lua, args, 1), displacement(lua, args))))
                .with("rshift", (lua, args) -> unsigned(shift(bits(lua, args, 1), -displacement(lua, args))))
                .table();
    }

    private static int bits(Interpreter lua, Varargs args, int position) {
        var value = Args.number(lua, args, position);
        var whole = (long) value;
        return whole == value && Math.abs(whole) < 1L << 51
                ? (int) whole
                : (int) Double.doubleToRawLongBits(value + INTEGER_TRICK);
    }

    private static LuaNumber unsigned(int bits) {
        return Numbers.of(bits & 0xFFFF_FFFFL);
    }

    private static int displacement(Interpreter lua, Varargs args) {
        return (int) Args.integer(lua, args, 2);
    }

    private static int fold(Interpreter lua, Varargs args, int start, IntBinaryOperator operator) {
        var result = start;
        for (var i = 1; i <= args.narg(); i++) {
            result = operator.applyAsInt(result, bits(lua, args, i));
        }
        return result;
    }

    /** To the left; a negative displacement shifts to the right. All bits may fall off. */
    private static int shift(int bits, int displacement) {
        if (displacement <= -BITS || displacement >= BITS) {
            return 0;
        }
        return displacement >= 0 ? bits << displacement : bits >>> -displacement;
    }

    private static int arithmeticShift(int bits, int displacement) {
        if (displacement < 0) {
            return shift(bits, -Math.max(displacement, -BITS));
        }
        return bits >> Math.min(displacement, BITS - 1);
    }

    private static LuaNumber extract(Interpreter lua, Varargs args) {
        var bits = bits(lua, args, 1);
        var field = Args.integer(lua, args, 2);
        var width = width(lua, args, field, 3);
        return unsigned(bits >>> (int) field & mask(width));
    }

    private static LuaNumber replace(Interpreter lua, Varargs args) {
        var bits = bits(lua, args, 1);
        var by = bits(lua, args, 2);
        var field = Args.integer(lua, args, 3);
        var width = width(lua, args, field, 4);
        var mask = mask(width) << (int) field;
        return unsigned(bits & ~mask | by << (int) field & mask);
    }

    private static int width(Interpreter lua, Varargs args, long field, int position) {
        var width = Args.integer(lua, args, position, 1);
        if (field < 0) {
            throw new ArgumentFailure(position - 1, "field cannot be negative");
        }
        if (width <= 0) {
            throw new ArgumentFailure(position, "width must be positive");
        }
        if (field > BITS || width > BITS || field + width > BITS) {
            throw LuaFailure.at("trying to access non-existent bits");
        }
        return (int) width;
    }

    private static int mask(int width) {
        return -1 >>> (BITS - width);
    }
}

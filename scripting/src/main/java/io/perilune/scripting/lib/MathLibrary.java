package io.perilune.scripting.lib;

import static io.perilune.scripting.vm.Args.number;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Table;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** {@code math}, on {@link StrictMath}: the same bits on every platform. */
public final class MathLibrary {
    private MathLibrary() {}

    /** @param random of the running call: what {@code random} and {@code randomseed} work on */
    public static Table table(Function<Interpreter, SeededRandom> random) {
        var library = new Library("math")
                .with("pi", Numbers.of(StrictMath.PI))
                .with("huge", Numbers.of(Double.POSITIVE_INFINITY))
                .with("atan2", (lua, args) -> Numbers.of(StrictMath.atan2(number(lua, args, 1), number(lua, args, 2))))
                .with("fmod", (lua, args) -> Numbers.of(number(lua, args, 1) % number(lua, args, 2)))
                .with("frexp", MathLibrary::frexp)
                .with("ldexp", (lua, args) -> Numbers.of(ldexp(number(lua, args, 1), (int) Args.integer(lua, args, 2))))
                .with("log", MathLibrary::log)
                .with("max", MathLibrary::max)
                .with("min", MathLibrary::min)
                .with("modf", MathLibrary::modf)
                .with("pow", (lua, args) -> Numbers.of(StrictMath.pow(number(lua, args, 1), number(lua, args, 2))))
                .with("random", (lua, args) -> random(random.apply(lua), lua, args))
                .with("randomseed", (lua, args) -> {
                    random.apply(lua).reseed(Double.doubleToLongBits(number(lua, args, 1)));
                    return LuaValue.NONE;
                });
        unary(library, "abs", Math::abs);
        unary(library, "acos", StrictMath::acos);
        unary(library, "asin", StrictMath::asin);
        unary(library, "atan", StrictMath::atan);
        unary(library, "ceil", StrictMath::ceil);
        unary(library, "cos", StrictMath::cos);
        unary(library, "cosh", StrictMath::cosh);
        unary(library, "deg", x -> x / (StrictMath.PI / 180.0));
        unary(library, "exp", StrictMath::exp);
        unary(library, "floor", StrictMath::floor);
        unary(library, "log10", StrictMath::log10);
        unary(library, "rad", x -> x * (StrictMath.PI / 180.0));
        unary(library, "sin", StrictMath::sin);
        unary(library, "sinh", StrictMath::sinh);
        unary(library, "sqrt", StrictMath::sqrt);
        unary(library, "tan", StrictMath::tan);
        unary(library, "tanh", StrictMath::tanh);
        return library.table();
    }

    private static void unary(Library library, String name, DoubleUnaryOperator operator) {
        library.with(name, (lua, args) -> Numbers.of(operator.applyAsDouble(number(lua, args, 1))));
    }

    private static Varargs log(Interpreter lua, Varargs args) {
        var x = number(lua, args, 1);
        if (Args.isAbsent(args, 2)) {
            return Numbers.of(StrictMath.log(x));
        }
        var base = number(lua, args, 2);
        return Numbers.of(base == 10 ? StrictMath.log10(x) : StrictMath.log(x) / StrictMath.log(base));
    }

    private static Varargs max(Interpreter lua, Varargs args) {
        var most = number(lua, args, 1);
        lua.meter().gas(args.narg());
        for (var i = 2; i <= args.narg(); i++) {
            var next = number(lua, args, i);
            most = next > most ? next : most;
        }
        return Numbers.of(most);
    }

    private static Varargs min(Interpreter lua, Varargs args) {
        var least = number(lua, args, 1);
        lua.meter().gas(args.narg());
        for (var i = 2; i <= args.narg(); i++) {
            var next = number(lua, args, i);
            least = next < least ? next : least;
        }
        return Numbers.of(least);
    }

    private static Varargs modf(Interpreter lua, Varargs args) {
        var x = number(lua, args, 1);
        var whole = x < 0 ? StrictMath.ceil(x) : StrictMath.floor(x);
        var fraction = Double.isInfinite(x) ? Math.copySign(0.0, x) : Math.copySign(x - whole, x);
        return LuaValue.varargsOf(Numbers.of(whole), Numbers.of(Double.isNaN(x) ? x : fraction));
    }

    /** {@code x = m × 2^e} with {@code m} from 1/2 up to, but not, 1. */
    private static Varargs frexp(Interpreter lua, Varargs args) {
        var x = number(lua, args, 1);
        if (x == 0 || !Double.isFinite(x)) {
            return LuaValue.varargsOf(Numbers.of(x), Numbers.of(0L));
        }
        // Subnormals have their exponent only once they are made normal.
        var lift = Math.abs(x) < Double.MIN_NORMAL ? 54 : 0;
        var exponent = Math.getExponent(Math.scalb(x, lift)) - lift + 1;
        var halved = ldexp(x, -exponent);
        return LuaValue.varargsOf(Numbers.of(halved), Numbers.of((long) exponent));
    }

    private static double ldexp(double x, int exponent) {
        return Math.scalb(x, exponent);
    }

    /** As {@code math.random}: a fraction, or a whole number from 1 to m, or from m to n. */
    public static LuaValue random(SeededRandom random, Interpreter lua, Varargs args) {
        var chance = random.nextDouble();
        switch (args.narg()) {
            case 0 -> {
                return Numbers.of(chance);
            }
            case 1 -> {
                var most = number(lua, args, 1);
                requireInterval(1 <= most, 1);
                return Numbers.of(StrictMath.floor(chance * most) + 1);
            }
            case 2 -> {
                var least = number(lua, args, 1);
                var most = number(lua, args, 2);
                requireInterval(least <= most, 2);
                return Numbers.of(StrictMath.floor(chance * (most - least + 1)) + least);
            }
            default -> throw LuaFailure.at("wrong number of arguments");
        }
    }

    private static void requireInterval(boolean holds, int argument) {
        if (!holds) {
            throw new ArgumentFailure(argument, "interval is empty");
        }
    }
}

package io.perilune.scripting;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * One call of a {@link HostFunction}. Arguments count from 1. {@code to...} converts and gives a default where it
 * cannot; {@code check...} raises Lua's error ({@code bad argument #1 to 'square' (number expected, got nil)}); {@code
 * opt...} does so too, but takes nil or an absent argument for the default. Not to be kept after the function returns.
 */
public final class HostCall {
    private final Interpreter lua;
    private final Varargs args;
    private final List<LuaValue> pushed = new ArrayList<>(1);

    HostCall(Interpreter lua, Varargs args) {
        this.lua = lua;
        this.args = args;
    }

    Varargs results() {
        return switch (pushed.size()) {
            case 0 -> LuaValue.NONE;
            case 1 -> pushed.get(0);
            default -> LuaValue.varargsOf(pushed.toArray(new LuaValue[0]));
        };
    }

    /** The argument, nil where there is none; a negative position counts from the last. */
    public LuaRef get(int position) {
        return new LuaRef(lua, args.arg(position < 0 ? args.narg() + position + 1 : position));
    }

    /** Number of arguments, nils included. */
    public int top() {
        return args.narg();
    }

    /** Adds results; see {@link LuaState#setGlobal} for what may be given. */
    public void push(@Nullable Object... results) {
        for (Object result : results) {
            pushed.add(Conversions.toLua(lua, result));
        }
    }

    public boolean toBoolean(int position) {
        return get(position).toBoolean();
    }

    /** 0 for what is no number. */
    public int toInt(int position) {
        return get(position).toInt();
    }

    public long toLong(int position) {
        return get(position).toLong();
    }

    public double toNumber(int position) {
        return get(position).toNumber();
    }

    /** Empty for what is neither string nor number. */
    public String toText(int position) {
        return get(position).toText();
    }

    public boolean checkBoolean(int position) {
        checkTypes(position, LuaType.BOOLEAN);
        return toBoolean(position);
    }

    /** A number cut to a whole one; more than an int holds is an error. */
    public int checkInt(int position) {
        long whole = Args.integer(lua, args, position);
        if ((int) whole != whole) {
            throw argError(position, "number out of range");
        }
        return (int) whole;
    }

    public long checkLong(int position) {
        return Args.integer(lua, args, position);
    }

    public double checkNumber(int position) {
        return Args.number(lua, args, position);
    }

    public String checkText(int position) {
        return Strings.text(Args.string(args, position));
    }

    public Bytes checkBytes(int position) {
        return Strings.bytes(Args.string(args, position));
    }

    public LuaRef checkTable(int position) {
        Table table = Args.table(args, position);
        return new LuaRef(lua, table);
    }

    public LuaRef checkFunction(int position) {
        return new LuaRef(lua, Args.function(args, position));
    }

    /** Any value, nil included, but one must be given. */
    public LuaRef checkAny(int position) {
        return new LuaRef(lua, Args.any(args, position));
    }

    /** The Java object of user data, which must be of this class. */
    public <T> T checkUserData(int position, Class<T> type) {
        Object object = get(position).userData();
        if (!type.isInstance(object)) {
            throw typeError(position, type.getSimpleName());
        }
        return type.cast(object);
    }

    /** Raises an error if the argument has none of these types. */
    public LuaType checkTypes(int position, LuaType... types) {
        LuaType type = get(position).type();
        if (!Arrays.asList(types).contains(type)) {
            throw typeError(
                    position, Arrays.stream(types).map(LuaType::toString).collect(Collectors.joining(" or ")));
        }
        return type;
    }

    /** One of the given options, by its index. */
    public int checkOption(int position, String... options) {
        String chosen = checkText(position);
        int index = Arrays.asList(options).indexOf(chosen);
        if (index < 0) {
            throw argError(position, "invalid option '" + chosen + "'");
        }
        return index;
    }

    public boolean optBoolean(int position, boolean absent) {
        return Args.isAbsent(args, position) ? absent : checkBoolean(position);
    }

    public int optInt(int position, int absent) {
        return Args.isAbsent(args, position) ? absent : checkInt(position);
    }

    public long optLong(int position, long absent) {
        return Args.isAbsent(args, position) ? absent : checkLong(position);
    }

    public double optNumber(int position, double absent) {
        return Args.isAbsent(args, position) ? absent : checkNumber(position);
    }

    public String optText(int position, String absent) {
        return Args.isAbsent(args, position) ? absent : checkText(position);
    }

    public @Nullable LuaRef optTable(int position) {
        return Args.isAbsent(args, position) ? null : checkTable(position);
    }

    public @Nullable LuaRef optFunction(int position) {
        return Args.isAbsent(args, position) ? null : checkFunction(position);
    }

    /** To be thrown: {@code bad argument #1 to 'f' (complaint)}. */
    public RuntimeException argError(int position, String complaint) {
        return new ArgumentFailure(position, complaint);
    }

    /** To be thrown: {@code bad argument #1 to 'f' (wanted expected, got nil)}. */
    public RuntimeException typeError(int position, String wanted) {
        return Args.expected(wanted, args, position);
    }

    /** To be thrown: an error with the position of the Lua line that called. */
    public RuntimeException raise(String message) {
        return LuaFailure.at(message);
    }

    /** To be thrown: an error with any value. */
    public RuntimeException raiseValue(@Nullable Object value) {
        return new LuaFailure(Conversions.toLua(lua, value));
    }

    /** Calls a Lua function; its errors pass through, to be caught by the script. */
    public List<LuaRef> call(LuaRef function, @Nullable Object... arguments) {
        LuaValue[] values = new LuaValue[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Conversions.toLua(lua, arguments[i]);
        }
        return LuaState.refs(lua, lua.call(function.value(), LuaValue.varargsOf(values)));
    }

    /** A new, empty table. */
    public LuaRef newTable() {
        return new LuaRef(lua, lua.newTable());
    }

    /** Whether {@link #toNumber} reads a number there. */
    public boolean isNumber(int position) {
        LuaNumber number = Numbers.coerce(args.arg(position));
        return number != null;
    }
}

package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * {@code table}, raw but for {@code __len}, as in 5.2. {@code sort} is a merge sort: stable, and the same comparisons in
 * the same order everywhere.
 */
public final class TableLibrary {
    /** {@code unpack}, which 5.1 had among the globals and Debian's 5.2 still has. */
    public static final Builtin UNPACK = Builtin.of("unpack", TableLibrary::unpack);

    private static final LuaString COUNT = Strings.utf8("n");
    private static final LuaString EMPTY = Strings.owned(new byte[0]);

    private TableLibrary() {}

    public static Table table() {
        return new Library("table")
                .with("concat", TableLibrary::concat)
                .with("insert", TableLibrary::insert)
                .with("maxn", TableLibrary::maxn)
                .with("pack", TableLibrary::pack)
                .with("remove", TableLibrary::remove)
                .with("sort", TableLibrary::sort)
                .with("unpack", TableLibrary::unpack)
                .table();
    }

    private static int length(Interpreter lua, Table table) {
        if (table.metatable() == null) {
            return table.length();
        }
        if (lua.length(table) instanceof LuaNumber length) {
            return (int) length.todouble();
        }
        throw LuaFailure.at("object length is not a number");
    }

    private static Varargs concat(Interpreter lua, Varargs args) {
        var table = Args.table(args, 1);
        var separator = Args.string(args, 2, EMPTY);
        var from = Args.integer(lua, args, 3, 1);
        var to = Args.isAbsent(args, 4) ? length(lua, table) : Args.integer(lua, args, 4);
        var out = new TextBuilder(lua.meter());
        for (var i = from; i <= to; i++) {
            lua.meter().gas(1);
            out.add(piece(table, i));
            if (i < to) {
                out.add(separator);
            }
        }
        return out.text();
    }

    private static LuaString piece(Table table, long index) {
        var value = at(table, index);
        if (value instanceof LuaString text) {
            return text;
        }
        if (value instanceof LuaNumber number) {
            return Numbers.text(number);
        }
        throw LuaFailure.at("invalid value (" + value.typename() + ") at index " + index + " in table for 'concat'");
    }

    private static LuaValue at(Table table, long index) {
        return (int) index == index ? table.get((int) index) : table.get(Numbers.of(index));
    }

    private static Varargs insert(Interpreter lua, Varargs args) {
        var table = Args.table(args, 1);
        var end = length(lua, table) + 1;
        switch (args.narg()) {
            case 2 -> table.set(end, args.arg(2));
            case 3 -> {
                var position = Args.integer(lua, args, 2);
                if (position < 1 || position > end) {
                    throw new ArgumentFailure(2, "position out of bounds");
                }
                if (end == table.length() + 1) {
                    table.insert((int) position, args.arg(3));
                } else {
                    shiftUp(lua, table, (int) position, end, args.arg(3));
                }
            }
            default -> throw LuaFailure.at("wrong number of arguments to 'insert'");
        }
        return LuaValue.NONE;
    }

    private static void shiftUp(Interpreter lua, Table table, int position, int end, LuaValue value) {
        for (var i = end; i > position; i--) {
            lua.meter().gas(1);
            table.set(i, table.get(i - 1));
        }
        table.set(position, value);
    }

    private static Varargs remove(Interpreter lua, Varargs args) {
        var table = Args.table(args, 1);
        var size = length(lua, table);
        var position = Args.integer(lua, args, 2, size);
        if (position != size && (position < 1 || position > size + 1L)) {
            // The original blames the first argument.
            throw new ArgumentFailure(1, "position out of bounds");
        }
        if (size == table.length() && position >= 1 && position <= size) {
            return table.remove((int) position);
        }
        var removed = at(table, position);
        for (var i = position; i < size; i++) {
            lua.meter().gas(1);
            table.set((int) i, table.get((int) i + 1));
        }
        if (!table.get(Numbers.of(Math.max(position, size))).isnil()) {
            table.set(Numbers.of(Math.max(position, size)), LuaValue.NIL);
        }
        return removed;
    }

    private static Varargs maxn(Interpreter lua, Varargs args) {
        var table = Args.table(args, 1);
        var greatest = (double) table.length();
        for (var key : table.otherKeys()) {
            if (key instanceof LuaNumber number) {
                greatest = Math.max(greatest, number.todouble());
            }
        }
        return Numbers.of(greatest);
    }

    private static Varargs pack(Interpreter lua, Varargs args) {
        var table = lua.newTable(args.narg(), 1);
        for (var i = 1; i <= args.narg(); i++) {
            table.set(i, args.arg(i));
        }
        table.set(COUNT, Numbers.of((long) args.narg()));
        return table;
    }

    private static Varargs unpack(Interpreter lua, Varargs args) {
        var table = Args.table(args, 1);
        var from = Args.integer(lua, args, 2, 1);
        var to = Args.isAbsent(args, 3) ? length(lua, table) : Args.integer(lua, args, 3);
        if (from > to) {
            return LuaValue.NONE;
        }
        // Far apart ends overflow, and are too far apart.
        if (to - from < 0 || to - from >= StringLibrary.RESULTS_MAX - 50) {
            throw LuaFailure.at("too many results to unpack");
        }
        var values = new LuaValue[charged(lua, to - from + 1)];
        for (var i = 0; i < values.length; i++) {
            values[i] = at(table, from + i);
        }
        return LuaValue.varargsOf(values);
    }

    private static int charged(Interpreter lua, long results) {
        StringLibrary.chargeResults(lua.meter(), results);
        return (int) results;
    }

    private static Varargs sort(Interpreter lua, Varargs args) {
        var table = Args.table(args, 1);
        var size = length(lua, table);
        var less = Args.isAbsent(args, 2) ? null : Args.function(args, 2);
        if (size > 1) {
            var sorted = new Sort(lua, less).sorted(table.toArray(size));
            for (var i = 0; i < size; i++) {
                table.set(i + 1, sorted[i]);
            }
        }
        return LuaValue.NONE;
    }

    /** Merges runs of 1, 2, 4... from the bottom up. */
    private static final class Sort {
        /** The original notices an order that contradicts itself in arrays of four and more. */
        private static final int CHECKED_FROM = 4;

        private final Interpreter lua;
        private final @Nullable LuaValue less;

        Sort(Interpreter lua, @Nullable LuaValue less) {
            this.lua = lua;
            this.less = less;
        }

        LuaValue[] sorted(LuaValue[] values) {
            lua.meter().memory(8L * values.length);
            var from = values;
            var to = new LuaValue[values.length];
            for (var run = 1L; run < values.length; run *= 2) {
                for (var start = 0L; start < values.length; start += 2 * run) {
                    var middle = Math.min(start + run, values.length);
                    merge(from, to, (int) start, (int) middle, (int) Math.min(middle + run, values.length));
                }
                var swapped = from;
                from = to;
                to = swapped;
            }
            requireOrder(from);
            return from;
        }

        private void merge(LuaValue[] from, LuaValue[] to, int start, int middle, int end) {
            var left = start;
            var right = middle;
            for (var i = start; i < end; i++) {
                lua.meter().gas(1);
                if (left < middle && (right == end || !isLess(from[right], from[left]))) {
                    to[i] = from[left++];
                } else {
                    to[i] = from[right++];
                }
            }
        }

        /** Of two neighbours, neither the later nor, if the order is one, both can come first. */
        private void requireOrder(LuaValue[] sorted) {
            if (less == null || sorted.length < CHECKED_FROM) {
                return;
            }
            for (var i = 1; i < sorted.length; i++) {
                if (isLess(sorted[i], sorted[i - 1])) {
                    throw LuaFailure.at("invalid order function for sorting");
                }
            }
        }

        private boolean isLess(LuaValue a, LuaValue b) {
            if (less != null) {
                return lua.call(less, LuaValue.varargsOf(a, b)).arg1().toboolean();
            }
            if (a instanceof LuaString x && b instanceof LuaString y) {
                lua.meter().work(Math.min(x.m_length, y.m_length));
            }
            return lua.isLess(a, b);
        }
    }
}

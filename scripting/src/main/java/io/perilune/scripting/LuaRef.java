package io.perilune.scripting;

import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import io.perilune.scripting.vm.UserData;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * A Lua value in Java's hands: a number, a string, or a reference to a table or function of one {@link LuaState}, and
 * to be used by that state's thread only.
 */
public final class LuaRef {
    private final Interpreter lua;
    private final LuaValue value;

    LuaRef(Interpreter lua, LuaValue value) {
        this.lua = lua;
        this.value = value;
    }

    LuaValue value() {
        return value;
    }

    public LuaType type() {
        if (value instanceof LuaString) {
            return LuaType.STRING;
        }
        if (value instanceof LuaNumber) {
            return LuaType.NUMBER;
        }
        if (value instanceof LuaBoolean) {
            return LuaType.BOOLEAN;
        }
        if (value instanceof Table) {
            return LuaType.TABLE;
        }
        if (value instanceof LuaFunction) {
            return LuaType.FUNCTION;
        }
        if (value instanceof UserData) {
            return LuaType.USERDATA;
        }
        return value.isnil() ? LuaType.NIL : LuaType.THREAD;
    }

    public boolean isNil() {
        return value.isnil();
    }

    /** False for nil and false, true for everything else. */
    public boolean toBoolean() {
        return value.toboolean();
    }

    /** The number that this is or reads as; 0 for anything else. */
    public double toNumber() {
        return number().orElse(0);
    }

    /** {@link #toNumber} cut to a whole number; the nearest end of the range for what is out of it. */
    public int toInt() {
        return (int) toNumber();
    }

    public long toLong() {
        return (long) toNumber();
    }

    /** The text of a string or number, read as UTF-8; empty for anything else. */
    public String toText() {
        return text().orElse("");
    }

    /** The number that this is, or that it reads as, being a string. */
    public OptionalDouble number() {
        LuaNumber number = Numbers.coerce(value);
        return number == null ? OptionalDouble.empty() : OptionalDouble.of(number.todouble());
    }

    /** The text of a string or number. */
    public Optional<String> text() {
        return bytes().map(Bytes::toString);
    }

    /** The bytes of a string or of a number's text. */
    public Optional<Bytes> bytes() {
        if (value instanceof LuaString string) {
            return Optional.of(Strings.bytes(string));
        }
        return value instanceof LuaNumber number ? Optional.of(Strings.bytes(Numbers.text(number))) : Optional.empty();
    }

    /** Whether {@link #toText} gives more than an empty text. */
    public boolean isText() {
        return value instanceof LuaString || value instanceof LuaNumber;
    }

    /** The Java object of user data, or null. */
    public @Nullable Object userData() {
        return value instanceof UserData data ? data.object() : null;
    }

    /** What {@code tostring} gives. */
    @Override
    public String toString() {
        return Strings.text(lua.toText(value));
    }

    /** The same value: equal numbers and strings, the same table. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LuaRef ref && lua.isRawEqual(value, ref.value);
    }

    @Override
    public int hashCode() {
        return value instanceof LuaNumber number ? Double.hashCode(number.todouble()) : value.hashCode();
    }

    // Tables.

    /** {@code this[key]}, metamethods included. */
    public LuaRef get(@Nullable Object key) {
        return new LuaRef(lua, lua.index(value, Conversions.toLua(lua, key)));
    }

    /** {@code this[key]} of a table, without metamethods. */
    public LuaRef rawGet(@Nullable Object key) {
        return new LuaRef(lua, table().get(Conversions.toLua(lua, key)));
    }

    /** {@code this[key] = item} of a table, without metamethods; returns this. */
    public LuaRef rawSet(@Nullable Object key, @Nullable Object item) {
        table().set(Conversions.toLua(lua, key), Conversions.toLua(lua, item));
        return this;
    }

    /** Adds {@code item} at the end of a list; returns this. */
    public LuaRef append(@Nullable Object item) {
        table().set(table().length() + 1, Conversions.toLua(lua, item));
        return this;
    }

    /** Puts {@code item} at {@code position}, 1..length+1, and moves up what is there and after; returns this. */
    public LuaRef insert(int position, @Nullable Object item) {
        table().insert(position, Conversions.toLua(lua, item));
        return this;
    }

    /** Takes out the item at {@code position} and moves down what is after it. */
    public LuaRef remove(int position) {
        return new LuaRef(lua, table().remove(position));
    }

    /** Number of items in a list, without metamethods. */
    public int length() {
        return table().length();
    }

    /** All entries: the list first, then the others in the order of their insertion. */
    public void forEach(BiConsumer<LuaRef, LuaRef> visitor) {
        Table table = table();
        Varargs entry = table.next(LuaValue.NIL);
        while (!entry.arg1().isnil()) {
            visitor.accept(new LuaRef(lua, entry.arg1()), new LuaRef(lua, entry.arg(2)));
            entry = table.next(entry.arg1());
        }
    }

    /** Sets a table's metatable; null for none. Returns this. */
    public LuaRef metatable(@Nullable LuaRef metatable) {
        table().metatable(metatable == null ? null : metatable.table());
        return this;
    }

    Table table() {
        if (value instanceof Table table) {
            return table;
        }
        throw new IllegalStateException("a " + type() + " is not a table");
    }
}

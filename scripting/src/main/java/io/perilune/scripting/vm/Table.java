package io.perilune.scripting.vm;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaDouble;
import org.luaj.vm2.LuaInteger;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * A Lua table. The keys 1..n live in an array without a gap at its end, so that the length is known at once; all others
 * in an open-addressed index over entries kept in the order of their insertion, so that nothing about a table ever
 * depends on an identity hash. Everything here is raw: metamethods are {@link Interpreter}'s.
 *
 * <p>A table charges its {@link Meter} for what it allocates and for long probes. Not safe for use by several threads,
 * but {@link #share shared} contents are copied by the first write and may be read by all.
 */
public final class Table extends LuaValue {
    private static final LuaValue[] EMPTY = {};
    private static final int[] NO_INDEX = {0};
    private static final int TABLE_BYTES = 64;
    private static final int ARRAY_SLOT_BYTES = 8;
    private static final int ENTRY_BYTES = 24;
    private static final int PROBES_FREE = 8;
    private static final int LONG_STRING = 64;
    private static final int LONG_KEY = 32;
    private static final int HASHED_BYTES = 128;

    private final Meter meter;
    private LuaValue[] array = EMPTY;
    private int count;
    private LuaValue[] keys = EMPTY;
    private LuaValue[] values = EMPTY;
    private int[] index = NO_INDEX;
    private int used;
    private int live;
    private int positiveIntegers;
    private boolean shared;
    /** Keys and index are a {@link Shape}'s; values are this table's own. */
    private boolean shaped;

    private @Nullable String frozen;
    private boolean markedArray;
    private @Nullable Table metatable;
    private LuaValue @Nullable [] sorted;
    private int cursor;
    private int identity;
    /** One bit for each metamethod that this table, as a metatable, is known not to have. */
    int absentMetamethods;

    public Table(Meter meter) {
        meter.memory(TABLE_BYTES);
        this.meter = meter;
    }

    public Table(Meter meter, int arraySize, int hashSize) {
        this(meter);
        if (arraySize > 0) {
            meter.memory((long) arraySize * ARRAY_SLOT_BYTES);
            array = new LuaValue[arraySize];
        }
        if (hashSize > 0) {
            resize(capacityFor(hashSize));
        }
    }

    /**
     * A table with the keys of {@code shape}, charged for like one that was filled key by key.
     *
     * @param values in the order of the shape's names, null for what is not there; taken over, and of the length of {@link
     *     Shape#values}
     */
    public Table(Meter meter, Shape shape, @Nullable LuaValue[] values) {
        this(meter);
        meter.memory((long) shape.keys.length * ENTRY_BYTES);
        keys = shape.keys;
        index = shape.index;
        used = shape.count;
        this.values = values;
        for (int i = 0; i < used; i++) {
            live += values[i] == null ? 0 : 1;
        }
        shaped = true;
    }

    private Table(Meter meter, Table template) {
        this(meter);
        array = template.array;
        count = template.count;
        keys = template.keys;
        values = template.values;
        index = template.index;
        used = template.used;
        live = template.live;
        positiveIntegers = template.positiveIntegers;
        markedArray = template.markedArray;
        absentMetamethods = template.absentMetamethods;
        shared = true;
    }

    /** A table of its own with this one's contents, which are copied when either is first written. */
    public Table share(Meter owner) {
        shared = true;
        return new Table(owner, this);
    }

    /** Makes every later write an error that says {@code reason}. */
    public Table freeze(String reason) {
        frozen = reason;
        return this;
    }

    /** Whether this came from a JSON array, so that it is one even when it is empty. */
    public boolean isMarkedArray() {
        return markedArray;
    }

    public Table markArray() {
        markedArray = true;
        return this;
    }

    // Reading.

    public LuaValue get(int key) {
        int place = key - 1;
        if (place >= 0 && place < count) {
            LuaValue value = array[place];
            return value == null ? NIL : value;
        }
        return live == 0 ? NIL : valueAt(find(LuaInteger.valueOf(key)));
    }

    public LuaValue get(LuaString key) {
        int mask = index.length - 1;
        int slot = spread(hash(key)) & mask;
        int entry = index[slot];
        if (entry == 0) {
            return NIL;
        }
        if (keys[entry - 1] == key) {
            LuaValue value = values[entry - 1];
            return value == null ? NIL : value;
        }
        return valueAt(findString(key));
    }

    @Override
    public LuaValue get(String key) {
        return get(LuaString.valueOf(key));
    }

    /** Nil for any key that is not there; never an error. */
    @Override
    public LuaValue get(LuaValue key) {
        if (key instanceof LuaString string) {
            return get(string);
        }
        if (key instanceof LuaInteger whole) {
            return get(whole.v);
        }
        return key == NIL ? NIL : valueAt(find(normal(key)));
    }

    @Override
    public LuaValue rawget(LuaValue key) {
        return get(key);
    }

    @Override
    public LuaValue rawget(int key) {
        return get(key);
    }

    /** A border, and always the same one for the same history of writes: the last of the keys 1..n that is there. */
    @Override
    public int length() {
        return count;
    }

    @Override
    public int rawlen() {
        return count;
    }

    /** Entries in all. */
    public int size() {
        int holes = 0;
        for (int i = 0; i < count; i++) {
            holes += array[i] == null ? 1 : 0;
        }
        return count - holes + live;
    }

    public boolean isEmpty() {
        return count == 0 && live == 0;
    }

    // Writing.

    public void set(int key, LuaValue value) {
        int place = key - 1;
        if (place >= 0 && place < count && value != NIL && !shared && frozen == null) {
            array[place] = value;
        } else {
            setSlowly(LuaInteger.valueOf(key), value);
        }
    }

    public void set(LuaString key, LuaValue value) {
        if (value != NIL && !shared && frozen == null) {
            int entry = index[spread(hash(key)) & index.length - 1] - 1;
            if (entry >= 0 && keys[entry] == key && values[entry] != null) {
                values[entry] = value;
                return;
            }
        }
        setSlowly(key, value);
    }

    @Override
    public void set(String key, LuaValue value) {
        setSlowly(LuaString.valueOf(key), value);
    }

    /** @throws LuaFailure if the key is nil or NaN */
    @Override
    public void set(LuaValue key, LuaValue value) {
        if (key instanceof LuaInteger whole) {
            set(whole.v, value);
        } else if (key instanceof LuaString text) {
            set(text, value);
        } else if (key == NIL) {
            throw LuaFailure.at("table index is nil");
        } else if (key instanceof LuaDouble number && Double.isNaN(number.todouble())) {
            throw LuaFailure.at("table index is NaN");
        } else {
            setSlowly(normal(key), value);
        }
    }

    @Override
    public void rawset(LuaValue key, LuaValue value) {
        set(key, value);
    }

    @Override
    public void rawset(int key, LuaValue value) {
        set(key, value);
    }

    private void setSlowly(LuaValue key, LuaValue value) {
        if (frozen != null) {
            throw LuaFailure.at(frozen);
        }
        if (shared) {
            unshare();
        }
        if (key instanceof LuaInteger whole && setInArray(whole.v, value)) {
            return;
        }
        int entry = find(key);
        if (value == NIL) {
            clear(entry);
        } else if (entry >= 0) {
            revive(entry, value);
        } else {
            add(key, value);
        }
    }

    private boolean setInArray(int key, LuaValue value) {
        if (key == count + 1) {
            if (value != NIL) {
                append(value);
                return true;
            }
            return positiveIntegers == 0;
        }
        if (key < 1 || key > count) {
            return false;
        }
        array[key - 1] = value == NIL ? null : value;
        while (count > 0 && array[count - 1] == null) {
            count--;
        }
        return true;
    }

    private void append(LuaValue value) {
        if (count == array.length) {
            int grown = Math.max(4, count * 2);
            meter.memory((long) grown * ARRAY_SLOT_BYTES);
            meter.work((long) count * ARRAY_SLOT_BYTES);
            array = Arrays.copyOf(array, grown);
        }
        array[count++] = value;
        if (positiveIntegers > 0) {
            adoptFromHash();
        }
    }

    private void adoptFromHash() {
        while (positiveIntegers > 0) {
            int entry = find(LuaInteger.valueOf(count + 1));
            if (entry < 0 || values[entry] == null) {
                return;
            }
            LuaValue value = values[entry];
            clear(entry);
            if (count == array.length) {
                meter.memory(count * 2L * ARRAY_SLOT_BYTES);
                array = Arrays.copyOf(array, count * 2);
            }
            array[count++] = value;
            meter.gas(1);
        }
    }

    private void clear(int entry) {
        if (entry >= 0 && values[entry] != null) {
            values[entry] = null;
            live--;
            positiveIntegers -= isPositiveInteger(keys[entry]) ? 1 : 0;
        }
    }

    private void revive(int entry, LuaValue value) {
        if (values[entry] == null) {
            live++;
            positiveIntegers += isPositiveInteger(keys[entry]) ? 1 : 0;
            sorted = null;
            absentMetamethods = 0;
        }
        values[entry] = value;
    }

    private void add(LuaValue key, LuaValue value) {
        if (used == keys.length) {
            resize(capacityFor(live + 1 + live / 2));
        } else if (shaped) {
            keys = keys.clone();
            index = index.clone();
            shaped = false;
        }
        keys[used] = key;
        values[used] = value;
        link(used++);
        live++;
        positiveIntegers += isPositiveInteger(key) ? 1 : 0;
        sorted = null;
        absentMetamethods = 0;
    }

    private void link(int entry) {
        int mask = index.length - 1;
        int slot = hash(keys[entry]) & mask;
        int probes = 0;
        while (index[slot] != 0) {
            slot = (slot + 1) & mask;
            probes++;
        }
        index[slot] = entry + 1;
        if (probes > PROBES_FREE) {
            meter.gas(probes);
        }
    }

    private static int capacityFor(int entries) {
        return Math.max(4, Integer.highestOneBit(Math.max(1, entries - 1)) << 1);
    }

    private void resize(int capacity) {
        meter.memory((long) capacity * ENTRY_BYTES);
        meter.gas(used / 4 + 1);
        LuaValue[] oldKeys = keys;
        LuaValue[] oldValues = values;
        int oldUsed = used;
        keys = new LuaValue[capacity];
        values = new LuaValue[capacity];
        index = new int[capacity * 2];
        shaped = false;
        used = 0;
        for (int i = 0; i < oldUsed; i++) {
            if (oldValues[i] != null) {
                keys[used] = oldKeys[i];
                values[used] = oldValues[i];
                link(used++);
            }
        }
    }

    private void unshare() {
        meter.memory((long) array.length * ARRAY_SLOT_BYTES + (long) keys.length * ENTRY_BYTES);
        array = array.clone();
        keys = keys.clone();
        values = values.clone();
        index = index.clone();
        shared = false;
        shaped = false;
    }

    /** The string keys that many tables have, found once: each of the tables adds values only. Immutable. */
    public static final class Shape {
        private final LuaValue[] keys;
        private final int[] index;
        private final int count;

        /** @param names no two the same */
        public Shape(LuaString... names) {
            Table table = new Table(Meter.unlimited(), 0, names.length);
            for (LuaString name : names) {
                table.set(name, TRUE);
            }
            keys = table.keys;
            index = table.index;
            count = names.length;
        }

        public static Shape of(String... names) {
            return new Shape(Arrays.stream(names).map(LuaString::valueOf).toArray(LuaString[]::new));
        }

        /** Room for the values of one table. */
        public @Nullable LuaValue[] values() {
            return new LuaValue[keys.length];
        }
    }

    // Finding.

    private LuaValue valueAt(int entry) {
        LuaValue value = entry < 0 ? null : values[entry];
        return value == null ? NIL : value;
    }

    private int find(LuaValue key) {
        if (key instanceof LuaString string) {
            return findString(string);
        }
        int mask = index.length - 1;
        int slot = hash(key) & mask;
        int probes = 0;
        for (int entry; (entry = index[slot]) != 0; slot = (slot + 1) & mask) {
            LuaValue there = keys[entry - 1];
            if (there == key || key instanceof LuaNumber number && isSameNumber(there, number)) {
                return entry - 1;
            }
            if (++probes > PROBES_FREE) {
                meter.gas(1);
            }
        }
        return -1;
    }

    private int findString(LuaString key) {
        int mask = index.length - 1;
        int hash = key.hashCode();
        int slot = spread(hash(key)) & mask;
        int probes = 0;
        for (int entry; (entry = index[slot]) != 0; slot = (slot + 1) & mask) {
            LuaValue there = keys[entry - 1];
            if (there == key || there instanceof LuaString string && string.hashCode() == hash && isSame(string, key)) {
                return entry - 1;
            }
            if (++probes > PROBES_FREE) {
                meter.gas(1);
            }
        }
        return -1;
    }

    private boolean isSame(LuaString a, LuaString b) {
        if (a.m_length != b.m_length) {
            return false;
        }
        if (a.m_length > LONG_STRING) {
            meter.work(a.m_length);
        }
        return Arrays.equals(
                a.m_bytes, a.m_offset, a.m_offset + a.m_length, b.m_bytes, b.m_offset, b.m_offset + b.m_length);
    }

    private static boolean isSameNumber(LuaValue a, LuaNumber b) {
        return a instanceof LuaNumber && a.todouble() == b.todouble();
    }

    private static boolean isPositiveInteger(LuaValue key) {
        return key instanceof LuaInteger whole && whole.v > 0;
    }

    private static LuaValue normal(LuaValue key) {
        return key == Numbers.MINUS_ZERO ? LuaInteger.valueOf(0) : key;
    }

    /** Never an identity hash: how long a probe takes is charged for, and must be the same on every machine. */
    private int hash(LuaValue key) {
        if (key instanceof LuaString string) {
            return spread(hash(string));
        }
        if (key instanceof LuaNumber number) {
            return spread(Double.hashCode(number.todouble()));
        }
        if (key instanceof LuaBoolean) {
            return key.toboolean() ? 1 : 2;
        }
        return spread(key instanceof Identified object ? object.identity(meter) : identityOf(key));
    }

    /** LuaJ's own hash of a string leaves out bytes of those of 32 and more, so that alike ones collide. */
    private static int hash(LuaString key) {
        int length = key.m_length;
        if (length < LONG_KEY) {
            return key.hashCode();
        }
        int hash = length;
        int head = Math.min(length, HASHED_BYTES);
        for (int i = 0; i < head; i++) {
            hash = 31 * hash + key.m_bytes[key.m_offset + i];
        }
        for (int i = Math.max(head, length - HASHED_BYTES); i < length; i++) {
            hash = 31 * hash + key.m_bytes[key.m_offset + i];
        }
        return hash;
    }

    private int identityOf(LuaValue key) {
        return key instanceof Table table
                ? table.identity(meter)
                : key.typename().hashCode();
    }

    private static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ (mixed >>> 15);
    }

    /** Numbered when first asked for: the order of asking is the script's, so it is the same everywhere. */
    int identity(Meter numbering) {
        if (identity == 0) {
            identity = numbering.nextIdentity();
        }
        return identity;
    }

    // Walking.

    /**
     * The entry after {@code key} (nil for the first): {@code key, value}, or nil at the end. 1..n come first; then the
     * others, in the order of their insertion, or, where the {@link Meter} is a machine's, in the order of the keys:
     * booleans, numbers, strings.
     *
     * @throws LuaFailure if there is no such key
     */
    @Override
    public Varargs next(LuaValue key) {
        int place = 0;
        if (key instanceof LuaInteger whole && whole.v > 0 && whole.v <= array.length && isArrayPlace(whole)) {
            place = whole.v;
        } else if (key != NIL) {
            return nextInHash(key);
        }
        for (; place < count; place++) {
            if (array[place] != null) {
                return varargsOf(LuaInteger.valueOf(place + 1), array[place]);
            }
        }
        return live == 0 ? NIL : nextInHash(NIL);
    }

    private boolean isArrayPlace(LuaInteger key) {
        return key.v <= count || find(key) < 0;
    }

    private Varargs nextInHash(LuaValue key) {
        return meter.sortsKeys() ? nextSorted(normal(key)) : nextInserted(normal(key));
    }

    private Varargs nextInserted(LuaValue key) {
        int entry = key == NIL ? -1 : find(key);
        if (entry < 0 && key != NIL) {
            throw LuaFailure.at("invalid key to 'next'");
        }
        for (int i = entry + 1; i < used; i++) {
            if (values[i] != null) {
                return varargsOf(keys[i], values[i]);
            }
        }
        return NIL;
    }

    private Varargs nextSorted(LuaValue key) {
        LuaValue[] order = sorted == null ? sort() : sorted;
        int place = key == NIL ? 0 : placeAfter(order, key);
        for (; place < order.length; place++) {
            LuaValue value = valueAt(find(order[place]));
            if (value != NIL) {
                cursor = place;
                return varargsOf(order[place], value);
            }
        }
        return NIL;
    }

    private int placeAfter(LuaValue[] order, LuaValue key) {
        if (cursor < order.length && order[cursor] == key) {
            return cursor + 1;
        }
        if (!isSortable(key) || find(key) < 0) {
            throw LuaFailure.at("invalid key to 'next'");
        }
        int found = Arrays.binarySearch(order, key, KEY_ORDER);
        return found >= 0 ? found + 1 : -found - 1;
    }

    private LuaValue[] sort() {
        LuaValue[] order = new LuaValue[live];
        int n = 0;
        for (int i = 0; i < used; i++) {
            if (values[i] != null) {
                if (!isSortable(keys[i])) {
                    throw LuaFailure.at(
                            "a table with a " + keys[i].typename() + " key cannot be iterated in a machine");
                }
                order[n++] = keys[i];
            }
        }
        meter.memory((long) n * ARRAY_SLOT_BYTES);
        meter.gas((long) n * (32 - Integer.numberOfLeadingZeros(n)));
        Arrays.sort(order, KEY_ORDER);
        sorted = order;
        return order;
    }

    private static boolean isSortable(LuaValue key) {
        return key instanceof LuaString || key instanceof LuaNumber || key instanceof LuaBoolean;
    }

    /** Booleans, numbers, strings; false before true, numbers by value, strings by bytes. */
    public static final Comparator<LuaValue> KEY_ORDER = (a, b) -> {
        int kinds = Integer.compare(kind(a), kind(b));
        if (kinds != 0) {
            return kinds;
        }
        if (a instanceof LuaString x && b instanceof LuaString y) {
            return Strings.compare(x, y);
        }
        return a instanceof LuaNumber
                ? Double.compare(a.todouble(), b.todouble())
                : Boolean.compare(a.toboolean(), b.toboolean());
    };

    private static int kind(LuaValue key) {
        if (key instanceof LuaBoolean) {
            return 0;
        }
        return key instanceof LuaNumber ? 1 : 2;
    }

    // What table.insert, remove and sort need.

    /** Puts {@code n} values from {@code from} of {@code source} at the keys after {@code first}. */
    void fill(int first, LuaValue[] source, int from, int n) {
        if (first == count && live == 0 && !shared && frozen == null && n > 0 && source[from + n - 1] != NIL) {
            if (array.length < count + n) {
                meter.memory((count + n) * (long) ARRAY_SLOT_BYTES);
                array = Arrays.copyOf(array, count + n);
            }
            for (int i = 0; i < n; i++) {
                LuaValue value = source[from + i];
                array[count + i] = value == NIL ? null : value;
            }
            count += n;
            return;
        }
        for (int i = n; i >= 1; i--) {
            set(first + i, source[from + i - 1]);
        }
    }

    /** Moves {@code position}..n up by one and puts {@code value} there; {@code position} is 1..n+1. */
    public void insert(int position, LuaValue value) {
        if (frozen != null) {
            throw LuaFailure.at(frozen);
        }
        if (value == NIL || position < 1 || position > count) {
            insertSlowly(position, value);
            return;
        }
        if (shared) {
            unshare();
        }
        LuaValue last = array[count - 1];
        meter.work((long) (count - position) * ARRAY_SLOT_BYTES);
        System.arraycopy(array, position - 1, array, position, count - position);
        array[position - 1] = value;
        append(last);
    }

    private void insertSlowly(int position, LuaValue value) {
        for (int i = count; i >= position; i--) {
            meter.gas(1);
            set(i + 1, get(i));
        }
        set(position, value);
    }

    /** Takes out the entry at {@code position}, 1..n, and moves those after it down by one. */
    public LuaValue remove(int position) {
        LuaValue removed = get(position);
        if (frozen != null) {
            throw LuaFailure.at(frozen);
        }
        if (position < 1 || position > count) {
            return removed;
        }
        if (shared) {
            unshare();
        }
        meter.work((long) (count - position) * ARRAY_SLOT_BYTES);
        System.arraycopy(array, position, array, position - 1, count - position);
        setInArray(count, NIL);
        return removed;
    }

    /** A fresh array of the keys that are not among 1..n, in the order of their insertion. */
    public LuaValue[] otherKeys() {
        meter.memory((long) live * ARRAY_SLOT_BYTES);
        meter.gas(used / 4 + 1);
        LuaValue[] others = new LuaValue[live];
        int n = 0;
        for (int i = 0; i < used; i++) {
            if (values[i] != null) {
                others[n++] = keys[i];
            }
        }
        return others;
    }

    /** A copy of 1..{@code last}, with nil for what is not there. */
    public LuaValue[] toArray(int last) {
        meter.memory((long) last * ARRAY_SLOT_BYTES);
        LuaValue[] copy = new LuaValue[last];
        for (int i = 0; i < last; i++) {
            copy[i] = get(i + 1);
        }
        return copy;
    }

    // Being a LuaValue.

    public @Nullable Table metatable() {
        return metatable;
    }

    public void metatable(@Nullable Table table) {
        if (frozen != null) {
            throw LuaFailure.at(frozen);
        }
        metatable = table;
    }

    @Override
    public LuaValue getmetatable() {
        return metatable == null ? NIL : metatable;
    }

    @Override
    public int type() {
        return TTABLE;
    }

    @Override
    public String typename() {
        return "table";
    }

    @Override
    public boolean istable() {
        return true;
    }

    @Override
    public String tojstring() {
        return "table: 0x" + String.format(java.util.Locale.ROOT, "%08x", identity(meter));
    }

    /** Something without content, that is numbered when first needed. */
    interface Identified {
        int identity(Meter numbering);
    }
}

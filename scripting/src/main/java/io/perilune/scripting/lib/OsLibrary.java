package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.function.ToLongFunction;
import org.luaj.vm2.LuaBoolean;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** What machines have of {@code os}: time and dates, of the log and in UTC. */
public final class OsLibrary {
    private static final LuaString DEFAULT_FORMAT = Strings.utf8("%c");
    private static final long FIELD_MAX = Integer.MAX_VALUE;
    private static final int HOUR_SECONDS = 3_600;

    private OsLibrary() {}

    /** @param timeMillis of the running call, since the epoch */
    public static Table table(ToLongFunction<Interpreter> timeMillis) {
        return new Library("os")
                .with("clock", (lua, args) -> Numbers.of(0L))
                .with("date", (lua, args) -> date(lua, args, seconds(timeMillis, lua)))
                .with("difftime", (lua, args) -> Numbers.of(Args.number(lua, args, 1) - Args.number(lua, args, 2, 0)))
                .with("time", (lua, args) -> time(lua, args, seconds(timeMillis, lua)))
                .table();
    }

    private static long seconds(ToLongFunction<Interpreter> timeMillis, Interpreter lua) {
        return Math.floorDiv(timeMillis.applyAsLong(lua), 1_000L);
    }

    private static Varargs time(Interpreter lua, Varargs args, long now) {
        if (Args.isAbsent(args, 1)) {
            return Numbers.of(now);
        }
        var table = Args.table(args, 1);
        var second = field(lua, table, "sec", 0);
        var minute = field(lua, table, "min", 0);
        var hour = field(lua, table, "hour", 12);
        var day = field(lua, table, "day", -1);
        var month = field(lua, table, "month", -1);
        var year = field(lua, table, "year", -1);
        var time = CalendarDate.seconds(year, month, day, hour, minute, second);
        if (table.get((LuaValue) Strings.utf8("isdst")).toboolean()) {
            // UTC has no summer time; what claims to be in it is taken to be an hour ahead, as C's mktime does.
            time -= HOUR_SECONDS;
        }
        // -1 is C's way to say that there is no such time.
        return time == -1 ? LuaValue.NIL : Numbers.of(time);
    }

    private static long field(Interpreter lua, Table table, String name, long absent) {
        var number = Numbers.coerce(lua.meter(), table.get((LuaValue) Strings.utf8(name)));
        if (number == null) {
            if (absent < 0) {
                throw LuaFailure.at("field '" + name + "' missing in date table");
            }
            return absent;
        }
        var value = number.todouble();
        if (!(Math.abs(value) <= FIELD_MAX)) {
            throw LuaFailure.at("field '" + name + "' is out-of-bound");
        }
        return (long) value;
    }

    private static Varargs date(Interpreter lua, Varargs args, long now) {
        var format = Args.string(args, 1, DEFAULT_FORMAT);
        var time = Args.isAbsent(args, 2) ? now : Args.integer(lua, args, 2);
        var at = 0;
        var zone = "UTC";
        if (format.m_length > 0 && format.m_bytes[format.m_offset] == '!') {
            at = 1;
            zone = "GMT";
        }
        var date = CalendarDate.of(time);
        if (Math.abs(date.year() - 1_900) > FIELD_MAX) {
            return LuaValue.NIL;
        }
        if (startsWithTable(format, at)) {
            return fields(lua, date);
        }
        return formatted(lua, format, at, date, zone);
    }

    private static boolean startsWithTable(LuaString format, int at) {
        return format.m_length == at + 2
                && format.m_bytes[format.m_offset + at] == '*'
                && format.m_bytes[format.m_offset + at + 1] == 't';
    }

    private static Table fields(Interpreter lua, CalendarDate date) {
        var table = lua.newTable(0, 9);
        set(table, "sec", date.second());
        set(table, "min", date.minute());
        set(table, "hour", date.hour());
        set(table, "day", date.day());
        set(table, "month", date.month());
        set(table, "year", date.year());
        set(table, "wday", date.weekday() + 1);
        set(table, "yday", date.dayOfYear());
        table.set((LuaValue) Strings.utf8("isdst"), LuaBoolean.FALSE);
        return table;
    }

    private static void set(Table table, String name, long value) {
        table.set((LuaValue) Strings.utf8(name), Numbers.of(value));
    }

    private static LuaString formatted(Interpreter lua, LuaString format, int from, CalendarDate date, String zone) {
        var out = new TextBuilder(lua.meter());
        lua.meter().work(format.m_length);
        for (var i = from; i < format.m_length; i++) {
            var c = format.m_bytes[format.m_offset + i];
            if (c != '%') {
                out.add(c);
                continue;
            }
            var start = i;
            var conversion = byteAt(format, ++i);
            if (conversion == 'E' || conversion == 'O') {
                var allowed = conversion == 'E' ? "cCxXyY" : "deHImMSuUVwWy";
                conversion = byteAt(format, ++i);
                if (conversion == 0 || allowed.indexOf(conversion) < 0) {
                    throw invalid(format, start, i);
                }
            }
            var text = date.formatted((char) conversion, zone);
            if (text == null) {
                throw invalid(format, start, i);
            }
            out.add(text);
        }
        return out.text();
    }

    private static int byteAt(LuaString format, int place) {
        return place < format.m_length ? format.m_bytes[format.m_offset + place] & 0xFF : 0;
    }

    private static ArgumentFailure invalid(LuaString format, int start, int last) {
        var end = Math.min(last + 1, format.m_length);
        var text = new StringBuilder();
        for (var i = start; i < end; i++) {
            text.append((char) byteAt(format, i));
        }
        return new ArgumentFailure(1, "invalid conversion specifier '" + text + "'");
    }
}

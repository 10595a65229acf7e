package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * {@code string}, over bytes, without {@code dump}. Each function charges for the bytes that it reads and makes before
 * it makes them, so that {@code ("x"):rep(1e9)} ends the call and not the process.
 */
public final class StringLibrary {
    /** LUAI_MAXSTACK: so many results a Lua function can have. */
    static final int RESULTS_MAX = 1_000_000;

    private static final LuaString EMPTY = Strings.owned(new byte[0]);

    private StringLibrary() {}

    public static Table table() {
        return new Library("string")
                .with("byte", StringLibrary::bytes)
                .with("char", StringLibrary::characters)
                .with("find", StringLibrary::find)
                .with("format", (lua, args) -> new StringFormat(lua, args).result())
                .with("gmatch", StringLibrary::gmatch)
                .with("gsub", StringLibrary::gsub)
                .with("len", (lua, args) -> Numbers.of((long) Args.string(args, 1).m_length))
                .with("lower", StringLibrary::lower)
                .with("match", StringLibrary::match)
                .with("rep", StringLibrary::rep)
                .with("reverse", StringLibrary::reverse)
                .with("sub", StringLibrary::sub)
                .with("upper", StringLibrary::upper)
                .table();
    }

    private static Varargs bytes(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var from = fromEnd(Args.integer(lua, args, 2, 1), text.m_length);
        var to = Math.min(fromEnd(Args.integer(lua, args, 3, from), text.m_length), text.m_length);
        from = Math.max(from, 1);
        if (from > to) {
            return LuaValue.NONE;
        }
        if (to - from + 1 >= RESULTS_MAX) {
            throw LuaFailure.at("stack overflow (string slice too long)");
        }
        var count = (int) (to - from + 1);
        chargeResults(lua.meter(), count);
        var bytes = new LuaValue[count];
        for (var i = 0; i < count; i++) {
            bytes[i] = Numbers.of((long) (text.m_bytes[text.m_offset + (int) from - 1 + i] & 0xFF));
        }
        return LuaValue.varargsOf(bytes);
    }

    static void chargeResults(Meter meter, long count) {
        meter.memory(8 * count);
        meter.gas(count / 2);
    }

    private static Varargs characters(Interpreter lua, Varargs args) {
        lua.meter().string(args.narg());
        var text = new byte[args.narg()];
        for (var i = 0; i < text.length; i++) {
            var code = (int) Args.integer(lua, args, i + 1);
            if (code < 0 || code > 255) {
                throw new ArgumentFailure(i + 1, "value out of range");
            }
            text[i] = (byte) code;
        }
        return Strings.owned(text);
    }

    private static Varargs lower(Interpreter lua, Varargs args) {
        var text = copy(lua, Args.string(args, 1));
        for (var i = 0; i < text.length; i++) {
            text[i] = CharClass.lower(text[i]);
        }
        return Strings.owned(text);
    }

    private static Varargs upper(Interpreter lua, Varargs args) {
        var text = copy(lua, Args.string(args, 1));
        for (var i = 0; i < text.length; i++) {
            text[i] = CharClass.upper(text[i]);
        }
        return Strings.owned(text);
    }

    private static Varargs reverse(Interpreter lua, Varargs args) {
        var text = copy(lua, Args.string(args, 1));
        for (int i = 0, j = text.length - 1; i < j; i++, j--) {
            var swapped = text[i];
            text[i] = text[j];
            text[j] = swapped;
        }
        return Strings.owned(text);
    }

    private static byte[] copy(Interpreter lua, LuaString text) {
        lua.meter().string(text.m_length);
        return Arrays.copyOfRange(text.m_bytes, text.m_offset, text.m_offset + text.m_length);
    }

    private static Varargs rep(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var count = Args.integer(lua, args, 2);
        var separator = Args.string(args, 3, EMPTY);
        var each = (long) text.m_length + separator.m_length;
        if (count <= 0 || each == 0) {
            return EMPTY;
        }
        // Nothing near a long's end is ever allowed, so the product need not be exact there.
        var total = count > Long.MAX_VALUE / each ? Long.MAX_VALUE / 2 : each * count - separator.m_length;
        lua.meter().string(total);
        var whole = new byte[(int) total];
        var done = (int) Math.min(each, total);
        System.arraycopy(text.m_bytes, text.m_offset, whole, 0, text.m_length);
        System.arraycopy(separator.m_bytes, separator.m_offset, whole, text.m_length, done - text.m_length);
        while (done < whole.length) {
            var more = Math.min(done, whole.length - done);
            System.arraycopy(whole, 0, whole, done, more);
            done += more;
        }
        return Strings.owned(whole);
    }

    private static Varargs sub(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var from = Math.max(fromEnd(Args.integer(lua, args, 2), text.m_length), 1);
        var to = Math.min(fromEnd(Args.integer(lua, args, 3, -1), text.m_length), text.m_length);
        if (from > to) {
            return EMPTY;
        }
        if (from == 1 && to == text.m_length) {
            return text;
        }
        lua.meter().string(to - from + 1);
        var start = text.m_offset + (int) from - 1;
        return Strings.owned(Arrays.copyOfRange(text.m_bytes, start, text.m_offset + (int) to));
    }

    /** A position counted from the end is turned into one from the start; 0 is before it. */
    static long fromEnd(long position, int length) {
        if (position >= 0) {
            return position;
        }
        return position < -length ? 0 : length + position + 1;
    }

    // Patterns.

    private static Varargs find(Interpreter lua, Varargs args) {
        var subject = Args.string(args, 1);
        var pattern = Args.string(args, 2);
        var start = start(lua, args, subject);
        if (start < 0) {
            return LuaValue.NIL;
        }
        if (args.arg(4).toboolean() || !hasSpecials(pattern)) {
            var place = indexOf(lua.meter(), subject, pattern, start);
            return place < 0
                    ? LuaValue.NIL
                    : LuaValue.varargsOf(position(place), Numbers.of((long) place + pattern.m_length));
        }
        var matcher = matcher(lua, subject, pattern);
        var match = search(matcher, subject, pattern, start);
        if (match == null) {
            return LuaValue.NIL;
        }
        var ends = new LuaValue[2 + matcher.captures()];
        ends[0] = position(match.start);
        ends[1] = Numbers.of((long) match.end);
        for (var i = 2; i < ends.length; i++) {
            ends[i] = matcher.capture(i - 2, match.start, match.end);
        }
        return LuaValue.varargsOf(ends);
    }

    private static Varargs match(Interpreter lua, Varargs args) {
        var subject = Args.string(args, 1);
        var pattern = Args.string(args, 2);
        var start = start(lua, args, subject);
        if (start < 0) {
            return LuaValue.NIL;
        }
        var matcher = matcher(lua, subject, pattern);
        var match = search(matcher, subject, pattern, start);
        return match == null ? LuaValue.NIL : LuaValue.varargsOf(matcher.captures(match.start, match.end));
    }

    private record Match(int start, int end) {}

    private static @Nullable Match search(PatternMatcher matcher, LuaString subject, LuaString pattern, int start) {
        var last = isAnchored(pattern) ? start : subject.m_length;
        for (var place = start; place <= last; place++) {
            var end = matcher.match(place);
            if (end >= 0) {
                return new Match(place, end);
            }
        }
        return null;
    }

    private static PatternMatcher matcher(Interpreter lua, LuaString subject, LuaString pattern) {
        return new PatternMatcher(lua.meter(), subject, pattern, isAnchored(pattern) ? 1 : 0);
    }

    private static boolean isAnchored(LuaString pattern) {
        return pattern.m_length > 0 && pattern.m_bytes[pattern.m_offset] == '^';
    }

    /** The third argument as a place counted from 0, or -1 where it is behind the end. */
    private static int start(Interpreter lua, Varargs args, LuaString subject) {
        var start = Math.max(fromEnd(Args.integer(lua, args, 3, 1), subject.m_length), 1) - 1;
        return start > subject.m_length ? -1 : (int) start;
    }

    private static LuaNumber position(int place) {
        return Numbers.of(place + 1L);
    }

    private static boolean hasSpecials(LuaString pattern) {
        for (var i = 0; i < pattern.m_length; i++) {
            switch (pattern.m_bytes[pattern.m_offset + i]) {
                case '^', '$', '*', '+', '?', '.', '(', '[', '%', '-' -> {
                    return true;
                }
                default -> {}
            }
        }
        return false;
    }

    private static int indexOf(Meter meter, LuaString subject, LuaString sought, int start) {
        if (sought.m_length == 0) {
            return start;
        }
        var end = subject.m_offset + subject.m_length;
        var first = sought.m_bytes[sought.m_offset];
        var charged = subject.m_offset + start;
        for (var at = charged; at <= end - sought.m_length; at++) {
            if (subject.m_bytes[at] != first) {
                continue;
            }
            var same = Arrays.mismatch(
                    subject.m_bytes,
                    at,
                    at + sought.m_length,
                    sought.m_bytes,
                    sought.m_offset,
                    sought.m_offset + sought.m_length);
            meter.work(at - charged + (same < 0 ? sought.m_length : same));
            charged = at;
            if (same < 0) {
                return at - subject.m_offset;
            }
        }
        meter.work(Math.max(end - charged, 0));
        return -1;
    }

    private static Varargs gmatch(Interpreter lua, Varargs args) {
        var subject = Args.string(args, 1);
        var pattern = Args.string(args, 2);
        lua.meter().memory(Matches.BYTES);
        return new Matches(subject, pattern);
    }

    /** The iterator that {@code gmatch} returns; the one function here that has a state, and it is the caller's own. */
    private static final class Matches extends Builtin {
        static final int BYTES = 96;

        private final LuaString subject;
        private final LuaString pattern;
        private int place;

        Matches(LuaString subject, LuaString pattern) {
            super("string.gmatch_iterator");
            this.subject = subject;
            this.pattern = pattern;
        }

        @Override
        public Varargs call(Interpreter lua, Varargs args) {
            // In gmatch a ^ is no anchor but a byte like others, as in the original.
            var matcher = new PatternMatcher(lua.meter(), subject, pattern, 0);
            for (; place <= subject.m_length; place++) {
                var end = matcher.match(place);
                if (end >= 0) {
                    var start = place;
                    place = end == start ? end + 1 : end;
                    return LuaValue.varargsOf(matcher.captures(start, end));
                }
            }
            return LuaValue.NONE;
        }
    }

    private static Varargs gsub(Interpreter lua, Varargs args) {
        var subject = Args.string(args, 1);
        var pattern = Args.string(args, 2);
        var replacement = args.arg(3);
        var count = Args.integer(lua, args, 4, subject.m_length + 1L);
        // The original counts without a sign.
        var most = count < 0 ? Long.MAX_VALUE : count;
        if (!(replacement instanceof LuaString
                || replacement instanceof LuaNumber
                || replacement instanceof LuaFunction
                || replacement instanceof Table)) {
            throw new ArgumentFailure(3, "string/function/table expected");
        }
        var matcher = matcher(lua, subject, pattern);
        var out = new TextBuilder(lua.meter());
        var place = 0;
        var matches = 0L;
        while (matches < most) {
            var end = matcher.match(place);
            if (end >= 0) {
                matches++;
                replace(lua, out, matcher, subject, replacement, place, end);
            }
            if (end > place) {
                place = end;
            } else if (place < subject.m_length) {
                out.add(subject.m_bytes[subject.m_offset + place]);
                place++;
            } else {
                break;
            }
            if (isAnchored(pattern)) {
                break;
            }
        }
        if (matches == 0) {
            return LuaValue.varargsOf(subject, Numbers.of(0L));
        }
        out.add(subject.m_bytes, subject.m_offset + place, subject.m_length - place);
        return LuaValue.varargsOf(out.text(), Numbers.of(matches));
    }

    private static void replace(
            Interpreter lua,
            TextBuilder out,
            PatternMatcher matcher,
            LuaString subject,
            LuaValue by,
            int start,
            int end) {
        LuaValue result;
        if (by instanceof LuaFunction) {
            result = lua.call(by, LuaValue.varargsOf(matcher.captures(start, end)))
                    .arg1();
        } else if (by instanceof Table) {
            result = lua.index(by, matcher.capture(0, start, end));
        } else {
            var template = by instanceof LuaNumber number ? Numbers.text(number) : (LuaString) by;
            expand(out, matcher, subject, template, start, end);
            return;
        }
        if (!result.toboolean()) {
            out.add(subject.m_bytes, subject.m_offset + start, end - start);
        } else {
            out.add(textOf(result, "invalid replacement value (a %s)"));
        }
    }

    private static LuaString textOf(LuaValue value, String complaint) {
        if (value instanceof LuaNumber number) {
            return Numbers.text(number);
        }
        if (value instanceof LuaString text) {
            return text;
        }
        throw LuaFailure.at(complaint.replace("%s", value.typename()));
    }

    private static void expand(
            TextBuilder out, PatternMatcher matcher, LuaString subject, LuaString template, int start, int end) {
        for (var i = 0; i < template.m_length; i++) {
            var c = template.m_bytes[template.m_offset + i];
            if (c != '%') {
                out.add(c);
                continue;
            }
            i++;
            var escaped = i < template.m_length ? template.m_bytes[template.m_offset + i] : 0;
            if (escaped == '%') {
                out.add('%');
            } else if (escaped == '0') {
                out.add(subject.m_bytes, subject.m_offset + start, end - start);
            } else if (CharClass.isDigit(escaped)) {
                out.add(textOf(matcher.capture(escaped - '1', start, end), "%s"));
            } else {
                throw LuaFailure.at("invalid use of '%' in replacement string");
            }
        }
    }
}

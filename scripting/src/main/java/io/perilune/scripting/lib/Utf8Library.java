package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** {@code utf8} as Lua 5.3 has it (its reference manual, §6.5). */
public final class Utf8Library {
    private static final LuaString PATTERN = Strings.owned(new byte[] {
        '[', 0, '-', 0x7F, (byte) 0xC2, '-', (byte) 0xF4, ']', '[', (byte) 0x80, '-', (byte) 0xBF, ']', '*'
    });
    private static final Builtin NEXT = Builtin.of("utf8.codes_iterator", Utf8Library::next);

    private Utf8Library() {}

    public static Table table() {
        return new Library("utf8")
                .with("char", Utf8Library::characters)
                .with("charpattern", PATTERN)
                .with("codepoint", Utf8Library::codepoint)
                .with("codes", (lua, args) -> LuaValue.varargsOf(NEXT, Args.string(args, 1), Numbers.of(0L)))
                .with("len", Utf8Library::len)
                .with("offset", Utf8Library::offset)
                .table();
    }

    private static Varargs characters(Interpreter lua, Varargs args) {
        var out = new TextBuilder(lua.meter());
        for (var i = 1; i <= args.narg(); i++) {
            var code = Args.integer(lua, args, i);
            if (code < 0 || code > Integer.MAX_VALUE) {
                throw new ArgumentFailure(i, "value out of range");
            }
            out.add(Utf8.encode((int) code));
        }
        return out.text();
    }

    private static Varargs codepoint(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var from = StringLibrary.fromEnd(Args.integer(lua, args, 2, 1), text.m_length);
        var to = StringLibrary.fromEnd(Args.integer(lua, args, 3, from), text.m_length);
        requirePosition(from >= 1, 2);
        if (to > text.m_length) {
            throw new ArgumentFailure(3, "out of range");
        }
        if (from > to) {
            return LuaValue.NONE;
        }
        StringLibrary.chargeResults(lua.meter(), to - from + 1);
        var codes = new LuaValue[(int) (to - from + 1)];
        var count = 0;
        for (var at = (int) from - 1; at < to; ) {
            var size = sizeAt(text, at);
            if (size == 0) {
                throw LuaFailure.at("invalid UTF-8 code");
            }
            codes[count++] = Numbers.of((long) codeAt(text, at, size));
            at += size;
        }
        return LuaValue.varargsOf(codes, 0, count);
    }

    private static void requirePosition(boolean holds, int argument) {
        if (!holds) {
            throw new ArgumentFailure(argument, "out of range");
        }
    }

    private static Varargs len(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var from = StringLibrary.fromEnd(Args.integer(lua, args, 2, 1), text.m_length);
        var to = StringLibrary.fromEnd(Args.integer(lua, args, 3, -1), text.m_length);
        if (from < 1 || from > text.m_length + 1L) {
            throw new ArgumentFailure(2, "initial position out of string");
        }
        if (to > text.m_length) {
            throw new ArgumentFailure(3, "final position out of string");
        }
        lua.meter().work(2 * Math.max(to - from, 0));
        var count = 0L;
        for (var at = (int) from - 1; at < to; count++) {
            var size = sizeAt(text, at);
            if (size == 0) {
                return LuaValue.varargsOf(LuaValue.NIL, Numbers.of(at + 1L));
            }
            at += size;
        }
        return Numbers.of(count);
    }

    /** The place of the {@code n}-th character from {@code i}; for 0, the start of the one that {@code i} is in. */
    private static Varargs offset(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var n = Args.integer(lua, args, 2);
        var from = StringLibrary.fromEnd(Args.integer(lua, args, 3, n > 0 ? 1 : text.m_length + 1L), text.m_length);
        if (from < 1 || from > text.m_length + 1L) {
            throw new ArgumentFailure(3, "position out of range");
        }
        lua.meter().work(2L * text.m_length);
        var at = (int) from - 1;
        if (n == 0) {
            while (at > 0 && isContinuation(text, at)) {
                at--;
            }
            return Numbers.of(at + 1L);
        }
        if (isContinuation(text, at)) {
            throw LuaFailure.at("initial position is a continuation byte");
        }
        var left = n;
        while (left < 0 && at > 0) {
            do {
                at--;
            } while (at > 0 && isContinuation(text, at));
            left++;
        }
        if (n > 0) {
            left--;
            while (left > 0 && at < text.m_length) {
                do {
                    at++;
                } while (isContinuation(text, at));
                left--;
            }
        }
        return left == 0 ? Numbers.of(at + 1L) : LuaValue.NIL;
    }

    private static Varargs next(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        var at = (int) Math.min(Math.max(Args.integer(lua, args, 2), 0), text.m_length);
        // From the byte after the last one's first, over what follows of it.
        while (at > 0 && isContinuation(text, at)) {
            at++;
        }
        if (at >= text.m_length) {
            return LuaValue.NONE;
        }
        var size = sizeAt(text, at);
        if (size == 0 || isContinuation(text, at + size)) {
            throw LuaFailure.at("invalid UTF-8 code");
        }
        return LuaValue.varargsOf(Numbers.of(at + 1L), Numbers.of((long) codeAt(text, at, size)));
    }

    private static boolean isContinuation(LuaString text, int at) {
        return at < text.m_length && (text.m_bytes[text.m_offset + at] & 0xC0) == 0x80;
    }

    /** Bytes of the well-formed character at this place, or 0. */
    private static int sizeAt(LuaString text, int at) {
        var size = Utf8.size(text.m_bytes[text.m_offset + at]);
        return size == 0 || size > text.m_length - at || codeAt(text, at, size) < 0 ? 0 : size;
    }

    private static int codeAt(LuaString text, int at, int size) {
        return Utf8.decode(text.m_bytes, text.m_offset + at, size);
    }
}

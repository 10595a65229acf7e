package io.perilune.scripting.lib;

import io.perilune.scripting.ValueCodec;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.util.Arrays;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * Reads one JSON text (RFC 8259) strictly: UTF-8, no trailing commas, no comments, no integer that a double cannot
 * hold. Of fields with one name the last counts. Used once, by one thread.
 */
final class JsonReader {
    /** 2^53 has 16 digits; a sign comes before them. */
    private static final int INTEGER_LENGTH_MAX = 17;

    private final Interpreter lua;
    private final byte[] text;
    private final int start;
    private final int end;
    private int at;

    JsonReader(Interpreter lua, LuaString text) {
        this.lua = lua;
        this.text = text.m_bytes;
        this.start = text.m_offset;
        this.end = text.m_offset + text.m_length;
        this.at = start;
    }

    LuaValue whole() {
        lua.meter().work(end - start);
        if (!Utf8.isValid(text, start, end - start)) {
            at = start + Utf8.validPrefix(text, start, end - start);
            throw fault("not UTF-8");
        }
        skipSpace();
        var value = value(0);
        skipSpace();
        if (at < end) {
            throw fault("more text than one value");
        }
        return value;
    }

    private LuaValue value(int depth) {
        lua.meter().gas(1);
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", LuaValue.TRUE);
            case 'f' -> word("false", LuaValue.FALSE);
            case 'n' -> word("null", Json.NULL);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> throw fault(at == end ? "text ends where a value should be" : "no value");
        };
    }

    private LuaValue word(String word, LuaValue value) {
        for (var i = 0; i < word.length(); i++) {
            if (at + i >= end || text[at + i] != word.charAt(i)) {
                throw fault("no value");
            }
        }
        at += word.length();
        return value;
    }

    private void enter(int depth) {
        if (depth == ValueCodec.DEPTH_MAX) {
            throw fault("nested deeper than " + ValueCodec.DEPTH_MAX);
        }
        at++;
        skipSpace();
    }

    private Table array(int depth) {
        enter(depth);
        var table = lua.newTable().markArray();
        if (accept(']')) {
            return table;
        }
        for (var i = 1; ; i++) {
            table.set(i, value(depth + 1));
            skipSpace();
            if (accept(']')) {
                return table;
            }
            expect(',');
        }
    }

    private LuaValue object(int depth) {
        enter(depth);
        var table = lua.newTable();
        if (accept('}')) {
            return table;
        }
        while (true) {
            if (peek() != '"') {
                throw fault("no name of a field");
            }
            var name = string();
            skipSpace();
            expect(':');
            table.set(name, value(depth + 1));
            skipSpace();
            if (accept('}')) {
                return bytesOf(table);
            }
            expect(',');
        }
    }

    /** What {@link JsonWriter} made of a string that is not UTF-8 becomes that string again. */
    private LuaValue bytesOf(Table table) {
        if (table.get(Json.BASE64_FIELD) instanceof LuaString encoded && table.size() == 1) {
            lua.meter().string(encoded.m_length);
            var bytes = Base64Text.decode(encoded);
            return bytes == null ? table : Strings.owned(bytes);
        }
        return table;
    }

    private LuaValue number() {
        var from = at;
        accept('-');
        if (!accept('0')) {
            digits();
        }
        var integer = true;
        if (accept('.')) {
            integer = false;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            integer = false;
            at++;
            if (!accept('+')) {
                accept('-');
            }
            digits();
        }
        var value = NumberText.parse(text, from, at - from);
        if (integer && !isExact(from)) {
            at = from;
            throw fault("an integer beyond 2^53");
        }
        if (Double.isInfinite(value)) {
            at = from;
            throw fault("a number too large");
        }
        return Numbers.of(value);
    }

    /** Whether the digits from here mean an integer that a double holds with all its neighbours. */
    private boolean isExact(int from) {
        if (at - from > INTEGER_LENGTH_MAX) {
            return false;
        }
        var integer = 0L;
        for (var i = text[from] == '-' ? from + 1 : from; i < at; i++) {
            integer = integer * 10 + (text[i] - '0');
        }
        return integer <= ValueCodec.INTEGER_MAX;
    }

    private void digits() {
        if (!CharClass.isDigit(peek())) {
            throw fault("no digit");
        }
        while (CharClass.isDigit(peek())) {
            at++;
        }
    }

    private LuaString string() {
        at++;
        var from = at;
        while (peek() != '"' && peek() != '\\') {
            plain();
        }
        if (peek() == '"') {
            lua.meter().string(at - from);
            return Strings.owned(Arrays.copyOfRange(text, from, at++));
        }
        var out = new TextBuilder(lua.meter()).add(text, from, at - from);
        while (peek() != '"') {
            if (peek() == '\\') {
                escape(out);
            } else {
                plain();
                out.add(text[at - 1]);
            }
        }
        at++;
        return out.text();
    }

    private void plain() {
        if (at == end) {
            throw fault("a string without an end");
        }
        if (text[at] >= 0 && text[at] < ' ') {
            throw fault("a control character in a string");
        }
        at++;
    }

    private void escape(TextBuilder out) {
        at++;
        var c = peek();
        at++;
        switch (c) {
            case '"', '\\', '/' -> out.add(c);
            case 'b' -> out.add('\b');
            case 'f' -> out.add('\f');
            case 'n' -> out.add('\n');
            case 'r' -> out.add('\r');
            case 't' -> out.add('\t');
            case 'u' -> out.add(Utf8.encode(codePoint()));
            default -> {
                at--;
                throw fault("an unknown escape");
            }
        }
    }

    private int codePoint() {
        var first = unit();
        if (first < 0xD800 || first > 0xDFFF) {
            return first;
        }
        if (first < 0xDC00 && accept('\\') && accept('u')) {
            var second = unit();
            if (second >= 0xDC00 && second <= 0xDFFF) {
                return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            }
        }
        throw fault("half of a surrogate pair");
    }

    private int unit() {
        var unit = 0;
        for (var i = 0; i < 4; i++, at++) {
            var digit = Character.digit(peek(), 16);
            if (digit < 0) {
                throw fault("no hexadecimal digit");
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    private boolean accept(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw fault("no '" + c + "'");
        }
        skipSpace();
    }

    private void skipSpace() {
        while (at < end && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
    }

    private int peek() {
        return at < end ? text[at] : 0;
    }

    private LuaFailure fault(String fault) {
        return LuaFailure.at("bad JSON: " + fault + " at byte " + (at - start + 1));
    }
}

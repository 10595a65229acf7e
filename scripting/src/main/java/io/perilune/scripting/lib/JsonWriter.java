package io.perilune.scripting.lib;

import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import org.luaj.vm2.LuaString;

/** JSON text of the parts that a {@link LuaWalk} tells. */
final class JsonWriter implements LuaWalk.Visitor {
    private final TextBuilder out;
    private boolean first = true;
    private boolean loneField;

    JsonWriter(Meter meter) {
        out = new TextBuilder(meter);
    }

    LuaString text() {
        return out.text();
    }

    @Override
    public void nothing() {
        separated().add("null");
    }

    @Override
    public void bool(boolean value) {
        separated().add(value ? "true" : "false");
    }

    @Override
    public void number(double value) {
        separated().add(NumberText.json(value));
    }

    @Override
    public void string(LuaString value) {
        separated();
        if (Utf8.isValid(value.m_bytes, value.m_offset, value.m_length)) {
            quoted(value);
        } else {
            out.add("{\"$base64\":\"").add(Base64Text.encode(value)).add("\"}");
        }
    }

    @Override
    public void array(int items) {
        separated().add('[');
        first = true;
    }

    @Override
    public void endArray() {
        out.add(']');
        first = false;
    }

    @Override
    public void object(int fields) {
        separated().add('{');
        first = true;
        loneField = fields == 1;
    }

    @Override
    public void name(LuaString name) {
        if (!Utf8.isValid(name.m_bytes, name.m_offset, name.m_length)) {
            throw LuaFailure.at("a key that is not UTF-8 cannot be written as JSON");
        }
        if (loneField && name.equals(Json.BASE64_FIELD)) {
            throw LuaFailure.at(
                    "a table whose only key is $base64 cannot be written as JSON: it would be read as bytes");
        }
        loneField = false;
        separated();
        quoted(name);
        out.add(':');
        first = true;
    }

    @Override
    public void endObject() {
        out.add('}');
        first = false;
    }

    private TextBuilder separated() {
        if (!first) {
            out.add(',');
        }
        first = false;
        return out;
    }

    private void quoted(LuaString text) {
        out.add('"');
        var plain = text.m_offset;
        var end = text.m_offset + text.m_length;
        for (var i = plain; i < end; i++) {
            var c = text.m_bytes[i];
            if (c >= ' ' && c != '"' && c != '\\' || c < 0) {
                continue;
            }
            out.add(text.m_bytes, plain, i - plain);
            plain = i + 1;
            escaped(c);
        }
        out.add(text.m_bytes, plain, end - plain).add('"');
    }

    private void escaped(byte c) {
        switch (c) {
            case '"', '\\' -> out.add('\\').add(c);
            case '\b' -> out.add("\\b");
            case '\f' -> out.add("\\f");
            case '\n' -> out.add("\\n");
            case '\r' -> out.add("\\r");
            case '\t' -> out.add("\\t");
            default -> out.add("\\u00").add(hex(c >> 4)).add(hex(c & 15));
        }
    }

    private static char hex(int digit) {
        return Character.forDigit(digit, 16);
    }
}

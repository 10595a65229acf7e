package io.perilune.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON text, piece by piece. Numbers are the shortest text that reads back, strings that are not UTF-8 are
 * {@code {"$base64": "..."}}. For one thread; done with after {@link #toBytes}.
 */
public final class JsonWriter {
    /** Values nest to {@link JsonReader#DEPTH_MAX}; an answer wraps them in a few levels of its own. */
    private static final int DEPTH_MAX = JsonReader.DEPTH_MAX + 20;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamWriteConstraints(
                    StreamWriteConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
            .build();

    private final ByteArrayBuilder text = new ByteArrayBuilder(256);
    private final JsonGenerator out;

    public JsonWriter() {
        try {
            out = JSON.createGenerator(text);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    public static byte[] write(Value value) {
        return new JsonWriter().value(value).toBytes();
    }

    public JsonWriter beginObject() {
        return piece(out::writeStartObject);
    }

    public JsonWriter endObject() {
        return piece(out::writeEndObject);
    }

    public JsonWriter beginArray() {
        return piece(out::writeStartArray);
    }

    public JsonWriter endArray() {
        return piece(out::writeEndArray);
    }

    public JsonWriter name(String name) {
        return piece(() -> out.writeFieldName(name));
    }

    public JsonWriter field(String name, @Nullable String text) {
        return piece(() -> {
            out.writeFieldName(name);
            out.writeString(text);
        });
    }

    public JsonWriter field(String name, long number) {
        return piece(() -> {
            out.writeFieldName(name);
            out.writeNumber(number);
        });
    }

    public JsonWriter field(String name, boolean truth) {
        return piece(() -> {
            out.writeFieldName(name);
            out.writeBoolean(truth);
        });
    }

    /** @param canonical a value in its canonical encoding */
    public JsonWriter field(String name, Bytes canonical) {
        return name(name).value(canonical);
    }

    public JsonWriter text(@Nullable String text) {
        return piece(() -> out.writeString(text));
    }

    /** A string of any bytes. */
    public JsonWriter bytes(Bytes bytes) {
        return piece(() -> string(bytes));
    }

    public JsonWriter nothing() {
        return piece(out::writeNull);
    }

    /** @param canonical a value in its canonical encoding */
    public JsonWriter value(Bytes canonical) {
        return value(ValueCodec.decode(canonical));
    }

    public JsonWriter value(Value value) {
        return piece(() -> write(out, value));
    }

    /** The text; nothing may be written after it. */
    public byte[] toBytes() {
        piece(out::close);
        return text.toByteArray();
    }

    private void write(JsonGenerator out, Value value) throws IOException {
        if (value instanceof Value.Null) {
            out.writeNull();
        } else if (value instanceof Value.Bool bool) {
            out.writeBoolean(bool.value());
        } else if (value instanceof Value.Num number) {
            number(number.value());
        } else if (value instanceof Value.Str string) {
            string(string.value());
        } else if (value instanceof Value.Arr array) {
            out.writeStartArray();
            for (var item : array.items()) {
                write(out, item);
            }
            out.writeEndArray();
        } else if (value instanceof Value.Obj object) {
            out.writeStartObject();
            for (var field : object.fields().entrySet()) {
                out.writeFieldName(fieldName(field.getKey()));
                write(out, field.getValue());
            }
            out.writeEndObject();
        }
    }

    private void number(double number) throws IOException {
        if (number == Math.rint(number) && Math.abs(number) <= JsonReader.INTEGER_MAX) {
            out.writeNumber((long) number);
        } else {
            out.writeNumber(Double.toString(number));
        }
    }

    private void string(Bytes bytes) throws IOException {
        var text = bytes.utf8();
        if (text.isPresent()) {
            out.writeString(text.get());
        } else {
            out.writeStartObject();
            out.writeStringField(JsonReader.BASE64, base64(bytes));
            out.writeEndObject();
        }
    }

    /** Results never have such names; a table in the state may, and JSON has no better place for them. */
    private static String fieldName(Bytes name) {
        return name.utf8().orElseGet(() -> JsonReader.BASE64 + ":" + base64(name));
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.lend());
    }

    private JsonWriter piece(Piece piece) {
        try {
            piece.write();
            return this;
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
    }

    private interface Piece {
        void write() throws IOException;
    }
}

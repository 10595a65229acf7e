package io.perilune.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.CanonicalReader;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import io.perilune.scripting.lib.NumberText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
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

    public JsonWriter number(long number) {
        return piece(() -> out.writeNumber(number));
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
        return piece(() -> write(new CanonicalReader(canonical)));
    }

    public JsonWriter value(Value value) {
        return value(ValueCodec.encode(value));
    }

    /** The text; nothing may be written after it. */
    public byte[] toBytes() {
        piece(out::close);
        return text.toByteArray();
    }

    /** From bytes to text, without a value in between: answers are mostly this. */
    private void write(CanonicalReader reader) throws IOException {
        switch (reader.tag()) {
            case ValueCodec.NULL -> out.writeNull();
            case ValueCodec.FALSE -> out.writeBoolean(false);
            case ValueCodec.TRUE -> out.writeBoolean(true);
            case ValueCodec.INTEGER -> number(reader.integer());
            case ValueCodec.DOUBLE -> number(reader.fraction());
            case ValueCodec.STRING -> string(text(reader));
            case ValueCodec.ARRAY -> array(reader);
            case ValueCodec.OBJECT -> object(reader);
            default -> throw new IllegalStateException("a tag that the reader let through");
        }
    }

    private void array(CanonicalReader reader) throws IOException {
        out.writeStartArray();
        for (var left = reader.items(); left > 0; left--) {
            write(reader);
        }
        out.writeEndArray();
    }

    private void object(CanonicalReader reader) throws IOException {
        out.writeStartObject();
        for (var left = reader.fields(); left > 0; left--) {
            out.writeFieldName(fieldName(text(reader)));
            write(reader);
        }
        out.writeEndObject();
    }

    private static Bytes text(CanonicalReader reader) {
        var length = reader.string();
        return Bytes.copyOf(reader.lend(), reader.position() - length, length);
    }

    private void number(double number) throws IOException {
        if (number == Math.rint(number) && Math.abs(number) <= JsonReader.INTEGER_MAX) {
            out.writeNumber((long) number);
        } else {
            out.writeNumber(new String(NumberText.json(number), StandardCharsets.ISO_8859_1));
        }
    }

    private void string(Bytes bytes) throws IOException {
        if (isAscii(bytes) || bytes.utf8().isPresent()) {
            out.writeUTF8String(bytes.lend(), 0, bytes.size());
        } else {
            out.writeStartObject();
            out.writeStringField(JsonReader.BASE64, base64(bytes));
            out.writeEndObject();
        }
    }

    private static boolean isAscii(Bytes bytes) {
        for (var b : bytes.lend()) {
            if (b < 0) {
                return false;
            }
        }
        return true;
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

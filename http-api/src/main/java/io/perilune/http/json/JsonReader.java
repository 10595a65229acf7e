package io.perilune.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads one JSON text (RFC 8259) as a {@link Value}: UTF-8 without faults, no name twice in an object, no integer
 * beyond ±2^53, at most {@value #DEPTH_MAX} levels deep. {@code {"$base64": "..."}} is a string of any bytes. Nothing,
 * or white space alone, is null.
 */
public final class JsonReader {
    /** Objects and arrays within each other. */
    public static final int DEPTH_MAX = 100;

    /** Every integer up to this one is a double of its own. */
    public static final long INTEGER_MAX = 1L << 53;

    /** The name that stands for a string of bytes that are not UTF-8. */
    static final String BASE64 = "$base64";

    private static final Pattern ADVICE = Pattern.compile(
            "(: maybe a \\(non-standard\\) comment.*|: enable `.*| \\(start marker at .*\\)|; maximum depth.*| \\(`Stream.*)",
            Pattern.DOTALL);

    private static final Bytes BASE64_NAME = Bytes.utf8(BASE64);

    private static final int NUMBER_CHARACTERS_MAX = 1_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Bytes are UTF-8, whatever a clever eye may see in them.
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX + 1)
                    .maxNumberLength(NUMBER_CHARACTERS_MAX)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;

    private JsonReader(JsonParser parser) {
        this.parser = parser;
    }

    public static Value read(byte[] text) throws JsonFault {
        return read(text, 0, text.length);
    }

    public static Value read(byte[] text, int offset, int length) throws JsonFault {
        requireUtf8(text, offset, length);
        try (var parser = JSON.createParser(text, offset, length)) {
            return new JsonReader(parser).whole();
        } catch (JsonProcessingException malformed) {
            throw fault(malformed);
        } catch (IOException impossible) {
            throw new IllegalStateException("reading from memory failed", impossible);
        }
    }

    private static void requireUtf8(byte[] text, int offset, int length) throws JsonFault {
        var position = offset;
        while (position < offset + length && text[position] >= 0) {
            position++;
        }
        if (position == offset + length) {
            return;
        }
        var rest = ByteBuffer.wrap(text, position, offset + length - position);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(rest);
        } catch (CharacterCodingException malformed) {
            throw new JsonFault("not UTF-8 at byte " + (rest.position() - offset + 1), 0, 0);
        }
    }

    private Value whole() throws IOException, JsonFault {
        var first = parser.nextToken();
        if (first == null) {
            return Value.NULL;
        }
        var value = value(first, 0);
        if (parser.nextToken() != null) {
            throw fault("there is more after the end of the JSON value");
        }
        return value;
    }

    private Value value(JsonToken token, int depth) throws IOException, JsonFault {
        return switch (token) {
            case VALUE_NULL -> Value.NULL;
            case VALUE_TRUE -> new Value.Bool(true);
            case VALUE_FALSE -> new Value.Bool(false);
            case VALUE_STRING -> new Value.Str(text(parser.getText()));
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> number();
            case START_ARRAY -> array(deeper(depth));
            case START_OBJECT -> object(deeper(depth));
            case END_ARRAY, END_OBJECT, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("the parser gave " + token + " for a value");
        };
    }

    private int deeper(int depth) throws JsonFault {
        if (depth == DEPTH_MAX) {
            throw fault("nested more than " + DEPTH_MAX + " deep");
        }
        return depth + 1;
    }

    private Value integer() throws IOException, JsonFault {
        // Nineteen characters at most, or it is beyond any doubt.
        if (parser.getTextLength() > 19 || Math.abs(parser.getLongValue()) > INTEGER_MAX) {
            throw fault("the integer " + excerpt(parser.getText())
                    + " is beyond ±2^53 (9007199254740992), where numbers lose digits; send it as a string");
        }
        return new Value.Num(parser.getLongValue());
    }

    private Value number() throws IOException, JsonFault {
        var number = Double.parseDouble(parser.getText());
        if (!Double.isFinite(number)) {
            throw fault("the number " + excerpt(parser.getText()) + " is too large for a double");
        }
        return new Value.Num(number);
    }

    private Value array(int depth) throws IOException, JsonFault {
        List<Value> items = new ArrayList<>();
        for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(value(token, depth));
        }
        return new Value.Arr(items);
    }

    private Value object(int depth) throws IOException, JsonFault {
        SortedMap<Bytes, Value> fields = new TreeMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            if (fields.put(text(name), value(parser.nextToken(), depth)) != null) {
                throw fault("the name \"" + excerpt(name) + "\" stands twice in one object");
            }
        }
        var content = fields.size() == 1 ? fields.get(BASE64_NAME) : null;
        return content == null ? new Value.Obj(fields) : bytes(content);
    }

    private Value bytes(Value content) throws JsonFault {
        if (content instanceof Value.Str encoded) {
            try {
                return new Value.Str(
                        Bytes.owned(Base64.getDecoder().decode(encoded.value().lend())));
            } catch (IllegalArgumentException malformed) {
                throw fault("\"" + BASE64 + "\" is not followed by Base64: " + malformed.getMessage());
            }
        }
        throw fault("\"" + BASE64 + "\" stands for bytes and needs a string of Base64");
    }

    /** An escape can smuggle in half of a pair, which has no UTF-8. */
    private Bytes text(String text) throws JsonFault {
        for (var i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSurrogatePair(text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 0)) {
                    throw fault("a string has half of a surrogate pair, which is not a character");
                }
                i++;
            }
        }
        return Bytes.utf8(text);
    }

    private static String excerpt(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }

    private JsonFault fault(String message) {
        return fault(message, parser.currentTokenLocation());
    }

    private static JsonFault fault(JsonProcessingException malformed) {
        // Without the parser's advice to whoever configures it.
        var message = ADVICE.matcher(malformed.getOriginalMessage()).replaceAll("");
        return fault(message, malformed.getLocation());
    }

    private static JsonFault fault(String message, JsonLocation place) {
        return place == null
                ? new JsonFault(message, 0, 0)
                : new JsonFault(message, place.getLineNr(), place.getColumnNr());
    }
}

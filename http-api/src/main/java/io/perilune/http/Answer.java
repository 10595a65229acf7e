package io.perilune.http;

import io.perilune.http.json.JsonWriter;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A whole response, as a value.
 *
 * @param body owned by the answer; empty before a stream
 * @param streaming what follows the headers, if it is a stream
 */
record Answer(
        int status,
        String type,
        byte[] body,
        Map<String, String> headers,
        @Nullable Streaming streaming) {
    static final String JSON = "application/json";

    Answer(int status, String type, byte[] body) {
        this(status, type, body, Map.of(), null);
    }

    static Answer streaming(String type, Streaming streaming) {
        return new Answer(200, type, new byte[0], Map.of(), streaming);
    }

    Answer withStatus(int other) {
        return new Answer(other, type, body, headers, streaming);
    }

    static Answer json(int status, JsonWriter json) {
        return new Answer(status, JSON, json.toBytes());
    }

    static Answer ok(JsonWriter json) {
        return json(200, json);
    }

    static Answer empty(int status) {
        return new Answer(status, "", new byte[0]);
    }

    Answer with(String header, String value) {
        var more = new TreeMap<>(headers);
        more.put(header, value);
        return new Answer(status, type, body, more, streaming);
    }
}

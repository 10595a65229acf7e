package io.perilune.http;

import io.perilune.http.json.JsonWriter;
import java.io.ByteArrayOutputStream;

/** JSON texts, each on a line of its own (NDJSON). */
final class Lines {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    void add(JsonWriter json) {
        text.writeBytes(json.toBytes());
        text.write('\n');
    }

    int bytes() {
        return text.size();
    }

    byte[] toBytes() {
        return text.toByteArray();
    }

    void clear() {
        text.reset();
    }
}

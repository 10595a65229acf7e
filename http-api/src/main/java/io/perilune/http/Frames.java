package io.perilune.http;

import io.perilune.http.json.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Server-sent events (WHATWG HTML, 9.2.5), put together for one write. */
final class Frames {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    int bytes() {
        return out.size();
    }

    /** @param id without line breaks; empty for none */
    Frames event(String type, String id, JsonWriter data) {
        if (!id.isEmpty()) {
            line("id: " + id);
        }
        line("event: " + type);
        text("data: ");
        out.writeBytes(data.toBytes());
        text("\n\n");
        return this;
    }

    /** Which clients ignore: it keeps the connection, and shows whether anybody is there. */
    Frames comment(String text) {
        text(": " + text + "\n\n");
        return this;
    }

    private void line(String text) {
        text(text + "\n");
    }

    private void text(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    ByteBuffer toBuffer() {
        return ByteBuffer.wrap(out.toByteArray());
    }
}

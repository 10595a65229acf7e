package io.perilune.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a command came to.
 *
 * @param index of its entry: give it as {@code min_index} to read what it wrote, on any node
 * @param time of the entry, in milliseconds since the epoch
 * @param replayed whether this is the answer of an earlier attempt with the same key
 */
public record Applied(
        JsonNode result,
        long index,
        long term,
        long version,
        long gas,
        int writes,
        int events,
        long time,
        boolean replayed) {
    static Applied of(JsonNode body, boolean replayed) {
        return new Applied(
                body.path("result"),
                body.path("index").asLong(),
                body.path("term").asLong(),
                body.path("version").asLong(),
                body.path("gas").asLong(),
                body.path("writes").asInt(),
                body.path("events").asInt(),
                body.path("time").asLong(),
                replayed);
    }
}

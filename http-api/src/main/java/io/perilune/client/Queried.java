package io.perilune.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a query answered.
 *
 * @param index of the state that it read
 */
public record Queried(JsonNode result, long index, long version, long gas) {
    static Queried of(JsonNode body) {
        return new Queried(
                body.path("result"),
                body.path("index").asLong(),
                body.path("version").asLong(),
                body.path("gas").asLong());
    }
}

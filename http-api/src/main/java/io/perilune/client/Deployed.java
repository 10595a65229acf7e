package io.perilune.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A script that is there now.
 *
 * @param created whether it is a new version; otherwise the same text was active already
 */
public record Deployed(String machine, long version, String sha256, long index, boolean created) {
    static Deployed of(int status, JsonNode body) {
        return new Deployed(
                body.path("machine").asText(),
                body.path("version").asLong(),
                body.path("sha256").asText(),
                body.path("index").asLong(),
                status == 201);
    }
}

package io.perilune.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Why something was not done (RFC 9457).
 *
 * @param kind {@code rejected}, {@code no-such-machine}, ...: the end of the problem's type
 * @param code the script's own for a rejection, else the kind
 * @param body all that the node said
 */
public record Problem(String kind, String code, int status, String detail, JsonNode body) {
    static Problem of(int status, JsonNode body) {
        var type = body.path("type").asText("");
        return new Problem(
                type.substring(type.lastIndexOf(':') + 1),
                body.path("code").asText(""),
                status,
                body.path("detail").asText(body.isTextual() ? body.textValue() : ""),
                body);
    }

    /** What the script gave along with a rejection; missing for none. */
    public JsonNode details() {
        return body.path("details");
    }

    /** Where in the script, as in {@code bank.lua:14}; empty where that is not known. */
    public String at() {
        return body.path("at").asText("");
    }
}

package io.perilune.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Something that happened to a machine.
 *
 * @param id {@code INDEX.SEQ}, from which on to resume; empty for what is about the stream
 * @param kind {@code emit}, {@code change}, {@code deleted}, or {@code gap} where some are not kept any more
 */
public record Event(String id, String kind, JsonNode data) {}

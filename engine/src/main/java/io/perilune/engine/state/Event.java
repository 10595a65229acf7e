package io.perilune.engine.state;

import io.perilune.scripting.Bytes;

/** What a script told the world with {@code emit}; {@code payload} is canonical. */
public record Event(String type, Bytes payload) {}

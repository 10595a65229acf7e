package io.perilune.engine.state;

import io.perilune.scripting.Bytes;

/**
 * A command that was done, and what was answered.
 *
 * @param caller token's name; empty for nobody in particular
 * @param key idempotency key
 * @param fingerprint of the command's name and body
 * @param time of its entry, in milliseconds since the epoch
 * @param reply as the apply side encodes it
 */
public record Remembered(String caller, String key, Bytes fingerprint, long time, Bytes reply) {}

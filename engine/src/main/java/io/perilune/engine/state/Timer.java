package io.perilune.engine.state;

import io.perilune.scripting.Bytes;

/**
 * A command that runs once log time is {@code due}.
 *
 * @param id unique among the pending timers of a machine
 * @param due in milliseconds since the epoch
 * @param argument canonical value
 */
public record Timer(String id, long due, String command, Bytes argument) {}

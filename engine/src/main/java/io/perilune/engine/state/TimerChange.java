package io.perilune.engine.state;

import org.jspecify.annotations.Nullable;

/** What became of one timer in one entry; {@code after} is null where it is pending no more. */
public record TimerChange(String id, @Nullable Timer after) {}

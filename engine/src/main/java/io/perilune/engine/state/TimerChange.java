package io.perilune.engine.state;

import org.jspecify.annotations.Nullable;

/** What became of one timer in one entry; a side is null where it was not pending. */
public record TimerChange(
        String id, @Nullable Timer before, @Nullable Timer after) {}

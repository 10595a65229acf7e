package io.perilune.engine.state;

import io.perilune.scripting.Bytes;
import org.jspecify.annotations.Nullable;

/** What became of one key in one entry; a side is null where the key was not there. */
public record Change(
        Bytes key, @Nullable Stored before, @Nullable Stored after) {}

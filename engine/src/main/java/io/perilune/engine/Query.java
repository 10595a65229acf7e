package io.perilune.engine;

import io.perilune.scripting.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code queries.NAME}.
 *
 * @param argument canonical value
 * @param caller token's name, or null
 */
public record Query(
        String machine,
        String name,
        Bytes argument,
        @Nullable String caller,
        ReadOptions options) {}

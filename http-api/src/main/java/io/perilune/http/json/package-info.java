/**
 * JSON in and out of {@link io.perilune.scripting.Value}s, strictly: what cannot be kept exactly is refused, never
 * bent. Pure functions of bytes, run by whichever thread has them. Knows nothing of HTTP.
 */
@NullMarked
package io.perilune.http.json;

import org.jspecify.annotations.NullMarked;

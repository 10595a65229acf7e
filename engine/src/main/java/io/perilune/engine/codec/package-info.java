/**
 * Bytes: entries of the log, remembered replies, snapshots. Each layout is in engine.proto and has a format version;
 * whatever is read back is bounded and checked before anyone believes it. Knows what things look like, not what they
 * do.
 */
@NullMarked
package io.perilune.engine.codec;

import org.jspecify.annotations.NullMarked;

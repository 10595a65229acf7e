/**
 * Messages, entries and {@code Ready} in one line-oriented notation, the one that transcripts, logs and failure messages
 * share; and the short notation of membership changes ({@code v1 l2 r3}). Pure functions, for any thread. Must not be
 * needed by the core. Start at {@link io.perilune.raft.text.Describe}.
 */
@NullMarked
package io.perilune.raft.text;

import org.jspecify.annotations.NullMarked;

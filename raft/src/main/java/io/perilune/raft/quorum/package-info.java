/**
 * Arithmetic of agreement: what a majority, or two majorities at once (§4.3 of the thesis), have acknowledged or voted.
 * Sets of ids and functions from id to answer enter, an index or a verdict leaves. Values and pure functions, for any
 * thread. Must not know logs, messages or progress. Start at {@link io.perilune.raft.quorum.JointQuorum}.
 */
@NullMarked
package io.perilune.raft.quorum;

import org.jspecify.annotations.NullMarked;

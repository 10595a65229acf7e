/**
 * What replication replicates, as values: the {@link io.perilune.engine.state.World} of all machines, each with its
 * ordered {@link io.perilune.engine.state.Keyspace}, versions, limits, timers and remembered replies. Everything is
 * immutable and shares structure with what it was made from, so that a snapshot is a reference and undoing is keeping
 * the old one; only {@link io.perilune.engine.state.Draft}, the state as one command sees it, changes, and one thread
 * owns it. Knows nothing of logs, entries, disks or clocks: time comes in as a number.
 */
@NullMarked
package io.perilune.engine.state;

import org.jspecify.annotations.NullMarked;

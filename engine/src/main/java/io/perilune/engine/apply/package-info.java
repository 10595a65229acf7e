/**
 * The state machine: entries of the log go in, replies come out, and the {@link io.perilune.engine.state.World}
 * moves on. {@link io.perilune.engine.apply.Transition} is a pure function of a world and an entry; {@link
 * io.perilune.engine.apply.Applier} holds the current world and is what replication calls, from one thread, in log
 * order. Nothing in here may depend on a clock, on chance, on the order of a hash table or on what a machine has left
 * of heap and time, for every replica has to come to the same bytes. Knows nothing of consensus, HTTP or JSON.
 */
@NullMarked
package io.perilune.engine.apply;

import org.jspecify.annotations.NullMarked;

/**
 * The port to consensus: {@link io.perilune.engine.replication.Replication} carries commands out, {@link
 * io.perilune.engine.replication.ReplicatedState} takes them back in log order. Knows nothing of Raft, machines or
 * scripts.
 */
@NullMarked
package io.perilune.engine.replication;

import org.jspecify.annotations.NullMarked;

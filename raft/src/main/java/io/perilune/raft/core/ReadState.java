package io.perilune.raft.core;

import com.google.protobuf.ByteString;

/**
 * The answer to {@link Node#readIndex}: a read of any state at or past {@code index} is linearizable (§6.4).
 *
 * @param context as given to {@code readIndex}
 */
public record ReadState(long index, ByteString context) {}

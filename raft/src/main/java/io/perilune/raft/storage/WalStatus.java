package io.perilune.raft.storage;

import java.util.Optional;

/**
 * How the log stands, for metrics and for refusing work early.
 *
 * @param bytes on the disk, prepared space included
 * @param spaceLeftBytes that can surely be written without a new segment: the rest of this one and of the prepared next
 * @param spaceShort the next segment could not be prepared because of the reserve: take no more proposals
 * @param failure set once the log is failed for good
 */
public record WalStatus(
        long firstIndex,
        long lastIndex,
        int segments,
        long bytes,
        long spaceLeftBytes,
        boolean spaceShort,
        Optional<String> failure) {}

package io.perilune.raft.storage;

import java.nio.file.Path;

/** What became of {@link Wal#append}. */
public sealed interface Appended {
    /**
     * Everything is in the log and readable. What must survive a crash does.
     *
     * @param lastIndex the last index of the log now
     * @param bytes written to the file
     * @param forceNanos how long the force took; 0 if there was nothing that needs one (only the commit index moved)
     */
    record Done(long lastIndex, long bytes, long forceNanos) implements Appended {}

    /**
     * Nothing was written: a new segment would eat into the reserve. The log is intact; the same batches may be appended
     * again, in the same order, when there is space.
     */
    record NoSpace(Path directory, long neededBytes, long freeBytes, long reserveBytes) implements Appended {
        @Override
        public String toString() {
            return "disk full: " + directory + " has " + freeBytes + " bytes free, the log needs " + neededBytes
                    + " and keeps a reserve of " + reserveBytes;
        }
    }

    /**
     * A write or force failed, now or earlier. What was given may or may not be on the disk, and it never will be known:
     * nothing of it may be acknowledged, the node must stop. Every later call answers the same.
     */
    record Failed(String reason, Throwable cause) implements Appended {}
}

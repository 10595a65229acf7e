package io.perilune.raft.storage;

import java.util.List;

/** A segment and the last entry in it that still counts. Owned by the thread that writes the log. */
final class LogExtent {
    private final Segment segment;
    private long lastIndex;

    LogExtent(Segment segment) {
        this.segment = segment;
    }

    Segment segment() {
        return segment;
    }

    /** 0 if no entry in here counts. */
    long lastIndex() {
        return lastIndex;
    }

    /** Entries {@code first..last} went to the newest extent, and replaced what older ones held from {@code first} on. */
    static void appended(List<LogExtent> extents, long first, long last) {
        for (int i = extents.size() - 2; i >= 0 && extents.get(i).lastIndex >= first; i--) {
            extents.get(i).lastIndex = first - 1;
        }
        extents.get(extents.size() - 1).lastIndex = last;
    }
}

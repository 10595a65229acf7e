package io.perilune.engine;

import java.util.List;

/**
 * Whether the replicas have the same state, as of the last check that they all told theirs.
 *
 * @param index of that check; 0 before the first
 * @param others nodes whose state is not this one's
 */
public record Trust(Finding finding, long index, List<Long> others) {
    static final Trust UNKNOWN = new Trust(Finding.UNCHECKED, 0, List.of());

    public enum Finding {
        UNCHECKED,
        /** All that told have the same. */
        AGREED,
        /** Others differ from a majority that this node is of. */
        OTHERS_DIVERGED,
        /** There are differences, and no majority to say who is right. */
        DISPUTED,
        /** This node differs from a majority: it serves no more. For good, until the process starts again. */
        DIVERGED
    }

    public boolean isAlarming() {
        return finding != Finding.UNCHECKED && finding != Finding.AGREED;
    }
}

package io.perilune.raft.sim;

import java.util.Random;
import java.util.function.IntConsumer;

/** One time, and clocks that measure it each at a rate of its own, which stays the same for a run. */
final class Clocks {
    private static final int PERIOD = 1_000;

    /** The rates of clocks that leases may be trusted with differ by less than a tenth. */
    private static final int STEADY_PERIOD_MIN = 955;

    private static final int STEADY_PERIOD_MAX = 1_049;
    private static final int WILD_PERIOD_MIN = 300;
    private static final int WILD_PERIOD_MAX = 3_000;

    private final Random chance;
    private final long[] periods;
    private final long[] nextTicks;
    private long now;

    Clocks(int count, boolean steady, Random chance) {
        this.chance = chance;
        periods = new long[count];
        nextTicks = new long[count];
        int min = steady ? STEADY_PERIOD_MIN : WILD_PERIOD_MIN;
        int max = steady ? STEADY_PERIOD_MAX : WILD_PERIOD_MAX;
        for (int i = 0; i < count; i++) {
            // The extremes are where it goes wrong, if it does.
            periods[i] = switch (chance.nextInt(3)) {
                case 0 -> min;
                case 1 -> max;
                default -> min + chance.nextInt(max - min);
            };
            nextTicks[i] = 1 + chance.nextInt((int) periods[i]);
        }
    }

    /** Lets some time pass, in which about one clock ticks; tells which do, in the order in which they do. */
    void pass(IntConsumer ticked) {
        long until = now + 1 + chance.nextInt(2 * PERIOD / periods.length);
        int next = earliest();
        while (nextTicks[next] <= until) {
            now = nextTicks[next];
            nextTicks[next] += periods[next];
            ticked.accept(next);
            next = earliest();
        }
        now = until;
    }

    private int earliest() {
        int earliest = 0;
        for (int i = 1; i < nextTicks.length; i++) {
            if (nextTicks[i] < nextTicks[earliest]) {
                earliest = i;
            }
        }
        return earliest;
    }
}

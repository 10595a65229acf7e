package io.perilune.engine;

import io.perilune.engine.Reply.Why;
import io.perilune.engine.codec.Work;
import io.perilune.engine.codec.Work.Submitted;
import io.perilune.engine.state.World;
import io.perilune.scripting.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way into the log, shared by machines. What is in the log is applied in its order, and one command may take
 * milliseconds; so a machine has only so much gas under way at one time, and what is more waits here, in a line of its
 * own. Commands of other machines pass it by. Where all machines together are too much, they take turns.
 *
 * <p>What a command will use is not known before; what those of its machine used lately is. A machine of which nothing is
 * known is taken to use all that it may.
 */
final class Admission {
    /** Of one machine, under way from this node: a few milliseconds of applying. */
    static final long MACHINE_GAS = 10_000_000;

    /** Of all machines together. */
    static final long TOTAL_GAS = 100_000_000;

    /** Requests of one machine that wait. */
    static final int MACHINE_WAITING_MAX = 4_096;

    static final int TOTAL_WAITING_MAX = 16_384;

    /**
     * Nobody joins a line in which it would take longer than this, as far as one can tell, or in which the first has waited
     * for so long: the machine has more to do than it gets done, and everybody would only wait longer.
     */
    static final long WAITING_NANOS_MAX = 1_000_000_000;

    /** Those that may wait before it is known how fast the machine is. */
    static final int UNKNOWN_WAITING_MAX = 2_048;

    private static final int KNOWN_WAITING_MIN = 64;

    /** Lines whose turn it may be at one time: whoever ends a request does not look through thousands. */
    private static final int LOOKED_AT_MAX = 64;

    /** Besides what a script uses: an entry of its own, agreed on and applied. */
    private static final long ENTRY_GAS = 1_000;

    /** Of an entry that may run {@code init} or {@code migrate}. */
    private static final long HOOK_GAS = Limits.DEFAULT.gas();

    /** Of a new measurement in the estimate, where it is lower. */
    private static final double DECAY = 0.1;

    /** Lines remembered that have nothing in them. */
    private static final int IDLE_LANES_MAX = 20_000;

    private final LongSupplier nanos;
    private final Map<String, Lane> lanes = new HashMap<>();
    /** Lines in which somebody waits, in the order of their turns. */
    private final Deque<Lane> turns = new ArrayDeque<>();

    /**
     * Let in, and to be proposed in this order, by one thread at a time: whoever sends one command after another wants
     * them in that order. What ends at once lets others in, who come here rather than deeper into the stack.
     */
    private final Deque<Ticket> admitted = new ArrayDeque<>();

    private boolean proposing;
    private long underWay;
    private int waiting;

    Admission() {
        this(System::nanoTime);
    }

    /** @param nanos a clock that does not go back */
    Admission(LongSupplier nanos) {
        this.nanos = nanos;
    }

    private static final class Lane {
        private final Deque<Ticket> line = new ArrayDeque<>();
        private double estimate;
        private long underWay;
        private boolean hasTurn;
        /** Between the ends of two, while others wait; 0 for not known yet. */
        private double interval;

        private long lastEnd;

        Lane(double estimate) {
            this.estimate = estimate;
        }

        int waitingMax() {
            return interval == 0
                    ? UNKNOWN_WAITING_MAX
                    : (int) Math.max(KNOWN_WAITING_MIN, Math.min(MACHINE_WAITING_MAX, WAITING_NANOS_MAX / interval));
        }

        void ended(long now) {
            if (lastEnd != 0 && !line.isEmpty()) {
                interval = interval == 0 ? now - lastEnd : interval + DECAY * (now - lastEnd - interval);
            }
            lastEnd = line.isEmpty() ? 0 : now;
        }

        /** When the first in line came. */
        long came(long otherwise) {
            var first = line.peek();
            return first == null ? otherwise : first.came;
        }

        boolean hasRoom(long gas) {
            return underWay == 0 || underWay + gas <= MACHINE_GAS;
        }
    }

    private record Ticket(
            Lane lane,
            int commands,
            boolean runsHook,
            long gas,
            long came,
            Deadline deadline,
            Supplier<CompletableFuture<Reply>> proposing,
            CompletableFuture<Reply> reply) {
        /** By what is known of the machine's commands now; what is more than a machine may have goes alone. */
        Ticket estimated() {
            var now = runsHook ? HOOK_GAS : commands * (ENTRY_GAS + (long) lane.estimate);
            return new Ticket(lane, commands, runsHook, Math.min(now, MACHINE_GAS), came, deadline, proposing, reply);
        }
    }

    /**
     * @param isPatient whether it would rather wait long than be refused, because whoever sends it holds back what comes
     *     after it
     * @param proposing called once there is room, by any thread; never if there is none before {@code deadline}
     */
    CompletableFuture<Reply> admit(
            Work work,
            World world,
            Deadline deadline,
            boolean isPatient,
            Supplier<CompletableFuture<Reply>> proposing) {
        Ticket ticket;
        synchronized (this) {
            var lane = lane(work.machine(), world);
            ticket = ticket(lane, work, deadline, proposing);
            if (!lane.line.isEmpty() || !hasRoom(ticket)) {
                if (isFull(lane, isPatient, ticket.came)) {
                    return CompletableFuture.completedFuture(refusal(work.machine(), lane));
                }
                lane.line.add(ticket);
                waiting++;
                takeTurn(lane);
                return ticket.reply;
            }
            begin(ticket);
        }
        proposeAdmitted();
        return ticket.reply;
    }

    private boolean isFull(Lane lane, boolean isPatient, long now) {
        var isHopeless = lane.line.size() >= lane.waitingMax() || now - lane.came(now) > WAITING_NANOS_MAX;
        return lane.line.size() >= MACHINE_WAITING_MAX || waiting >= TOTAL_WAITING_MAX || !isPatient && isHopeless;
    }

    private Reply.Unavailable refusal(String machine, Lane lane) {
        return new Reply.Unavailable(
                Why.OVERLOADED,
                lane.line.size() + " requests of machine " + machine + " are waiting on this node, " + waiting
                        + " in all; it does not get more done in time");
    }

    /** What a request that is not patient would be told now, before anything is done for it; null if it may come. */
    synchronized Reply.@Nullable Unavailable refusal(String machine) {
        var lane = lanes.get(machine);
        return lane != null && !lane.line.isEmpty() && isFull(lane, false, nanos.getAsLong())
                ? refusal(machine, lane)
                : null;
    }

    synchronized int waiting() {
        return waiting;
    }

    /** Those of one machine. */
    synchronized int waiting(String machine) {
        var lane = lanes.get(machine);
        return lane == null ? 0 : lane.line.size();
    }

    private Lane lane(String machine, World world) {
        var known = lanes.get(machine);
        if (known != null) {
            return known;
        }
        if (lanes.size() >= IDLE_LANES_MAX) {
            lanes.values().removeIf(lane -> lane.underWay == 0 && lane.line.isEmpty());
        }
        var found = world.machine(machine);
        var lane = new Lane(found == null ? HOOK_GAS : found.limits().gas());
        lanes.put(machine, lane);
        return lane;
    }

    private Ticket ticket(Lane lane, Work work, Deadline deadline, Supplier<CompletableFuture<Reply>> proposing) {
        var commands = work instanceof Submitted submitted && submitted.request() instanceof Request.AtomicBatch batch
                ? batch.calls().size()
                : 1;
        var runsHook = work instanceof Submitted submitted
                && (submitted.request() instanceof Request.Deploy || submitted.request() instanceof Request.Activate);
        return new Ticket(
                        lane, commands, runsHook, 0, nanos.getAsLong(), deadline, proposing, new CompletableFuture<>())
                .estimated();
    }

    private boolean hasRoom(Ticket ticket) {
        return ticket.lane.hasRoom(ticket.gas) && (underWay == 0 || underWay + ticket.gas <= TOTAL_GAS);
    }

    private void takeTurn(Lane lane) {
        if (!lane.hasTurn && !lane.line.isEmpty()) {
            lane.hasTurn = true;
            turns.add(lane);
        }
    }

    private void begin(Ticket ticket) {
        admitted.add(ticket);
        ticket.lane.underWay += ticket.gas;
        underWay += ticket.gas;
    }

    private void proposeAdmitted() {
        for (var ticket = first(); ticket != null; ticket = next()) {
            propose(ticket);
        }
    }

    /** Null where another call is at it, which then finds what this one would have. */
    private synchronized @Nullable Ticket first() {
        return proposing ? null : next();
    }

    private synchronized @Nullable Ticket next() {
        var ticket = admitted.poll();
        proposing = ticket != null;
        return ticket;
    }

    private void propose(Ticket ticket) {
        CompletableFuture<Reply> proposed;
        try {
            proposed = ticket.proposing.get();
        } catch (RuntimeException | Error defect) {
            proposed = CompletableFuture.failedFuture(defect);
        }
        proposed.whenComplete((reply, failure) -> {
            end(ticket, reply == null ? -1 : gas(reply));
            if (failure == null) {
                ticket.reply.complete(reply);
            } else {
                ticket.reply.completeExceptionally(failure);
            }
        });
    }

    /** What was used; below 0 if that is not known. */
    private static long gas(Reply reply) {
        if (reply instanceof Reply.Batch batch) {
            return batch.replies().stream()
                    .mapToLong(each -> Math.max(0, gas(each)))
                    .sum();
        } else if (reply instanceof Reply.BatchFailed failed) {
            return gas(failed.cause());
        }
        var receipt = Reply.receipt(reply);
        return receipt == null || receipt.replayed() ? -1 : receipt.gas();
    }

    /** Makes room, and lets those in who wait for it. */
    private void end(Ticket ended, long gas) {
        var late = new ArrayList<Ticket>(0);
        synchronized (this) {
            ended.lane.underWay -= ended.gas;
            underWay -= ended.gas;
            ended.lane.ended(nanos.getAsLong());
            if (gas >= 0) {
                var each = (double) gas / ended.commands;
                var before = ended.lane.estimate;
                ended.lane.estimate = Math.max(each, before + DECAY * (each - before));
            }
            var goesOn = !turns.isEmpty();
            while (goesOn) {
                goesOn = false;
                for (var i = Math.min(turns.size(), LOOKED_AT_MAX); i > 0 && underWay < TOTAL_GAS; i--) {
                    var lane = turns.remove();
                    lane.hasTurn = false;
                    goesOn |= admitNext(lane, late);
                    takeTurn(lane);
                }
            }
        }
        late.forEach(ticket -> ticket.reply.complete(new Reply.Unavailable(
                Why.OVERLOADED, "the machine has more to do than this node could take on in time")));
        proposeAdmitted();
    }

    /** One, if there is room for it, and those before it whose time has run out. */
    private boolean admitNext(Lane lane, List<Ticket> late) {
        while (!lane.line.isEmpty()) {
            var next = lane.line.element();
            var isLate = next.deadline.isOver();
            var again = next.estimated();
            if (!isLate && !hasRoom(again)) {
                return false;
            }
            lane.line.remove();
            waiting--;
            if (isLate) {
                late.add(next);
            } else {
                begin(again);
                return true;
            }
        }
        return false;
    }
}

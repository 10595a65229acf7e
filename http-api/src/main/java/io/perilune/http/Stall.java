package io.perilune.http;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.xnio.XnioIoThread;

/**
 * Notices a client that neither sends nor reads while it is its turn. For the connection's thread, on which it also looks,
 * four times in as long as is allowed.
 */
final class Stall {
    private final XnioIoThread io;
    private final int millisMax;
    private final BooleanSupplier isClientsTurn;
    private final Runnable tooLong;
    private long progressed = System.nanoTime();
    private boolean over;

    private Stall(XnioIoThread io, int millisMax, BooleanSupplier isClientsTurn, Runnable tooLong) {
        this.io = io;
        this.millisMax = millisMax;
        this.isClientsTurn = isClientsTurn;
        this.tooLong = tooLong;
    }

    /** @param tooLong called once, if at all */
    static Stall watch(XnioIoThread io, int millisMax, BooleanSupplier isClientsTurn, Runnable tooLong) {
        var stall = new Stall(io, millisMax, isClientsTurn, tooLong);
        stall.lookLater();
        return stall;
    }

    /** Something has come or gone. */
    void progress() {
        progressed = System.nanoTime();
    }

    /** There is no client any more. */
    void end() {
        over = true;
    }

    private void lookLater() {
        io.executeAfter(this::look, Math.max(1, millisMax / 4), TimeUnit.MILLISECONDS);
    }

    private void look() {
        if (over) {
            return;
        }
        var still = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - progressed);
        if (still > millisMax && isClientsTurn.getAsBoolean()) {
            over = true;
            tooLong.run();
        } else {
            lookLater();
        }
    }
}

package io.perilune.raft.sim;

/**
 * What clients were told, in the order in which they were told it, and whether one copy of the state could have said so.
 * The state is the list of all commands so far, so that whoever reads it sees how long it is: its place in the log. A
 * history of appends and reads of one list is linearizable if nobody is told of less than anybody had been told when they
 * asked, and no command takes effect before one that was answered before it was made.
 *
 * <p>An operation whose replica crashed gets no answer; what became of it is seen by others, or not.
 */
final class History {
    private long told;

    /** The furthest place that anybody knows of; to be kept with an operation that begins now. */
    long begin() {
        return told;
    }

    void readAnswered(long id, long begun, long place) {
        if (place < begun) {
            throw new Violation("a client of node " + id + " read the state at " + place + ", but " + begun
                    + " had been told to a client before it asked");
        }
        told = Math.max(told, place);
    }

    void writeAnswered(long id, long begun, long place) {
        if (place <= begun) {
            throw new Violation("a command given to node " + id + " took place " + place + ", but " + begun
                    + " had been told to a client before it was given");
        }
        told = Math.max(told, place);
    }
}

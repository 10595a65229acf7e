package io.perilune.raft.node;

/** The cluster knows this node's id with other data than it has now, as after a lost disk. */
public final class DataLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataLostException(String detail) {
        super(detail);
    }
}

package io.perilune.raft.storage;

/** Bytes are not what was written. Whoever knows file and offset turns this into {@link StorageRefusedException}. */
final class DamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedException(String reason) {
        super(reason);
    }
}

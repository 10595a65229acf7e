package io.perilune.raft.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Storage cannot be opened, and starting anyway could lose or contradict what was acknowledged. The message says what is
 * wrong, where, and what an operator can do; the parts are there for programs.
 */
public final class StorageRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Where nothing more exact is known. */
    public static final long UNKNOWN = -1;

    private final transient Path path;
    private final long offset;
    private final long index;

    public StorageRefusedException(
            Path path, long offset, long index, String reason, String advice, @Nullable Throwable cause) {
        super(message(path, offset, index, reason, advice), cause);
        this.path = path;
        this.offset = offset;
        this.index = index;
    }

    static StorageRefusedException of(Path path, String reason, String advice) {
        return new StorageRefusedException(path, UNKNOWN, UNKNOWN, reason, advice, null);
    }

    private static String message(Path path, long offset, long index, String reason, String advice) {
        StringBuilder message = new StringBuilder().append(path);
        if (offset != UNKNOWN) {
            message.append(" at offset ").append(offset);
        }
        if (index != UNKNOWN) {
            message.append(" (after log index ").append(index).append(')');
        }
        return message.append(": ").append(reason).append(". ").append(advice).toString();
    }

    /** The file or directory at fault. */
    public Path path() {
        return path;
    }

    /** Bytes from the start of the file, or {@link #UNKNOWN}. */
    public long offset() {
        return offset;
    }

    /** The last log index that was read well before the damage, or {@link #UNKNOWN}. */
    public long index() {
        return index;
    }
}

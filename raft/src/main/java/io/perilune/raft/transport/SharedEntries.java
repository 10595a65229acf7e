package io.perilune.raft.transport;

import com.google.protobuf.CodedOutputStream;
import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encoded entries of an append message, made by whichever link needs them first and used by all: a leader sends the
 * same entries to every peer, within messages that differ elsewhere. Protobuf allows the parts of a message to be
 * encoded apart and joined.
 */
final class SharedEntries {
    private final List<Entry> entries;
    private final int bytes;
    private byte @Nullable [] encoded;

    private SharedEntries(List<Entry> entries) {
        this.entries = entries;
        int sum = 0;
        for (Entry entry : entries) {
            sum += CodedOutputStream.computeMessageSize(Message.ENTRIES_FIELD_NUMBER, entry);
        }
        this.bytes = sum;
    }

    int bytes() {
        return bytes;
    }

    synchronized byte[] encoded() {
        if (encoded == null) {
            byte[] array = new byte[bytes];
            CodedOutputStream out = CodedOutputStream.newInstance(array);
            try {
                for (Entry entry : entries) {
                    out.writeMessage(Message.ENTRIES_FIELD_NUMBER, entry);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("an array cannot fail", e);
            }
            out.checkNoSpaceLeft();
            encoded = array;
        }
        return encoded;
    }

    private boolean isOf(List<Entry> others) {
        return others.size() == entries.size()
                && others.get(0) == entries.get(0)
                && others.get(others.size() - 1) == entries.get(entries.size() - 1);
    }

    /** The last few lists sent. Entries of a log are immutable objects, so the same ends are the same list. */
    static final class Recent {
        /** Peers of a cluster progress at few different speeds. */
        private static final int COUNT = 4;
        /** Above it, encoding twice is better than holding the bytes until others push them out. */
        private static final int REMEMBERED_BYTES_MAX = 8 << 20;

        private final @Nullable SharedEntries[] recent = new SharedEntries[COUNT];
        private int next;

        synchronized SharedEntries of(List<Entry> entries) {
            for (SharedEntries known : recent) {
                if (known != null && known.isOf(entries)) {
                    return known;
                }
            }
            SharedEntries fresh = new SharedEntries(entries);
            if (fresh.bytes <= REMEMBERED_BYTES_MAX) {
                recent[next] = fresh;
                next = (next + 1) % COUNT;
            }
            return fresh;
        }
    }
}

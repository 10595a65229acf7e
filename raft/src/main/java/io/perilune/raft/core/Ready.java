package io.perilune.raft.core;

import io.perilune.raft.proto.Entry;
import io.perilune.raft.proto.HardState;
import io.perilune.raft.proto.Message;
import io.perilune.raft.proto.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the world must now do, in this order: persist {@code hardState}, {@code snapshot} and {@code entries} (forcing
 * them to disk if {@code mustSync}); then send {@code messages}; apply {@code snapshot} and {@code committedEntries}; then
 * call {@link Node#advance()}.
 *
 * <p>With {@link Config#asyncStorageWrites()} everything is a message: {@code messages} may be sent at once and in any
 * order with the work; those to {@link Node#APPEND_THREAD} and {@link Node#APPLY_THREAD} are that work, to be done in
 * order per thread, after which their {@code responses} are delivered ({@link Node#step} for those to this node).
 * {@code hardState}, {@code entries}, {@code snapshot} and {@code committedEntries} then only repeat what these messages
 * hold, and {@code advance} is not called. Apply work that was handed out before a snapshot may be done after it is
 * installed: entries at or before the snapshot's index are then to be skipped, conf changes too, and answered as usual.
 *
 * <p>Lists and entries are immutable and may cross threads.
 *
 * @param softState when leader or role changed since the last Ready, else null
 * @param hardState when term, vote or commit changed since the last Ready, else null
 * @param readStates reads that may now be served, once applied far enough
 * @param entries to store; they replace whatever is stored from the first one's index on
 * @param snapshot to store, in place of the log and of the state machine's state; null for none
 * @param committedEntries to apply, in order
 * @param messages to send; a message to a snapshot's receiver carries the snapshot that the storage gave
 * @param mustSync whether storing must reach the disk before the messages are sent; otherwise only the commit index or
 *     a snapshot changed, of which a crash loses nothing that matters
 */
public record Ready(
        @Nullable SoftState softState,
        @Nullable HardState hardState,
        List<ReadState> readStates,
        List<Entry> entries,
        @Nullable Snapshot snapshot,
        List<Entry> committedEntries,
        List<Message> messages,
        boolean mustSync) {

    public boolean isEmpty() {
        return softState == null
                && hardState == null
                && snapshot == null
                && readStates.isEmpty()
                && entries.isEmpty()
                && committedEntries.isEmpty()
                && messages.isEmpty();
    }
}

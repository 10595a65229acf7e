package io.perilune.engine;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Host;
import io.perilune.scripting.Limits;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All machines as they stood at one index. Immutable: safe to share, to keep, and to read at leisure. */
public interface View {
    long index();

    /** In the order of their names. */
    List<String> machines();

    Optional<Machine> machine(String name);

    /** Whether there are tokens, so that whoever asks needs one. */
    boolean needsToken();

    /** In the order of their names; those that have expired may still be among them. */
    List<Token> tokens();

    @Nullable
    Token token(String name);

    /** The nearest name that exists, for an error that helps. */
    Optional<String> suggestion(String name);

    interface Machine {
        String name();

        /** {@link Version#NONE} as long as nothing has been activated. */
        Version active();

        /** Of the last entry that changed this machine. */
        long index();

        long keys();

        /** Of keys and values. */
        long bytes();

        /** SHA-256 over the whole state, in lower-case hex; takes as long as going through all of it. */
        String digest();

        /** The rolling hash over every entry of this machine, in lower-case hex. */
        String hash();

        Limits limits();

        /** In the order of their numbers. */
        List<Version> versions();

        @Nullable
        Bytes get(Bytes key);

        Iterator<Host.Item> scan(Host.Range range);

        /** What the entry at {@code index} did; empty where it did nothing to this machine, or is not kept any more. */
        Optional<Past> past(long index);

        /** The entries from {@code index} on, those that are not of commands among them. */
        Iterator<Past> history(long index);

        /** What happened behind {@code after}, in its order, as far as the history still has it. */
        Iterator<Occurrence> occurrences(Cursor after, boolean changes);

        /** The index of the newest entry in the history, of commands or not; 0 if it is empty. */
        long lastOccurrence();

        /** The index at which the last {@code count} entries of commands begin; 1 if there are none. */
        long beginningOfLast(int count);

        HistoryBounds historyBounds();

        /** The index of the last entry that the history has forgotten; 0 if it has all. */
        long forgotten();

        /** Of the oldest and the newest entry of commands in the history; 0 if there is none. */
        long firstPast();

        long lastPast();

        /** The remembered answer of the command that {@code caller} (or nobody in particular) sent with this key. */
        Optional<Reply> fate(@Nullable String caller, String idempotencyKey);
    }

    /** @param time of the entry that brought it, in milliseconds since the epoch */
    record Version(long number, String sha256, long index, long time, SortedMap<String, Bytes> files) {
        public static final Version NONE = new Version(0, "", 0, 0, Collections.emptySortedMap());

        public Version {
            files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        }
    }
}

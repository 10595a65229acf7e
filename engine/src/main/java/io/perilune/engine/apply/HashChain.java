package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.codec.ReplyCodec;
import io.perilune.engine.state.Change;
import io.perilune.engine.state.Event;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.TimerChange;
import io.perilune.scripting.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over what must be the same on every replica. The hash of a machine after an entry covers the hash before it,
 * the entry, everything that it wrote (old and new), its timers and events, and its reply; two replicas with the same
 * hash have the same history, and the first entry after which the hashes differ is the one to look at.
 *
 * <p>Every field goes in with its length, every list with its count, so that no two histories run together to the same
 * bytes. Numbers are big-endian.
 */
final class HashChain {
    private static final byte[] BUNDLE = "perilune bundle 1\0".getBytes(StandardCharsets.US_ASCII);
    private static final int ABSENT = -1;

    private static final MessageDigest SHA_256 = sha256();
    private static final int GATHERED_BYTES = 1_024;

    private final MessageDigest digest = fresh();
    /** What the digest has not been told yet: it takes few large parts much faster than many small ones. */
    private final ByteBuffer gathered = ByteBuffer.allocate(GATHERED_BYTES);

    private HashChain() {}

    /** The hash of a machine after an entry, given the one before it. */
    static Bytes next(
            Bytes before,
            long index,
            long term,
            long time,
            ByteBuffer entry,
            List<Bytes> expired,
            List<Change> changes,
            List<TimerChange> timers,
            List<Event> events,
            Reply reply) {
        var chain = new HashChain();
        chain.add(before).add(index).add(term).add(time);
        chain.add(entry.remaining()).put(entry.duplicate());
        chain.add(expired.size());
        expired.forEach(chain::add);
        chain.add(changes.size());
        changes.forEach(chain::add);
        chain.add(timers.size());
        timers.forEach(chain::add);
        chain.add(events.size());
        events.forEach(event -> chain.add(event.type()).add(event.payload()));
        chain.add(reply);
        return chain.end();
    }

    /** What a command with an idempotency key is recognized by. */
    static Bytes fingerprint(@Nullable String command, Bytes argument) {
        var chain = new HashChain();
        chain.add(command == null ? "" : command).add(argument);
        return chain.end();
    }

    /** The hash of an upload: for a plain script that of its text, as {@code sha256sum} would print it. */
    static String ofFiles(SortedMap<String, Bytes> files) {
        var chain = new HashChain();
        if (files.size() == 1) {
            files.values().forEach(content -> chain.put(ByteBuffer.wrap(content.lend())));
        } else {
            chain.put(ByteBuffer.wrap(BUNDLE));
            files.forEach((name, content) -> chain.add(name).add(content));
        }
        return hex(chain.end());
    }

    static String hex(Bytes hash) {
        return HexFormat.of().formatHex(hash.lend());
    }

    private void add(Change change) {
        add(change.key());
        add(change.before());
        add(change.after());
    }

    private void add(@Nullable Stored stored) {
        if (stored == null) {
            add(ABSENT);
        } else {
            add(stored.expiry()).add(stored.value());
        }
    }

    private void add(TimerChange change) {
        add(change.id());
        if (change.after() == null) {
            add(ABSENT);
        } else {
            add(change.after().due())
                    .add(change.after().command())
                    .add(change.after().argument());
        }
    }

    /** The wording of a refusal is for people and may change with the software, so only its kind counts. */
    private void add(Reply reply) {
        add(reply.getClass().getSimpleName());
        if (ReplyCodec.memorable(reply)) {
            add(ReplyCodec.encode(reply));
        } else if (reply instanceof Reply.Batch batch) {
            add(batch.replies().size());
            batch.replies().forEach(this::add);
        } else if (reply instanceof Reply.BatchFailed failed) {
            add(failed.line()).add(failed.cause());
        } else if (reply instanceof Reply.Refused refused) {
            add(refused.refusal().name());
        } else if (reply instanceof Reply.Deployed deployed) {
            add(deployed.version()).add(deployed.sha256()).add(deployed.created() ? 1 : 0);
        }
    }

    private HashChain add(String text) {
        return add(Bytes.utf8(text));
    }

    private HashChain add(Bytes bytes) {
        return add(bytes.size()).put(ByteBuffer.wrap(bytes.lend()));
    }

    private HashChain add(long value) {
        if (gathered.remaining() < Long.BYTES) {
            tell();
        }
        gathered.putLong(value);
        return this;
    }

    private HashChain put(ByteBuffer bytes) {
        if (gathered.remaining() < bytes.remaining()) {
            tell();
        }
        if (gathered.remaining() < bytes.remaining()) {
            digest.update(bytes);
        } else {
            gathered.put(bytes);
        }
        return this;
    }

    private void tell() {
        digest.update(gathered.array(), 0, gathered.position());
        gathered.clear();
    }

    private Bytes end() {
        tell();
        return Bytes.owned(digest.digest());
    }

    /** Looking the algorithm up takes longer than a copy of a digest that nothing was fed to. */
    private static MessageDigest fresh() {
        try {
            return (MessageDigest) SHA_256.clone();
        } catch (CloneNotSupportedException unusual) {
            return sha256();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}

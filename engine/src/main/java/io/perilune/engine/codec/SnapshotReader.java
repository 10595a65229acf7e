package io.perilune.engine.codec;

import static io.perilune.engine.codec.EntryCodec.unwrap;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Token;
import io.perilune.engine.View.Version;
import io.perilune.engine.proto.MachineRecord;
import io.perilune.engine.proto.PastEntry;
import io.perilune.engine.proto.RememberedRecord;
import io.perilune.engine.proto.RestorePart;
import io.perilune.engine.proto.SnapshotHeader;
import io.perilune.engine.proto.SnapshotRecord;
import io.perilune.engine.proto.TokenRecord;
import io.perilune.engine.proto.VersionRecord;
import io.perilune.engine.state.History;
import io.perilune.engine.state.Keyspace;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Memory;
import io.perilune.engine.state.Remembered;
import io.perilune.engine.state.Restoring;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.Timer;
import io.perilune.engine.state.Timers;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/** Reads what {@link SnapshotWriter} wrote, whole or not at all. */
public final class SnapshotReader {
    /** The largest is a remembered reply or a version; a script cannot make one of this size. */
    private static final int RECORD_BYTES_MAX = 1 << 30;

    /** Read at once, so that a damaged length does not become an allocation. */
    private static final int CHUNK_BYTES = 1 << 20;

    private static final int HASH_BYTES = 32;

    /** The oldest that is still read: without history. */
    private static final int FORMAT_MIN = 1;

    private final InputStream in;
    private final MessageDigest digest = sha256();
    /** The last record as it was read, its length included: not digested before it is known not to be the footer. */
    private final ByteArrayOutputStream last = new ByteArrayOutputStream();

    private long records;

    private SnapshotReader(InputStream in) {
        this.in = in;
    }

    /**
     * @throws IOException if {@code in} cannot be read, is damaged, ends early, goes on after its end, or is of a later
     *     format; the message says which
     */
    public static World read(InputStream in) throws IOException {
        try {
            return new SnapshotReader(in).world();
        } catch (InvalidProtocolBufferException | IllegalArgumentException damaged) {
            throw new IOException("the snapshot is damaged: " + damaged.getMessage(), damaged);
        }
    }

    private World world() throws IOException {
        var header = header(next());
        var machines = TreePMap.<String, Machine>empty();
        var tokens = TreePMap.<String, Token>empty();
        var restoring = Restoring.NONE;
        Parts parts = null;
        while (true) {
            var record = next();
            switch (record.getRecordCase()) {
                case MACHINE -> {
                    machines = plus(machines, parts);
                    parts = new Parts(record.getMachine());
                }
                case FOOTER -> {
                    check(record.getFooter().getRecords() == records - 1, "records are missing");
                    check(
                            unwrap(record.getFooter().getSha256()).equals(Bytes.owned(digest.digest())),
                            "the checksum does not match");
                    check(in.read() < 0, "something follows the end");
                    return new World(
                            header.getIndex(),
                            header.getTerm(),
                            header.getTime(),
                            plus(machines, parts),
                            tokens,
                            restoring);
                }
                case TOKEN -> {
                    machines = plus(machines, parts);
                    parts = null;
                    var token = token(record.getToken());
                    tokens = tokens.plus(token.name(), token);
                }
                case RESTORING -> {
                    machines = plus(machines, parts);
                    parts = null;
                    restoring = plus(restoring, record.getRestoring());
                }
                case VERSION, ITEM, REMEMBERED, TIMER, PAST -> within(parts).add(record);
                case HEADER, RECORD_NOT_SET -> throw damaged("record " + records + " is out of place");
            }
        }
    }

    private static Token token(TokenRecord record) {
        return new Token(
                record.getName(),
                unwrap(record.getHash()),
                EntryCodec.scopes(record.getScopesList()),
                record.getCreated(),
                record.getExpiry() == 0 ? Long.MAX_VALUE : record.getExpiry());
    }

    private static Restoring plus(Restoring restoring, RestorePart part) throws IOException {
        check(part.getNumber() == restoring.parts().size(), "a part of a restore is missing");
        var begun = restoring.isNone() ? new Restoring(part.getId(), TreePVector.empty(), 0) : restoring;
        check(begun.id().equals(part.getId()), "parts of two restores are mixed");
        return begun.plus(unwrap(part.getBytes()));
    }

    private static SnapshotHeader header(SnapshotRecord first) throws IOException {
        check(first.hasHeader(), "it has no header");
        var format = first.getHeader().getFormat();
        if (format < FORMAT_MIN || format > SnapshotWriter.FORMAT) {
            throw new IOException("the snapshot has format " + Integer.toUnsignedString(format)
                    + ", this node reads formats " + FORMAT_MIN + " to " + SnapshotWriter.FORMAT);
        }
        return first.getHeader();
    }

    private static TreePMap<String, Machine> plus(TreePMap<String, Machine> machines, @Nullable Parts parts)
            throws IOException {
        if (parts == null) {
            return machines;
        }
        var machine = parts.machine();
        check(
                machines.isEmpty() || machines.lastKey().compareTo(machine.name()) < 0,
                "machine " + machine.name() + " is out of order");
        return machines.plus(machine.name(), machine);
    }

    private Parts within(@Nullable Parts parts) throws IOException {
        if (parts == null) {
            throw damaged("record " + records + " belongs to no machine");
        }
        return parts;
    }

    private SnapshotRecord next() throws IOException {
        digest.update(last.toByteArray());
        last.reset();
        var size = size();
        check(size >= 0 && size <= RECORD_BYTES_MAX, "record " + (records + 1) + " has " + size + " bytes");
        var bytes = in.readNBytes(Math.min(size, CHUNK_BYTES));
        if (bytes.length < size && bytes.length == CHUNK_BYTES) {
            bytes = longer(bytes, size);
        }
        if (bytes.length < size) {
            throw new EOFException("the snapshot ends in the middle of record " + (records + 1));
        }
        last.writeBytes(bytes);
        records++;
        return SnapshotRecord.parseFrom(bytes);
    }

    private byte[] longer(byte[] start, int size) throws IOException {
        var rest = in.readNBytes(size - start.length);
        var whole = Arrays.copyOf(start, start.length + rest.length);
        System.arraycopy(rest, 0, whole, start.length, rest.length);
        return whole;
    }

    private int size() throws IOException {
        var size = 0L;
        for (var shift = 0; shift < 35; shift += 7) {
            var read = in.read();
            if (read < 0) {
                throw new EOFException("the snapshot ends after record " + records + ", without its footer");
            }
            last.write(read);
            size |= (long) (read & 0x7F) << shift;
            if (read < 0x80) {
                return (int) Math.min(size, Integer.MAX_VALUE);
            }
        }
        throw damaged("the length of record " + (records + 1) + " has no end");
    }

    private static void check(boolean holds, String complaint) throws IOException {
        if (!holds) {
            throw damaged(complaint);
        }
    }

    private static IOException damaged(String complaint) {
        return new IOException("the snapshot is damaged: " + complaint);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** One machine as its records come in. */
    private static final class Parts {
        private final MachineRecord head;
        private final TreeMap<Long, Version> versions = new TreeMap<>();
        private final Keyspace.Loader items = new Keyspace.Loader();
        private Memory memory = Memory.NONE;
        private Timers timers = Timers.NONE;
        private History history;

        Parts(MachineRecord head) {
            this.head = head;
            // Before format 3 nothing says what had been forgotten, so all of it is taken to be.
            this.history = head.hasHistory()
                    ? History.restoring(EntryCodec.bounds(head.getHistory()), head.getForgotten())
                    : History.restoring(HistoryBounds.DEFAULT, head.getIndex());
        }

        void add(SnapshotRecord record) throws IOException {
            switch (record.getRecordCase()) {
                case VERSION -> add(record.getVersion());
                case ITEM ->
                    items.add(
                            unwrap(record.getItem().getKey()),
                            new Stored(
                                    unwrap(record.getItem().getValue()),
                                    record.getItem().getExpiry()));
                case REMEMBERED -> add(record.getRemembered());
                case TIMER ->
                    timers = timers.plus(new Timer(
                            record.getTimer().getId(),
                            record.getTimer().getDue(),
                            record.getTimer().getCommand(),
                            unwrap(record.getTimer().getArgument())));
                case PAST -> add(record.getPast());
                case HEADER, MACHINE, FOOTER, TOKEN, RESTORING, RECORD_NOT_SET ->
                    throw damaged("a record is out of place");
            }
        }

        private void add(VersionRecord record) {
            versions.put(
                    record.getNumber(),
                    new Version(
                            record.getNumber(),
                            record.getSha256(),
                            record.getIndex(),
                            record.getTime(),
                            EntryCodec.files(record.getFilesList())));
        }

        private void add(RememberedRecord record) {
            var reply = unwrap(record.getReply());
            ReplyCodec.decode(head.getName(), reply);
            memory = memory.plus(new Remembered(
                    record.getCaller(), record.getKey(), unwrap(record.getFingerprint()), record.getTime(), reply));
        }

        private void add(PastEntry entry) throws IOException {
            check(entry.getIndex() > history.last(), "the history of " + head.getName() + " is out of order");
            HistoryCodec.past(head.getName(), entry);
            history = history.restored(
                    entry.getIndex(), entry.getTime(), entry.getCallsCount() > 0, Bytes.owned(entry.toByteArray()));
        }

        Machine machine() throws IOException {
            check(
                    head.getHash().size() == HASH_BYTES,
                    "a hash has " + head.getHash().size() + " bytes");
            check(
                    head.getActive() == 0 || versions.containsKey(head.getActive()),
                    "the active version of " + head.getName() + " is missing");
            return new Machine(
                    head.getName(),
                    TreePMap.fromSortedMap(versions),
                    head.getActive(),
                    EntryCodec.limits(head.getLimits()),
                    items.load(),
                    timers,
                    memory,
                    history,
                    head.getIndex(),
                    unwrap(head.getHash()));
        }
    }
}

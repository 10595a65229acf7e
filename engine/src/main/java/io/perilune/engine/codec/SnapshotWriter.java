package io.perilune.engine.codec;

import static io.perilune.engine.codec.EntryCodec.wrap;

import com.google.protobuf.CodedOutputStream;
import io.perilune.engine.Token;
import io.perilune.engine.View.Version;
import io.perilune.engine.proto.ItemRecord;
import io.perilune.engine.proto.MachineRecord;
import io.perilune.engine.proto.PastEntry;
import io.perilune.engine.proto.RememberedRecord;
import io.perilune.engine.proto.SnapshotFooter;
import io.perilune.engine.proto.SnapshotHeader;
import io.perilune.engine.proto.SnapshotRecord;
import io.perilune.engine.proto.TimerRecord;
import io.perilune.engine.proto.TokenRecord;
import io.perilune.engine.proto.VersionRecord;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Remembered;
import io.perilune.engine.state.Stored;
import io.perilune.engine.state.Timer;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/**
 * A {@link World} as bytes: the same world, the same bytes, on whichever replica and however it came about.
 *
 * <pre>
 *   snapshot = record...             a record is a SnapshotRecord of engine.proto after its length as a varint
 *   header                           format, index, term, log time
 *   per machine, in order of names
 *     machine                        name, active version, index, hash, limits; bounds of the history since
 *                                    format 3
 *     version...                     in order of numbers
 *     item...                        in order of keys
 *     remembered...                  the oldest first
 *     timer...                       the first due first
 *     past...                        the oldest first; since format 2
 *   token...                         in order of names; since format 4
 *   restoring...                     parts in their order; since format 4
 *   footer                           number of records, SHA-256 of all that came before it
 * </pre>
 */
public final class SnapshotWriter {
    /** To be raised with every change of layout or meaning. */
    public static final int FORMAT = 4;

    private static final int BUFFER_BYTES = 64 << 10;

    private final MessageDigest digest = SnapshotReader.sha256();
    private final DigestOutputStream digested;
    private final CodedOutputStream out;
    private long records;

    private SnapshotWriter(OutputStream out) {
        this.digested = new DigestOutputStream(out, digest);
        this.out = CodedOutputStream.newInstance(digested, BUFFER_BYTES);
    }

    /** Leaves {@code out} flushed and open. */
    public static void write(World world, OutputStream out) throws IOException {
        var writer = new SnapshotWriter(out);
        writer.write(world);
        writer.footer();
        out.flush();
    }

    /** The least that has room for it, so that a cluster can be upgraded node by node. */
    public static int format(World world) {
        return world.tokens().isEmpty() && world.restoring().isNone() ? 3 : FORMAT;
    }

    private void write(World world) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setHeader(SnapshotHeader.newBuilder()
                        .setFormat(format(world))
                        .setIndex(world.index())
                        .setTerm(world.term())
                        .setTime(world.time())));
        for (var machine : world.machines().values()) {
            write(machine);
        }
        for (var token : world.tokens().values()) {
            write(token);
        }
        var restoring = world.restoring();
        for (var number = 0; number < restoring.parts().size(); number++) {
            write(SnapshotRecord.newBuilder()
                    .setRestoring(EntryCodec.message(
                            restoring.id(), number, restoring.parts().get(number))));
        }
    }

    private void write(Token token) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setToken(TokenRecord.newBuilder()
                        .setName(token.name())
                        .setHash(wrap(token.hash()))
                        .addAllScopes(EntryCodec.texts(token.scopes()))
                        .setCreated(token.created())
                        .setExpiry(token.expiry() == Long.MAX_VALUE ? 0 : token.expiry())));
    }

    private void write(Machine machine) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setMachine(MachineRecord.newBuilder()
                        .setName(machine.name())
                        .setActive(machine.active())
                        .setIndex(machine.index())
                        .setHash(wrap(machine.hash()))
                        .setLimits(EntryCodec.message(machine.limits()))
                        .setHistory(EntryCodec.message(machine.history().bounds()))
                        .setForgotten(machine.history().forgotten())));
        for (var version : machine.versions().values()) {
            write(version);
        }
        for (var item : machine.keyspace().stored()) {
            write(item.getKey(), item.getValue());
        }
        for (var remembered : machine.memory().inOrder()) {
            write(remembered);
        }
        for (var timer : machine.timers().inOrder()) {
            write(timer);
        }
        for (var past : machine.history().inOrder()) {
            write(SnapshotRecord.newBuilder()
                    .setPast(PastEntry.parseFrom(past.getValue().lend())));
        }
    }

    private void write(Version version) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setVersion(VersionRecord.newBuilder()
                        .setNumber(version.number())
                        .setIndex(version.index())
                        .setTime(version.time())
                        .setSha256(version.sha256())
                        .addAllFiles(EntryCodec.messages(version.files()))));
    }

    private void write(Bytes key, Stored stored) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setItem(ItemRecord.newBuilder()
                        .setKey(wrap(key))
                        .setValue(wrap(stored.value()))
                        .setExpiry(stored.expiry())));
    }

    private void write(Remembered remembered) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setRemembered(RememberedRecord.newBuilder()
                        .setCaller(remembered.caller())
                        .setKey(remembered.key())
                        .setFingerprint(wrap(remembered.fingerprint()))
                        .setTime(remembered.time())
                        .setReply(wrap(remembered.reply()))));
    }

    private void write(Timer timer) throws IOException {
        write(SnapshotRecord.newBuilder()
                .setTimer(TimerRecord.newBuilder()
                        .setId(timer.id())
                        .setDue(timer.due())
                        .setCommand(timer.command())
                        .setArgument(wrap(timer.argument()))));
    }

    private void write(SnapshotRecord.Builder record) throws IOException {
        var message = record.build();
        out.writeUInt32NoTag(message.getSerializedSize());
        message.writeTo(out);
        records++;
    }

    private void footer() throws IOException {
        out.flush();
        digested.on(false);
        var footer = SnapshotFooter.newBuilder().setRecords(records).setSha256(wrap(Bytes.owned(digest.digest())));
        write(SnapshotRecord.newBuilder().setFooter(footer));
        out.flush();
    }
}

package io.perilune.raft.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.perilune.raft.storage.Files;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Whom this node has met, each by the mark of its data directory, which is drawn when the directory is made. A node that
 * comes back with another mark has lost its disk: it does not know what it voted for and acknowledged under its id, and
 * could do otherwise now. It is not spoken to. Text, since an operator will look into it:
 *
 * <pre>
 * 1 perilune mark 00000000deadbeef
 * peer 2 0123456789abcdef
 * crc 1a2b3c4d
 * </pre>
 *
 * First the version of the format; the crc is the CRC32C of the lines before it. Safe for use by any thread.
 */
final class Acquaintances {
    private static final String FILE = "peers";
    private static final int BYTES_MAX = 64 << 10;
    /** More than a cluster ever has; whoever comes after them is spoken to and not remembered. */
    private static final int PEERS_MAX = 1_024;

    private static final Pattern MARK = Pattern.compile("[0-9a-f]{16}");
    private static final Pattern TEXT = Pattern.compile(
            "(1 perilune mark ([0-9a-f]{16})\n((?:peer [1-9][0-9]{0,18} [0-9a-f]{16}\n)*))crc ([0-9a-f]{8})\n");

    private final Files files;
    private final Path directory;
    private final String mark;
    private final SortedMap<Long, String> peers;

    private Acquaintances(Files files, Path directory, String mark, SortedMap<Long, String> peers) {
        this.files = files;
        this.directory = directory;
        this.mark = mark;
        this.peers = peers;
    }

    /**
     * Reads those of the data directory, which this process has locked, or begins them.
     *
     * @param marks draws a mark, of 64 random bits, for a directory that has none
     * @throws IOException with a message for the operator where the file is damaged
     */
    static Acquaintances open(Files files, Path directory, LongSupplier marks) throws IOException {
        Path file = directory.resolve(FILE);
        if (files.exists(file)) {
            // The process that wrote it may have died between giving it its name and forcing that.
            files.forceDirectory(directory);
            return read(files, directory, file);
        }
        String mark = String.format(Locale.ROOT, "%016x", marks.getAsLong());
        Acquaintances begun = new Acquaintances(files, directory, mark, new TreeMap<>());
        begun.write();
        return begun;
    }

    private static Acquaintances read(Files files, Path directory, Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX);
        try (Files.OpenFile open = files.openForReading(file)) {
            open.read(bytes, 0);
        }
        Matcher text = TEXT.matcher(new String(bytes.array(), 0, bytes.position(), UTF_8));
        if (!text.matches() || !crc(text.group(1)).equals(text.group(4))) {
            throw damaged(file);
        }
        TreeMap<Long, String> peers = new TreeMap<>();
        for (String line : text.group(3).lines().toList()) {
            String[] words = line.split(" ");
            try {
                peers.put(Long.parseLong(words[1]), words[2]);
            } catch (NumberFormatException tooLarge) {
                throw damaged(file);
            }
        }
        return new Acquaintances(files, directory, text.group(2), peers);
    }

    private static IOException damaged(Path file) {
        return new IOException(file + ": the list of peers that this node has met is damaged. Restore it from a copy,"
                + " or remove the node from the cluster and let it join anew under another id");
    }

    /** This node's own. */
    String mark() {
        return mark;
    }

    /**
     * Whether a node that says so is the one that had this id before. The first time is remembered, on disk before this
     * returns.
     */
    synchronized boolean meet(long peer, String itsMark) throws IOException {
        if (!MARK.matcher(itsMark).matches()) {
            return false;
        }
        String known = peers.get(peer);
        if (known != null || peers.size() >= PEERS_MAX) {
            return known == null || known.equals(itsMark);
        }
        peers.put(peer, itsMark);
        try {
            write();
        } catch (IOException e) {
            // Or the next time would find it known, and nothing of it on the disk.
            peers.remove(peer);
            throw e;
        }
        return true;
    }

    private void write() throws IOException {
        StringBuilder text = new StringBuilder("1 perilune mark " + mark + "\n");
        peers.forEach((peer, itsMark) ->
                text.append("peer ").append(peer).append(' ').append(itsMark).append('\n'));
        String crc = crc(text.toString());
        text.append("crc ").append(crc).append('\n');
        Path temporary = directory.resolve(FILE + ".writing");
        files.delete(temporary);
        try (Files.OpenFile file = files.create(temporary)) {
            file.write(ByteBuffer.wrap(text.toString().getBytes(UTF_8)), 0);
            file.force();
        }
        files.rename(temporary, directory.resolve(FILE));
        files.forceDirectory(directory);
    }

    static String crc(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }
}

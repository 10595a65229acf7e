package io.perilune.raft.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The identity of a data directory, as text, since an operator will look into it:
 *
 * <pre>
 * 1 perilune cluster 00000000deadbeef node 1 crc 1a2b3c4d
 * </pre>
 *
 * First the version of the format; the crc is the CRC32C of what stands before {@code " crc"}.
 */
final class IdentityFile {
    static final int BYTES_MAX = 256;

    private static final String VERSION = "1";
    private static final Pattern TEXT =
            Pattern.compile("((\\d+) perilune cluster ([0-9a-f]{16}) node (\\d{1,20})) crc ([0-9a-f]{8})\n");

    private IdentityFile() {}

    static String encode(StorageIdentity identity) {
        String body = String.format(
                Locale.ROOT,
                "%s perilune cluster %016x node %s",
                VERSION,
                identity.clusterId(),
                Long.toUnsignedString(identity.nodeId()));
        return body + " crc " + crc(body) + "\n";
    }

    static StorageIdentity decode(String text) throws DamagedException {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches() || !crc(matcher.group(1)).equals(matcher.group(5))) {
            throw new DamagedException("the identity of the data directory is damaged");
        }
        if (!matcher.group(2).equals(VERSION)) {
            throw new DamagedException(
                    "format version " + matcher.group(2) + " is unknown to this program, which writes " + VERSION);
        }
        try {
            return new StorageIdentity(
                    Long.parseUnsignedLong(matcher.group(3), 16), Long.parseUnsignedLong(matcher.group(4)));
        } catch (IllegalArgumentException impossible) {
            throw new DamagedException("the identity of the data directory is impossible: " + impossible.getMessage());
        }
    }

    private static String crc(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }
}

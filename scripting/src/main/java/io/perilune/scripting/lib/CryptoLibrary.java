package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Args;
import io.perilune.scripting.vm.ArgumentFailure;
import io.perilune.scripting.vm.Interpreter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.Varargs;

/** {@code crypto} and {@code base64}: digests in lower-case hexadecimal, a checksum as a number. */
public final class CryptoLibrary {
    /** Bytes that SHA-256 takes at a time; HMAC's keys are of this length (RFC 2104). */
    private static final int BLOCK_BYTES = 64;

    /** SHA-256 of a byte costs about this many times what looking at it does. */
    private static final int DIGEST_WORK = 8;

    private static final byte INNER_PAD = 0x36;
    private static final byte OUTER_PAD = 0x5c;

    private CryptoLibrary() {}

    public static Table table() {
        return new Library("crypto")
                .with("crc32", CryptoLibrary::crc32)
                .with("hmac_sha256", CryptoLibrary::hmac)
                .with("sha256", CryptoLibrary::sha256)
                .table();
    }

    public static Table base64() {
        return new Library("base64")
                .with("encode", CryptoLibrary::encode)
                .with("decode", CryptoLibrary::decode)
                .table();
    }

    private static Varargs crc32(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        lua.meter().work(text.m_length);
        var checksum = new CRC32();
        checksum.update(text.m_bytes, text.m_offset, text.m_length);
        return Numbers.of(checksum.getValue());
    }

    private static Varargs sha256(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        lua.meter().work((long) DIGEST_WORK * (text.m_length + BLOCK_BYTES));
        var digest = digest();
        digest.update(text.m_bytes, text.m_offset, text.m_length);
        return hex(lua, digest.digest());
    }

    /** {@code hmac_sha256(key, text)}. */
    private static Varargs hmac(Interpreter lua, Varargs args) {
        var key = Args.string(args, 1);
        var text = Args.string(args, 2);
        lua.meter().work((long) DIGEST_WORK * ((long) key.m_length + text.m_length + 4 * BLOCK_BYTES));
        var block = Arrays.copyOf(shortened(key), BLOCK_BYTES);
        var inner = digest();
        inner.update(xored(block, INNER_PAD));
        inner.update(text.m_bytes, text.m_offset, text.m_length);
        var outer = digest();
        outer.update(xored(block, OUTER_PAD));
        outer.update(inner.digest());
        return hex(lua, outer.digest());
    }

    private static byte[] shortened(LuaString key) {
        if (key.m_length <= BLOCK_BYTES) {
            return Arrays.copyOfRange(key.m_bytes, key.m_offset, key.m_offset + key.m_length);
        }
        var digest = digest();
        digest.update(key.m_bytes, key.m_offset, key.m_length);
        return digest.digest();
    }

    private static byte[] xored(byte[] block, byte pad) {
        var xored = new byte[block.length];
        for (var i = 0; i < block.length; i++) {
            xored[i] = (byte) (block[i] ^ pad);
        }
        return xored;
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException every) {
            throw new IllegalStateException("every Java platform has SHA-256", every);
        }
    }

    private static LuaString hex(Interpreter lua, byte[] digest) {
        return lua.newString(HexFormat.of().formatHex(digest).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Varargs encode(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        lua.meter().string((text.m_length + 2L) / 3 * 4);
        return Strings.owned(Base64Text.encode(text));
    }

    private static Varargs decode(Interpreter lua, Varargs args) {
        var text = Args.string(args, 1);
        lua.meter().string(text.m_length / 4 * 3L);
        var bytes = Base64Text.decode(text);
        if (bytes == null) {
            throw new ArgumentFailure(1, "not base64");
        }
        return Strings.owned(bytes);
    }
}

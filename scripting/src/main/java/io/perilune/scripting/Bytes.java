package io.perilune.scripting;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * An immutable string of bytes, ordered bytewise as unsigned numbers: a Lua string outside of Lua. Keys, canonical
 * values and script sources are of this type. Safe to share between threads.
 */
public final class Bytes implements Comparable<Bytes> {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** Takes {@code content} over; the caller must not change it any more. */
    public static Bytes owned(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content);
    }

    public static Bytes copyOf(byte[] content, int offset, int length) {
        return owned(Arrays.copyOfRange(content, offset, offset + length));
    }

    public static Bytes utf8(String text) {
        return owned(text.getBytes(StandardCharsets.UTF_8));
    }

    public int size() {
        return content.length;
    }

    public byte at(int position) {
        return content[position];
    }

    /** The array itself, lent: to be read, never written. */
    public byte[] lend() {
        return content;
    }

    public boolean startsWith(Bytes prefix) {
        return content.length >= prefix.content.length
                && Arrays.equals(content, 0, prefix.content.length, prefix.content, 0, prefix.content.length);
    }

    /** The text that these bytes encode in UTF-8, or nothing where they are not valid UTF-8. */
    public Optional<String> utf8() {
        try {
            var decoder = StandardCharsets.UTF_8.newDecoder();
            return Optional.of(decoder.decode(ByteBuffer.wrap(content)).toString());
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(content, other.content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** For people: the text, with a replacement character for each malformed byte. */
    @Override
    public String toString() {
        return new String(content, StandardCharsets.UTF_8);
    }
}

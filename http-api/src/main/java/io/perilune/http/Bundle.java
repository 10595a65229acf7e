package io.perilune.http;

import io.perilune.scripting.Bytes;
import io.perilune.scripting.Sandbox;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * The files of a script, packed as a zip archive. Unpacking is bounded by what comes out, not by what the archive
 * claims, and takes plain relative names only.
 */
final class Bundle {
    static final int FILES_MAX = 1_000;

    /** Segments of letters, digits and {@code _ - .}, none of them of dots alone. */
    private static final Pattern NAME =
            Pattern.compile("(?!\\.+(/|$))[A-Za-z0-9_.-]{1,64}(/(?!\\.+(/|$))[A-Za-z0-9_.-]{1,64}){0,7}");

    /** The earliest time that a zip archive can tell. */
    private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

    private Bundle() {}

    /** @throws Problem.Thrown if it is no such archive, is too large unpacked, or has no {@code main.lua} */
    static SortedMap<String, Bytes> unpack(byte[] archive, int bytesMax) {
        var files = new TreeMap<String, Bytes>();
        var left = bytesMax;
        try (var zip = new ZipInputStream(new ByteArrayInputStream(archive), StandardCharsets.UTF_8)) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.isDirectory()) {
                    continue;
                }
                var content = content(zip, left, bytesMax);
                left -= content.size();
                add(files, entry.getName(), content);
            }
        } catch (IOException | IllegalArgumentException malformed) {
            throw bad("not a zip archive that can be read: " + malformed.getMessage());
        }
        if (!files.containsKey(Sandbox.MAIN)) {
            throw bad(
                    files.isEmpty()
                            ? "not a zip archive, or an empty one"
                            : "the bundle has no " + Sandbox.MAIN + " at its top");
        }
        return files;
    }

    private static Bytes content(ZipInputStream zip, int left, int bytesMax) throws IOException {
        var content = zip.readNBytes(left + 1);
        if (content.length > left) {
            throw Problem.of(Kind.TOO_LARGE, "a bundle has at most " + bytesMax + " bytes unpacked")
                    .with("limit", bytesMax, "which", "bundle")
                    .thrown();
        }
        return Bytes.owned(content);
    }

    private static void add(SortedMap<String, Bytes> files, String name, Bytes content) {
        if (!NAME.matcher(name).matches()) {
            throw bad("a file of a bundle has a relative name of A-Z a-z 0-9 _ - . and /, not \"" + Names.shown(name)
                    + "\"");
        }
        if (files.size() == FILES_MAX) {
            throw bad("a bundle has at most " + FILES_MAX + " files");
        }
        if (files.put(name, content) != null) {
            throw bad("the file \"" + name + "\" is in the bundle twice");
        }
    }

    private static Problem.Thrown bad(String detail) {
        return Problem.of(Kind.BAD_BUNDLE, detail).thrown();
    }

    /** The same files always give the same archive. */
    static byte[] pack(SortedMap<String, Bytes> files) {
        var archive = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(archive, StandardCharsets.UTF_8)) {
            for (var file : files.entrySet()) {
                var entry = new ZipEntry(file.getKey());
                entry.setTimeLocal(EPOCH);
                zip.putNextEntry(entry);
                zip.write(file.getValue().lend());
                zip.closeEntry();
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
        return archive.toByteArray();
    }
}

package io.perilune.http;

import io.perilune.scripting.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Percent-encoding (RFC 3986, 2.1), decoded to bytes and strictly: a stray percent sign is an error. */
final class PercentEncoding {
    private PercentEncoding() {}

    /** Of a path segment, where a plus is a plus. */
    static Bytes segment(String encoded) {
        return decode(encoded, false);
    }

    /** Of a name or value in a query string, where a plus is a space as forms have it. */
    static Bytes parameter(String encoded) {
        return decode(encoded, true);
    }

    private static Bytes decode(String encoded, boolean plusIsSpace) {
        if (encoded.indexOf('%') < 0 && (!plusIsSpace || encoded.indexOf('+') < 0)) {
            return Bytes.utf8(encoded);
        }
        var decoded = new ByteArrayOutputStream(encoded.length());
        var bytes = encoded.getBytes(StandardCharsets.UTF_8);
        for (var i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%') {
                decoded.write(octet(encoded, bytes, i));
                i += 2;
            } else {
                decoded.write(plusIsSpace && bytes[i] == '+' ? ' ' : bytes[i]);
            }
        }
        return Bytes.owned(decoded.toByteArray());
    }

    private static int octet(String encoded, byte[] bytes, int percent) {
        var high = percent + 2 < bytes.length ? Character.digit(bytes[percent + 1], 16) : -1;
        var low = percent + 2 < bytes.length ? Character.digit(bytes[percent + 2], 16) : -1;
        if (high < 0 || low < 0) {
            throw Problem.of(
                            Kind.BAD_PARAMETER,
                            "a % has to be followed by two hexadecimal digits; a plain % is %25: " + encoded)
                    .thrown();
        }
        return high << 4 | low;
    }
}

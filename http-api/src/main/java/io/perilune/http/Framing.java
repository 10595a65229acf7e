package io.perilune.http;

import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;

/**
 * Refuses what another server on the way might take for something else: where two disagree on where a request ends, a
 * second one can be hidden in the first (request smuggling; RFC 9112, section 11.2).
 */
final class Framing {
    private Framing() {}

    /** @throws Problem.Thrown if there is a doubt */
    static void requireClear(HeaderMap headers) {
        var encodings = headers.get(Headers.TRANSFER_ENCODING);
        if (encodings != null && (encodings.size() != 1 || !encodings.getFirst().equalsIgnoreCase("chunked"))) {
            throw Problem.of(Kind.BAD_HEADER, "Transfer-Encoding is chunked or nothing here")
                    .thrown();
        }
        for (var cookie = headers.fastIterateNonEmpty(); cookie != -1; cookie = headers.fiNextNonEmpty(cookie)) {
            requirePrintable(headers.fiCurrent(cookie));
        }
    }

    /** RFC 9110, section 5.5: nothing that could end a line, or the text. */
    private static void requirePrintable(HeaderValues values) {
        for (var i = 0; i < values.size(); i++) {
            var value = values.get(i);
            for (var at = 0; at < value.length(); at++) {
                var c = value.charAt(at);
                if (c < ' ' && c != '\t' || c == 127) {
                    throw Problem.of(
                                    Kind.BAD_HEADER,
                                    "the header "
                                            + Names.shown(values.getHeaderName().toString())
                                            + " has a control character")
                            .thrown();
                }
            }
        }
    }
}

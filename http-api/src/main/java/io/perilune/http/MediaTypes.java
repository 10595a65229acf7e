package io.perilune.http;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which types of content go where. */
enum MediaTypes {
    /** One JSON text; may go without a type. */
    JSON(Set.of("", Answer.JSON, MediaTypes.CURL)),
    /** One JSON text, or one a line. */
    COMMANDS(Set.of("", Answer.JSON, MediaTypes.NDJSON, MediaTypes.CURL)),
    /** Lua text, or a bundle. */
    SCRIPT(Set.of(
            "",
            "text/x-lua",
            "application/x-lua",
            "text/plain",
            "application/octet-stream",
            MediaTypes.ZIP,
            MediaTypes.CURL)),
    /** A backup, which goes straight into the log. */
    ARCHIVE(Set.of("", "application/octet-stream", MediaTypes.CURL));

    /**
     * What curl says of any body unless told otherwise; nobody sends a form here, so it is taken for what the path wants.
     * Forms that other sites make a browser send are refused by their origin.
     */
    private static final String CURL = "application/x-www-form-urlencoded";

    static final String EVENTS = "text/event-stream";
    static final String NDJSON = "application/x-ndjson";
    static final String ZIP = "application/zip";
    static final String LUA = "text/x-lua";

    private final Set<String> types;

    MediaTypes(Set<String> types) {
        this.types = types;
    }

    /** Type and subtype in lower case; empty for none. */
    static String essence(@Nullable String contentType) {
        if (contentType == null) {
            return "";
        }
        var semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** @throws Problem.Thrown if content of this type does not belong here */
    void require(@Nullable String contentType) {
        var essence = essence(contentType);
        if (!types.contains(essence)) {
            throw Problem.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE, "this path takes " + names() + ", not " + Names.shown(essence))
                    .thrown();
        }
        if (essence.equals(Answer.JSON) || essence.equals(NDJSON)) {
            requireUtf8(contentType);
        }
    }

    private static void requireUtf8(@Nullable String contentType) {
        var lower = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
        var charset = lower.indexOf("charset=");
        if (charset >= 0
                && !lower.substring(charset + 8).replace("\"", "").strip().startsWith("utf-8")) {
            throw Problem.of(Kind.UNSUPPORTED_MEDIA_TYPE, "JSON is UTF-8 here, not " + Names.shown(lower))
                    .thrown();
        }
    }

    private String names() {
        return String.join(
                ", ",
                types.stream()
                        .filter(type -> !type.isEmpty() && !type.equals(CURL))
                        .sorted()
                        .toList());
    }
}

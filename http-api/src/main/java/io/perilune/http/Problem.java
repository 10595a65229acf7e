package io.perilune.http;

import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.perilune.scripting.ValueCodec;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An answer that teaches (RFC 9457): what was wrong, where, what is allowed.
 *
 * @param code the script's own for a rejection, else the kind
 * @param details canonical value, or null
 * @param place where in log and script it happened, where it came that far
 * @param line of a batch, from 1; 0 outside of batches
 */
record Problem(
        Kind kind,
        String code,
        int status,
        String detail,
        @Nullable Bytes details,
        Place place,
        int line) {
    /** Ends in the kind. A name, not a place to look at: it must not depend on a host that may go away. */
    private static final String TYPE_PREFIX = "urn:perilune:problem:";

    private static final String TYPE = "application/problem+json";

    /** How long to wait before another attempt: about an election. */
    private static final String RETRY_AFTER_SECONDS = "1";

    /** Zero and null stand for what is not known or does not apply. */
    record Place(
            @Nullable String machine,
            long index,
            long version,
            @Nullable String at,
            @Nullable String traceback) {
        static final Place NOWHERE = new Place(null, 0, 0, null, null);
    }

    static Problem of(Kind kind, String detail) {
        return new Problem(kind, kind.text(), kind.status(), detail, null, Place.NOWHERE, 0);
    }

    Problem on(String machine) {
        return at(new Place(machine, place.index, place.version, place.at, place.traceback));
    }

    Problem at(Place place) {
        return new Problem(kind, code, status, detail, details, place, line);
    }

    Problem inLine(int line) {
        return new Problem(kind, code, status, detail, details, place, line);
    }

    /** @param details canonical value */
    Problem details(@Nullable Bytes details) {
        return new Problem(kind, code, status, detail, details, place, line);
    }

    /** Details from names and values in turn. */
    Problem with(Object... namesAndValues) {
        var fields = new TreeMap<Bytes, Value>();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            fields.put(Bytes.utf8((String) namesAndValues[i]), value(namesAndValues[i + 1]));
        }
        return details(ValueCodec.encode(new Value.Obj(fields)));
    }

    private static Value value(Object plain) {
        return plain instanceof Number number
                ? new Value.Num(number.doubleValue())
                : new Value.Str(Bytes.utf8(plain.toString()));
    }

    /** With a suggestion in words and in the details, if there is one. */
    Problem suggesting(@Nullable String nearest) {
        return nearest == null
                ? this
                : new Problem(kind, code, status, detail + "; did you mean \"" + nearest + "\"?", details, place, line)
                        .with("suggestion", nearest);
    }

    /** Leaves the work that was asked for and answers with this problem. */
    Thrown thrown() {
        return new Thrown(this);
    }

    Answer answer() {
        var answer = new Answer(status, TYPE, write(new JsonWriter()).toBytes());
        if (kind == Kind.UNAUTHENTICATED) {
            return answer.with("WWW-Authenticate", "Bearer realm=\"perilune\"");
        }
        if (kind == Kind.TOO_MANY_ATTEMPTS) {
            return answer.with("Retry-After", "10");
        }
        return status == 503 ? answer.with("Retry-After", RETRY_AFTER_SECONDS) : answer;
    }

    JsonWriter write(JsonWriter json) {
        return writeFields(json.beginObject()).endObject();
    }

    JsonWriter writeFields(JsonWriter json) {
        json.field("type", TYPE_PREFIX + kind.text())
                .field("title", kind.title())
                .field("status", status)
                .field("detail", detail)
                .field("code", code);
        if (kind == Kind.OUTCOME_UNKNOWN) {
            json.field("outcome", "unknown");
        }
        if (details != null) {
            json.field("details", details);
        }
        if (line > 0) {
            json.field("line", line);
        }
        return write(json, place);
    }

    private static JsonWriter write(JsonWriter json, Place place) {
        if (place.machine != null) {
            json.field("machine", place.machine);
        }
        if (place.index > 0) {
            json.field("index", place.index);
        }
        if (place.version > 0) {
            json.field("version", place.version);
        }
        if (place.at != null) {
            json.field("at", place.at);
        }
        if (place.traceback != null) {
            json.field("traceback", place.traceback);
        }
        return json;
    }

    /** Carries a problem out of nested checks of a request; cheap, for requests are often wrong. */
    static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Problem problem;

        private Thrown(Problem problem) {
            super(problem.detail(), null, false, false);
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }
}

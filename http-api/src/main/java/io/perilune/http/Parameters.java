package io.perilune.http;

import io.perilune.engine.ReadOptions;
import io.perilune.engine.replication.Replication.Consistency;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Suggestion;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The query string, taken apart strictly: no name twice, none that the path does not know. */
final class Parameters {
    /** What each row that reads takes. */
    static final Set<String> READ = Set.of("consistency", "min_index", "at_index", "timeout");

    private final Map<String, Bytes> values;

    private Parameters(Map<String, Bytes> values) {
        this.values = values;
    }

    /** @throws Problem.Thrown if it is malformed or gives a name twice */
    static Parameters parse(String queryString) {
        var values = new LinkedHashMap<String, Bytes>();
        for (var pair : queryString.split("&")) {
            if (pair.isEmpty()) {
                continue;
            }
            var equals = pair.indexOf('=');
            var name = name(equals < 0 ? pair : pair.substring(0, equals));
            var value = PercentEncoding.parameter(equals < 0 ? "" : pair.substring(equals + 1));
            if (values.put(name, value) != null) {
                throw bad("the parameter \"" + name + "\" is given twice");
            }
        }
        return new Parameters(values);
    }

    private static String name(String encoded) {
        return PercentEncoding.parameter(encoded)
                .utf8()
                .orElseThrow(() -> bad("a parameter's name is not UTF-8: " + encoded));
    }

    /** @throws Problem.Thrown if there is any other than {@code allowed} */
    void requireOnly(Set<String> allowed) {
        for (var name : values.keySet()) {
            if (!allowed.contains(name)) {
                throw Problem.of(Kind.BAD_PARAMETER, unknown(name, allowed))
                        .suggesting(Suggestion.nearest(name, new TreeSet<>(allowed)))
                        .thrown();
            }
        }
    }

    private static String unknown(String name, Set<String> allowed) {
        return "there is no parameter \"" + name + "\" here"
                + (allowed.isEmpty() ? "; there is none at all" : ", but " + String.join(", ", new TreeSet<>(allowed)));
    }

    /** All but those of the given names. */
    Map<String, Bytes> without(Set<String> names) {
        var rest = new LinkedHashMap<>(values);
        rest.keySet().removeAll(names);
        return rest;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    @Nullable
    Bytes bytes(String name) {
        return values.get(name);
    }

    /** {@code true} or {@code false}; the name alone is true. */
    boolean flag(String name, boolean otherwise) {
        var value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        return switch (value.toString()) {
            case "", "true" -> true;
            case "false" -> false;
            default -> throw bad("\"" + name + "\" is true or false, not \"" + value + "\"");
        };
    }

    /** A whole number in decimal. */
    long number(String name, long least, long most, long otherwise) {
        var value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            var number = Long.parseLong(value.toString());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException malformed) {
            // Said below, with the same words.
        }
        throw bad("\"" + name + "\" is a whole number within " + least + ".." + most + ", not \"" + value + "\"");
    }

    long timeoutMillis(ApiOptions.Bounds bounds) {
        return number("timeout", 1, bounds.timeoutMillisMax(), bounds.timeoutMillis());
    }

    ReadOptions readOptions(ApiOptions.Bounds bounds) {
        return new ReadOptions(
                consistency(),
                number("min_index", 0, Long.MAX_VALUE, 0),
                number("at_index", 1, Long.MAX_VALUE, 0),
                timeoutMillis(bounds));
    }

    private Consistency consistency() {
        var value = values.get("consistency");
        if (value == null) {
            return Consistency.LINEARIZABLE;
        }
        for (var consistency : Consistency.values()) {
            if (consistency.name().toLowerCase(Locale.ROOT).equals(value.toString())) {
                return consistency;
            }
        }
        throw bad("\"consistency\" is linearizable, lease or local, not \"" + value + "\"");
    }

    private static Problem.Thrown bad(String detail) {
        return Problem.of(Kind.BAD_PARAMETER, detail).thrown();
    }
}

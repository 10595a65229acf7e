package io.perilune.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.yaml.snakeyaml.Yaml;

/** What {@code openapi.yaml} says, and whether an answer is as it says. Knows the part of OpenAPI 3.0 that it uses. */
final class Described {
    private static final JsonNode ROOT = read();

    private Described() {}

    private static JsonNode read() {
        try (var in = Described.class.getResourceAsStream("/openapi.yaml")) {
            return new ObjectMapper().valueToTree(new Yaml().load(in));
        } catch (IOException malformed) {
            throw new AssertionError(malformed);
        }
    }

    /** {@code GET /v1/machines/{}} and so on, variables without their names. */
    static TreeSet<String> operations() {
        var operations = new TreeSet<String>();
        ROOT.path("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (!method.equals("parameters")) {
                        operations.add(method.toUpperCase(Locale.ROOT) + " "
                                + path.getKey().replaceAll("\\{[^}]*}", "{}"));
                    }
                }));
        return operations;
    }

    /** The query parameters of an operation, by the form that {@link #operations} gives. */
    static TreeSet<String> parameters(String operation) {
        var names = new TreeSet<String>();
        for (var parameter : operation(operation).path("parameters")) {
            var resolved = resolved(parameter);
            if (resolved.path("in").asText().equals("query")) {
                names.add(resolved.path("name").asText());
            }
        }
        return names;
    }

    static boolean takesAnything(String operation) {
        return operation(operation).path("x-any-parameter").asBoolean();
    }

    private static JsonNode operation(String operation) {
        var space = operation.indexOf(' ');
        for (var path : ROOT.path("paths").properties()) {
            if (path.getKey().replaceAll("\\{[^}]*}", "{}").equals(operation.substring(space + 1))) {
                return path.getValue().path(operation.substring(0, space).toLowerCase(Locale.ROOT));
            }
        }
        throw new AssertionError("not described: " + operation);
    }

    /** In what an answer is not as described; empty if it is, or the request was none that is. */
    static List<String> complaints(String method, String target, int status, String type, String body) {
        var path = target.replaceAll("[?#].*", "");
        var found = find(method, path);
        if (found.isEmpty()) {
            return List.of();
        }
        var responses = found.get().path("responses");
        var listed = responses.has("" + status);
        var response = resolved(responses.path(listed ? "" + status : "default"));
        var complaints = new ArrayList<String>();
        if (!listed && status < 400) {
            complaints.add("status " + status + " is not described");
        }
        var essence = type.replaceAll(";.*", "").strip();
        var content = response.path("content").path(essence);
        if (content.isMissingNode()) {
            if (!body.isEmpty()) {
                complaints.add("content " + essence + " is not described for status " + status);
            }
        } else if (essence.equals("application/json") || essence.equals("application/problem+json")) {
            try {
                check(content.path("schema"), new ObjectMapper().readTree(body), "$", complaints);
            } catch (IOException malformed) {
                complaints.add("no JSON: " + body);
            }
        }
        return complaints;
    }

    /** In what a request that was accepted is not as described. */
    static List<String> complaintsOfAccepted(String method, String target, String type, byte[] body) {
        var complaints = new ArrayList<String>();
        var found = find(method, target.replaceAll("[?#].*", ""));
        if (found.isEmpty()) {
            return complaints;
        }
        var operation = found.get();
        if (target.contains("?") && !operation.path("x-any-parameter").asBoolean()) {
            for (var pair : target.substring(target.indexOf('?') + 1).split("&")) {
                checkParameter(operation, pair, complaints);
            }
        }
        var content = operation.path("requestBody").path("content");
        var essence = type.replaceAll(";.*", "").strip();
        if (body.length > 0
                && !essence.isEmpty()
                && !operation.path("requestBody").isMissingNode()) {
            if (!content.has(essence)) {
                complaints.add("a body of " + essence + " is not described");
            } else if (essence.equals("application/json")) {
                try {
                    check(content.path(essence).path("schema"), new ObjectMapper().readTree(body), "$", complaints);
                } catch (IOException malformed) {
                    complaints.add("no JSON was accepted");
                }
            }
        }
        return complaints;
    }

    private static void checkParameter(JsonNode operation, String pair, List<String> complaints) {
        var equals = pair.indexOf('=');
        var name = equals < 0 ? pair : pair.substring(0, equals);
        var value = equals < 0 ? "true" : pair.substring(equals + 1);
        for (var parameter : operation.path("parameters")) {
            var described = resolved(parameter);
            if (described.path("in").asText().equals("query")
                    && described.path("name").asText().equals(name)) {
                var schema = described.path("schema");
                var fits = switch (schema.path("type").asText()) {
                    case "integer" -> value.matches("-?\\d+");
                    case "boolean" -> value.matches("true|false");
                    default -> true;
                };
                if (!fits) {
                    complaints.add(name + "=" + value + " was accepted");
                }
                return;
            }
        }
        complaints.add("the parameter " + name + " was accepted");
    }

    private static Optional<JsonNode> find(String method, String path) {
        JsonNode best = null;
        var bestVariables = Integer.MAX_VALUE;
        for (var each : ROOT.path("paths").properties()) {
            var pattern = each.getKey().equals("/v1/machines/{machine}/state/{key}")
                    ? "/v1/machines/[^/]+/state/.+"
                    : each.getKey().replaceAll("\\{[^}]*}", "[^/]+");
            var operation = each.getValue().path(method.toLowerCase(Locale.ROOT));
            var variables = each.getKey().split("\\{").length;
            if (path.matches(pattern) && !operation.isMissingNode() && variables < bestVariables) {
                best = operation;
                bestVariables = variables;
            }
        }
        return Optional.ofNullable(best);
    }

    private static JsonNode resolved(JsonNode node) {
        if (!node.has("$ref")) {
            return node;
        }
        return ROOT.at(node.path("$ref").asText().substring(1));
    }

    private static void check(JsonNode given, JsonNode value, String where, List<String> complaints) {
        var schema = resolved(given);
        if (value.isNull() && (schema.path("nullable").asBoolean() || !schema.has("type"))) {
            return;
        }
        if (!isOfType(schema.path("type").asText(""), value)) {
            complaints.add(where + " is no " + schema.path("type").asText() + ": " + value);
            return;
        }
        var known = new ArrayList<String>();
        schema.path("enum").forEach(each -> known.add(each.asText()));
        if (!known.isEmpty() && !known.contains(value.asText())) {
            complaints.add(where + " is none of " + known + ": " + value);
        }
        if (value.isObject()) {
            schema.path("required").forEach(name -> {
                if (!value.has(name.asText())) {
                    complaints.add(where + " has no " + name.asText());
                }
            });
            var properties = schema.path("properties");
            value.properties().forEach(field -> {
                if (properties.has(field.getKey())) {
                    check(properties.path(field.getKey()), field.getValue(), where + "." + field.getKey(), complaints);
                } else if (schema.has("additionalProperties")
                        && !schema.path("additionalProperties").asBoolean(true)) {
                    complaints.add(where + "." + field.getKey() + " is not described");
                }
            });
        } else if (value.isArray()) {
            for (var i = 0; i < value.size(); i++) {
                check(schema.path("items"), value.get(i), where + "[" + i + "]", complaints);
            }
        }
    }

    private static boolean isOfType(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            default -> true;
        };
    }
}

package io.perilune.http;

import io.perilune.engine.Engine;
import io.perilune.engine.Reply;
import io.perilune.engine.Request;
import io.perilune.engine.Scope;
import io.perilune.engine.Token;
import io.perilune.http.access.Secret;
import io.perilune.http.json.JsonWriter;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Suggestion;
import io.perilune.scripting.Value;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tokens: made, listed, revoked. A secret is in the answer to its making and nowhere else. */
final class Tokens {
    private static final Set<String> FIELDS = Set.of("name", "scopes", "ttl_ms");
    private static final String EXAMPLE = "{\"name\": \"till\", \"scopes\": [\"call:bank/pay\", \"read:bank\"]}";

    private final Engine engine;
    private final ApiOptions.Bounds bounds;
    private final SecureRandom chance = new SecureRandom();

    Tokens(Engine engine, ApiOptions.Bounds bounds) {
        this.engine = engine;
        this.bounds = bounds;
    }

    CompletionStage<Answer> list(Ask ask) {
        return engine.read(ask.parameters().readOptions(bounds))
                .thenApplyAsync(
                        read -> list(Reads.view(read).tokens(), Reads.view(read).index()), ask.io());
    }

    private static Answer list(List<Token> tokens, long index) {
        var json = new JsonWriter().beginObject().name("items").beginArray();
        for (var token : tokens) {
            json.beginObject();
            write(json, token).endObject();
        }
        return Answer.ok(json.endArray().field("index", index).endObject());
    }

    private static JsonWriter write(JsonWriter json, Token token) {
        json.field("name", token.name()).name("scopes").beginArray();
        token.scopes().forEach(scope -> json.text(scope.toString()));
        json.endArray().field("created", token.created());
        return token.expiry() == Long.MAX_VALUE ? json : json.field("expires", token.expiry());
    }

    CompletionStage<Answer> create(Ask ask) {
        var fields = fields(ask.json());
        var name = Names.token(text(fields.get("name"), "\"name\" is a text"));
        var secret = Secret.draw(name, chance);
        var request = new Request.CreateToken(name, secret.hash(), scopes(fields.get("scopes")), ttl(fields));
        return engine.submit(request, ask.parameters().timeoutMillis(bounds))
                .thenApplyAsync(reply -> created(reply, secret, ask), ask.io());
    }

    private static Answer created(Reply reply, Secret secret, Ask ask) {
        if (!(reply instanceof Reply.TokenCreated created)) {
            return Replies.answer(reply, "", ask.caller());
        }
        var json = new JsonWriter().beginObject();
        write(json, created.token()).field("index", created.index());
        return Answer.json(201, json.field("token", secret.reveal()).endObject())
                .with("Cache-Control", "no-store");
    }

    private static Map<String, Value> fields(Value body) {
        if (!(body instanceof Value.Obj object)) {
            throw bad("the body is an object, as in " + EXAMPLE);
        }
        for (var field : object.fields().keySet()) {
            if (!FIELDS.contains(field.toString())) {
                throw Problem.of(
                                Kind.BAD_BODY,
                                "a token has " + String.join(", ", new TreeSet<>(FIELDS)) + ", not \""
                                        + Names.shown(field.toString()) + "\"")
                        .suggesting(Suggestion.nearest(field.toString(), new TreeSet<>(FIELDS)))
                        .thrown();
            }
        }
        return object.fields().entrySet().stream()
                .collect(Collectors.toMap(field -> field.getKey().toString(), Map.Entry::getValue));
    }

    private static Bytes text(@Nullable Value value, String rule) {
        if (value instanceof Value.Str text) {
            return text.value();
        }
        throw bad(rule + ", as in " + EXAMPLE);
    }

    private static List<Scope> scopes(@Nullable Value value) {
        if (!(value instanceof Value.Arr array)
                || array.items().isEmpty()
                || array.items().size() > Token.SCOPES_MAX) {
            throw bad("\"scopes\" is an array of 1.." + Token.SCOPES_MAX + " texts, as in " + EXAMPLE);
        }
        var scopes = new ArrayList<Scope>();
        for (var item : array.items()) {
            try {
                scopes.add(Scope.parse(text(item, "a scope is a text").toString()));
            } catch (IllegalArgumentException none) {
                throw bad(String.valueOf(none.getMessage()));
            }
        }
        return scopes;
    }

    private static long ttl(Map<String, Value> fields) {
        var value = fields.get("ttl_ms");
        if (value == null || value instanceof Value.Null) {
            return 0;
        }
        if (value instanceof Value.Num number
                && number.value() >= 1
                && number.value() <= Request.TOKEN_TTL_MAX_MILLIS
                && number.value() == Math.rint(number.value())) {
            return (long) number.value();
        }
        throw bad("\"ttl_ms\" is a whole number within 1.." + Request.TOKEN_TTL_MAX_MILLIS + ", or left out");
    }

    private static Problem.Thrown bad(String detail) {
        return Problem.of(Kind.BAD_BODY, detail).thrown();
    }

    CompletionStage<Answer> revoke(Ask ask) {
        var name = Names.token(ask.variables().get(0));
        return engine.submit(new Request.RevokeToken(name), ask.parameters().timeoutMillis(bounds))
                .thenApplyAsync(reply -> Replies.answer(reply, "", ask.caller()), ask.io());
    }
}

package io.perilune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.perilune.client.Api;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "token",
        description = "Tokens: who may do what.",
        subcommands = {TokenCommand.Create.class, TokenCommand.ListAll.class, TokenCommand.Revoke.class})
final class TokenCommand {
    @Command(
            name = "create",
            description = {
                "Create a token and print its secret, this once.",
                "From the first one on everybody needs one; so that has the scope admin, and no --ttl."
            })
    @SuppressWarnings("NullAway.Init") // picocli fills the fields
    static final class Create implements Callable<Integer> {
        @Mixin
        private NodeOption node;

        @Parameters(index = "0", paramLabel = "NAME")
        private String name;

        @Option(
                names = "--scope",
                required = true,
                split = ",",
                paramLabel = "SCOPE",
                description =
                        "admin, metrics, deploy:M, read:M or call:M/NAME, with * for any characters; may be repeated.")
        private List<String> scopes;

        @Option(names = "--ttl", paramLabel = "DURATION", description = "As in 90m, 12h or 30d (default: for ever).")
        private @Nullable String ttl;

        @Override
        public Integer call() throws Exception {
            var body = Api.JSON.createObjectNode().put("name", name);
            scopes.forEach(body.putArray("scopes")::add);
            if (ttl != null) {
                body.put("ttl_ms", millis(ttl));
            }
            return node.print(node.api().post("/v1/tokens", body.toString()), "token");
        }

        private static long millis(String text) throws java.io.IOException {
            try {
                var number = Long.parseLong(text.substring(0, text.length() - 1));
                return switch (text.charAt(text.length() - 1)) {
                    case 's' -> Duration.ofSeconds(number).toMillis();
                    case 'm' -> Duration.ofMinutes(number).toMillis();
                    case 'h' -> Duration.ofHours(number).toMillis();
                    case 'd' -> Duration.ofDays(number).toMillis();
                    default -> throw new NumberFormatException(text);
                };
            } catch (NumberFormatException | ArithmeticException | StringIndexOutOfBoundsException wrong) {
                throw new java.io.IOException("--ttl is a number of s, m, h or d, as in 30d; not " + text);
            }
        }
    }

    @Command(name = "list", description = "List the tokens, without their secrets.")
    @SuppressWarnings("NullAway.Init") // picocli fills the fields
    static final class ListAll implements Callable<Integer> {
        private static final List<String> COLUMNS = List.of("NAME", "SCOPES", "CREATED", "EXPIRES");

        @Mixin
        private NodeOption node;

        @Override
        public Integer call() throws Exception {
            return node.print(node.api().get("/v1/tokens"), ListAll::table);
        }

        private static String table(JsonNode tokens) {
            var rows = new ArrayList<List<String>>();
            rows.add(COLUMNS);
            for (var token : tokens.path("items")) {
                var scopes = new ArrayList<String>();
                token.path("scopes").forEach(scope -> scopes.add(scope.asText()));
                rows.add(List.of(
                        token.path("name").asText(),
                        String.join(",", scopes),
                        time(token.path("created")),
                        token.has("expires") ? time(token.path("expires")) : "never"));
            }
            return Columns.aligned(rows);
        }

        private static String time(JsonNode millis) {
            return Instant.ofEpochMilli(millis.asLong()).toString();
        }
    }

    @Command(name = "revoke", description = "Revoke a token.")
    @SuppressWarnings("NullAway.Init") // picocli fills the fields
    static final class Revoke implements Callable<Integer> {
        @Mixin
        private NodeOption node;

        @Parameters(index = "0", paramLabel = "NAME")
        private String name;

        @Override
        public Integer call() throws Exception {
            return node.print(
                    node.api().delete("/v1/tokens/" + Api.escape(name)),
                    revoked -> "revoked " + revoked.path("name").asText());
        }
    }
}

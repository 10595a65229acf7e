package io.perilune.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The HTTP API of one node, as the command line uses it. Safe for use by several threads; calls wait. */
public final class Api {
    public static final ObjectMapper JSON = new ObjectMapper();

    /** A node answers within its own limit of ten seconds; past that it is not there. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

    private final HttpClient client;
    private final String url;
    private final Duration answerTimeout;
    private final @Nullable String token;

    public Api(String url) {
        this(url, Credentials.NONE);
    }

    public Api(String url, Credentials credentials) {
        this(credentials.http(), url, ANSWER_TIMEOUT, credentials.token());
    }

    /**
     * @param answerTimeout how long a call waits before it fails with {@link java.net.http.HttpTimeoutException}
     * @param token to be shown, or null
     */
    public Api(HttpClient client, String url, Duration answerTimeout, @Nullable String token) {
        this.client = client;
        this.answerTimeout = answerTimeout;
        this.url = normal(url);
        this.token = token;
    }

    /** With a scheme, and without a slash at the end. */
    static String normal(String url) {
        var whole = url.contains("://") ? url : "http://" + url;
        return whole.endsWith("/") ? whole.substring(0, whole.length() - 1) : whole;
    }

    /** @param body null where there was none; text that is not JSON comes as a JSON string */
    public record Answer(
            int status, JsonNode body, @Nullable HttpResponse<String> response) {
        public boolean succeeded() {
            return status / 100 == 2;
        }

        public String header(String name) {
            return response == null ? "" : response.headers().firstValue(name).orElse("");
        }
    }

    public String url() {
        return url;
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET().build());
    }

    public Answer post(String path, String json, String... headers) throws IOException, InterruptedException {
        var request = request(path).POST(BodyPublishers.ofString(json)).header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return send(request.build());
    }

    public Answer put(String path, String type, byte[] body, String... headers)
            throws IOException, InterruptedException {
        var request = request(path).PUT(BodyPublishers.ofByteArray(body)).header("Content-Type", type);
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return send(request.build());
    }

    /** Commands as lines; the answer's body is their answers' lines as a JSON string. */
    public Answer stream(String path, byte[] lines, String... headers) throws IOException, InterruptedException {
        var request =
                begun(path).POST(BodyPublishers.ofByteArray(lines)).header("Content-Type", "application/x-ndjson");
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        var body = response.statusCode() == 200
                ? JsonNodeFactory.instance.textNode(response.body())
                : parse(response.body());
        return new Answer(response.statusCode(), body, response);
    }

    public Answer delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE().build());
    }

    /** A stream of lines, which takes as long as it takes. */
    public record Lines(BufferedReader reader) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    /** There was a problem instead of a stream. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;
        private final transient Answer answer;

        Refused(Answer answer) {
            super("refused with status " + answer.status());
            this.answer = answer;
        }

        public Answer answer() {
            return answer;
        }
    }

    /** @throws Refused if the node answers with anything but success */
    public Lines lines(String path) throws IOException, InterruptedException {
        var response = client.send(begun(path).GET().build(), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() / 100 == 2) {
            return new Lines(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
        }
        try (var body = response.body()) {
            throw new Refused(new Answer(
                    response.statusCode(), parse(new String(body.readAllBytes(), StandardCharsets.UTF_8)), null));
        }
    }

    /**
     * A body of any size, as it comes.
     *
     * @param length of it, or -1
     */
    public record Download(HttpResponse<InputStream> response, long length) implements AutoCloseable {
        public int status() {
            return response.statusCode();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public InputStream body() {
            return response.body();
        }

        @Override
        public void close() throws IOException {
            response.body().close();
        }
    }

    /** @throws Refused if the node answers with anything but success */
    public Download download(String path, String... headers) throws IOException, InterruptedException {
        var request = begun(path).GET();
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        var response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() / 100 == 2) {
            return new Download(
                    response,
                    response.headers().firstValueAsLong("Content-Length").orElse(-1));
        }
        try (var body = response.body()) {
            throw new Refused(new Answer(
                    response.statusCode(), parse(new String(body.readAllBytes(), StandardCharsets.UTF_8)), null));
        }
    }

    /** Where the bytes of an upload come from. */
    public interface Source {
        InputStream open() throws IOException;
    }

    /** PUTs a body of any size, which takes as long as it takes. */
    public Answer upload(String path, long length, Source source) throws IOException, InterruptedException {
        var body = BodyPublishers.ofInputStream(() -> {
            try {
                return source.open();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        });
        var request = begun(path)
                .PUT(BodyPublishers.fromPublisher(body, length))
                .header("Content-Type", "application/octet-stream");
        return send(request.build());
    }

    /** For a path segment or a parameter. */
    public static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpRequest.Builder request(String path) {
        return begun(path).timeout(answerTimeout);
    }

    private HttpRequest.Builder begun(String path) {
        var request = HttpRequest.newBuilder(URI.create(url + path));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private Answer send(HttpRequest request) throws IOException, InterruptedException {
        var response = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), parse(response.body()), response);
    }

    static JsonNode parse(String body) {
        try {
            return body.isEmpty() ? JsonNodeFactory.instance.missingNode() : JSON.readTree(body);
        } catch (JsonProcessingException plainText) {
            return JsonNodeFactory.instance.textNode(body);
        }
    }
}

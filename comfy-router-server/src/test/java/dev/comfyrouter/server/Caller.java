package dev.comfyrouter.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/// A caller of a router under test, with the operator's credentials.
public final class Caller implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;
    private final String login;

    Caller(int port) {
        this(port, "admin");
    }

    public Caller(int port, String password) {
        this.port = port;
        this.login =
                "Basic " + Base64.getEncoder().encodeToString(("admin:" + password).getBytes(StandardCharsets.UTF_8));
    }

    /// What the router answered.
    public record Answer(int status, JsonNode body) {}

    public JsonNode post(String path, String body) throws IOException, InterruptedException {
        return json(request(path).POST(BodyPublishers.ofString(body)));
    }

    /// The same request under the same key gives the same task.
    Answer post(String path, String body, String idempotencyKey) throws IOException, InterruptedException {
        return answer(request(path).header("Idempotency-Key", idempotencyKey).POST(BodyPublishers.ofString(body)));
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return json(request(path).GET());
    }

    public JsonNode delete(String path) throws IOException, InterruptedException {
        return json(request(path).DELETE());
    }

    /// Any request; without a body when that is empty.
    Answer call(String method, String path, String body) throws IOException, InterruptedException {
        return answer(request(path).method(method, BodyPublishers.ofString(body)));
    }

    /// An answer that does not end.
    InputStream stream(String path) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), BodyHandlers.ofInputStream())
                .body();
    }

    public byte[] bytes(String path) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), BodyHandlers.ofByteArray())
                .body();
    }

    /// The value of a header of an answer; empty when it has none.
    String header(String path, String name) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), BodyHandlers.discarding())
                .headers()
                .firstValue(name)
                .orElse("");
    }

    /// Submits and gives the task as it is after it has ended, or after 30 s.
    public JsonNode run(String body) throws IOException, InterruptedException {
        return post("/workflow?wait=30", body);
    }

    /// Any request, with all that is answered.
    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    Answer answer(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
        return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }

    private JsonNode json(HttpRequest.Builder request) throws IOException, InterruptedException {
        return answer(request).body();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .header("Authorization", login);
    }

    @Override
    public void close() {
        http.close();
    }
}

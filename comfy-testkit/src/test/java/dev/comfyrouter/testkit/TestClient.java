package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A plain client of the JDK, so that the fake is not tested against itself.
final class TestClient implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final URI base;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TestClient(FakeComfyServer server) {
        this.base = server.url();
    }

    HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    CompletableFuture<byte[]> getAsync(String path) {
        return http.sendAsync(request(path).GET().build(), HttpResponse.BodyHandlers.ofByteArray())
                .thenApply(HttpResponse::body);
    }

    HttpResponse<byte[]> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(path)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .header("Content-Type", "application/json")
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        return json(get(path));
    }

    static JsonNode json(HttpResponse<byte[]> response) throws JsonProcessingException {
        return Json.read(response.body());
    }

    /// Submits a picture of 64 by 64 by the usual graph.
    HttpResponse<byte[]> submit(String promptId, String clientId, long seed) throws IOException, InterruptedException {
        return submit(promptId, clientId, seed, Graphs.textToImage("a cat", seed, 3));
    }

    HttpResponse<byte[]> submit(String promptId, String clientId, long seed, ObjectNode prompt)
            throws IOException, InterruptedException {
        ObjectNode body = Json.object();
        body.set("prompt", prompt);
        if (!promptId.isEmpty()) {
            body.put("prompt_id", promptId);
        }
        if (!clientId.isEmpty()) {
            body.put("client_id", clientId);
        }
        return post("/prompt", Json.write(body));
    }

    void upload(String name, byte[] picture) throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"" + name
                        + "\"\r\nContent-Type: image/png\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(picture);
        body.writeBytes("\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8));
        HttpResponse<byte[]> answer = sendRaw(
                "POST", "/upload/image", Map.of("Content-Type", "multipart/form-data; boundary=b"), body.toByteArray());
        if (answer.statusCode() != 200) {
            throw new AssertionError("upload answered with " + answer.statusCode());
        }
    }

    TestSocket open(String clientId) throws IOException {
        return openPath("/ws?clientId=" + clientId);
    }

    TestSocket openPath(String path) throws IOException {
        return TestSocket.open(base, path);
    }

    /// Sends any method and body; the path may hold what has to be encoded.
    HttpResponse<byte[]> sendRaw(String method, String path, Map<String, String> headers, byte[] body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + encoded(path)))
                .timeout(PATIENCE)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return send(request.build());
    }

    private static String encoded(String path) {
        StringBuilder encoded = new StringBuilder();
        // A per cent sign that starts no escape stands for itself.
        String escaped = path.replaceAll("%(?![0-9A-Fa-f]{2})", "%25");
        for (byte b : escaped.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(
                    b < 0 || b == '[' || b == ']' ? String.format(Locale.ROOT, "%%%02X", b & 0xFF) : "" + (char) b);
        }
        return encoded.toString();
    }

    /// The JDK reads headers as Latin-1; ComfyUI sends UTF-8.
    static String utf8(String header) {
        return new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}

package dev.comfyrouter.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.server.RouterServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/// The router beside your own Helidon server, in one process: your routes are public, the router is not.
///
/// You learn how a service of your own uses the router behind it: it has its own port and its own rules, and the
/// router listens on loopback only, with a password that nobody but this program knows. `GET /postcard?text=…`
/// answers with the picture.
///
/// ```
/// examples/run HelidonWithRouter data http://gpu-1:8188
/// ```
public final class HelidonWithRouter implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LOGIN = "Basic "
            + Base64.getEncoder().encodeToString("admin:only-this-program-knows-it".getBytes(StandardCharsets.UTF_8));

    private final HttpClient http = HttpClient.newHttpClient();
    private final RouterServer router;
    private final WebServer server;

    HelidonWithRouter(Path home, String nodes) throws IOException, InterruptedException {
        router = EmbeddedRouter.start(home, nodes);
        server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .routing(routes -> routes.get("/postcard", this::postcard))
                .build()
                .start();
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (var own = new HelidonWithRouter(Path.of(arguments[0]).toAbsolutePath(), arguments[1])) {
            System.out.println("Try " + own.url().resolve("/postcard?text=a+lighthouse"));
            System.out.println("Press Enter to stop.");
            System.in.read();
        }
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    private void postcard(ServerRequest request, ServerResponse response) throws IOException, InterruptedException {
        String text = request.query().first("text").orElse("greetings");
        var wish = Map.of("type", "SD15", "params", Map.of("prompt", text, "checkpoint", "v1-5.safetensors"));
        JsonNode task = JSON.readTree(http.send(
                        router("/workflow?wait=300")
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(wish)))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body());
        if (!task.path("status").asText().equals("done")) {
            response.status(Status.SERVICE_UNAVAILABLE_503).send("no postcard now: " + task.at("/error/message"));
            return;
        }
        byte[] picture = http.send(router(task.at("/images/0/url").asText()).build(), BodyHandlers.ofByteArray())
                .body();
        response.header(HeaderNames.CONTENT_TYPE, "image/png").send(picture);
    }

    private HttpRequest.Builder router(String path) {
        return HttpRequest.newBuilder(router.url().resolve(path))
                .timeout(Duration.ofMinutes(6))
                .header("Authorization", LOGIN);
    }

    /// The own door first, then the router behind it.
    @Override
    public void close() {
        server.stop();
        router.close();
        http.close();
    }
}

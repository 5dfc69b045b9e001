package dev.comfyrouter.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/// A caller of the router in Java, with nothing but the JDK's HTTP client and a JSON parser.
///
/// You learn the three requests of every caller: submit (with an idempotency key, so that a repetition after a lost
/// answer starts nothing twice), follow the events to the end, fetch the picture. The same in curl, Python and
/// JavaScript is in `examples/scripts`.
///
/// ```
/// examples/run CallRouter http://localhost:8080 admin:admin "a lighthouse in a storm" lighthouse.png
/// ```
public final class CallRouter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http;
    private final URI router;
    private final String login;

    CallRouter(HttpClient http, URI router, String login) {
        this.http = http;
        this.router = router;
        this.login = "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            var caller = new CallRouter(http, URI.create(arguments[0]), arguments[1]);
            JsonNode task = caller.run(Map.of(
                    "type", "SDXL", "params", Map.of("prompt", arguments[2], "checkpoint", "sdxl-base.safetensors")));
            if (!task.path("status").asText().equals("done")) {
                throw new IOException("it ended as " + task.path("status") + ": " + task.at("/error/message"));
            }
            caller.save(task.at("/images/0/url").asText(), Path.of(arguments[3]));
            System.out.println(arguments[3]);
        }
    }

    private JsonNode run(Map<String, Object> request) throws IOException, InterruptedException {
        JsonNode accepted = json(to("/workflow")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(request)))
                .build());
        String task = accepted.path("url").asText();
        follow(task + "/events");
        return json(to(task).build());
    }

    /// Prints the progress; the stream ends with the task.
    private void follow(String events) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer = http.send(to(events).build(), BodyHandlers.ofLines());
        try (Stream<String> lines = answer.body()) {
            for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                String line = each.next();
                if (line.startsWith("data:")) {
                    JsonNode data = JSON.readTree(line.substring(5));
                    if (data.hasNonNull("progress")) {
                        System.out.printf(
                                "%3.0f %%%n", 100 * data.path("progress").asDouble());
                    } else if (data.has("status")) {
                        System.out.println(data.path("status").asText());
                    }
                }
            }
        }
    }

    private JsonNode json(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() >= 400) {
            throw new IOException("the router answered " + answer.statusCode() + ": "
                    + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return JSON.readTree(answer.body());
    }

    private void save(String picture, Path file) throws IOException, InterruptedException {
        int status = http.send(to(picture).build(), BodyHandlers.ofFile(file)).statusCode();
        if (status != 200) {
            throw new IOException("the router answered " + status + " for " + picture);
        }
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(router.resolve(path))
                .timeout(Duration.ofMinutes(10))
                .header("Authorization", login);
    }
}

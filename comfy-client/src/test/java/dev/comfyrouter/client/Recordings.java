package dev.comfyrouter.client;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;

/// Recorded conversations with real ComfyUI servers, which lie outside of the project.
final class Recordings {
    /// One line of a conversation.
    record Line(String scenario, JsonNode json) {
        boolean is(String channel, String direction) {
            return json.path("ch").asText().equals(channel)
                    && json.path("dir").asText().equals(direction);
        }
    }

    /// A request and its answer.
    record Exchange(String scenario, JsonNode request, JsonNode answer) {
        String route() {
            String path = request.path("path").asText();
            int query = path.indexOf('?');
            return request.path("method").asText() + " " + (query < 0 ? path : path.substring(0, query));
        }

        int status() {
            return answer.path("status").asInt();
        }

        /// Whether the whole body was kept.
        boolean hasBody() {
            return answer.has("body") || answer.has("bodyRaw") || answer.has("bodyBase64");
        }

        byte[] body() throws IOException {
            if (answer.has("bodyBase64")) {
                return answer.path("bodyBase64").binaryValue();
            }
            JsonNode body = answer.path(answer.has("bodyRaw") ? "bodyRaw" : "body");
            boolean json = answer.path("contentType").asText().startsWith("application/json") && !answer.has("bodyRaw");
            String text = json && !isEmpty(body) ? body.toString() : body.asText();
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private static boolean isEmpty(JsonNode body) {
            return body.isTextual() && body.textValue().isEmpty();
        }

        @Override
        public String toString() {
            return scenario + " " + route() + " → " + status();
        }
    }

    private Recordings() {}

    static Path directory(String version) {
        String root = System.getProperty("comfyrouter.recordings", "");
        Path directory = Path.of(root, version);
        assumeTrue(
                !root.isEmpty() && Files.isDirectory(directory),
                "no recordings of ComfyUI " + version + " here: set -Dcomfyrouter.recordings to their directory");
        return directory;
    }

    static List<Line> lines(String version) throws IOException {
        var lines = new ArrayList<Line>();
        try (var files = Files.list(directory(version))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList()) {
                for (String line : Files.readAllLines(file)) {
                    lines.add(new Line(file.getFileName().toString(), Json.read(line)));
                }
            }
        }
        return lines;
    }

    static List<Exchange> exchanges(String version) throws IOException {
        var exchanges = new ArrayList<Exchange>();
        var requests = new HashMap<String, JsonNode>();
        for (Line line : lines(version)) {
            String key = line.scenario() + line.json().path("id");
            if (line.is("http", "req")) {
                requests.put(key, line.json());
            } else if (line.is("http", "res") && line.json().has("status")) {
                exchanges.add(new Exchange(line.scenario(), Objects.requireNonNull(requests.get(key)), line.json()));
            }
        }
        return exchanges;
    }
}

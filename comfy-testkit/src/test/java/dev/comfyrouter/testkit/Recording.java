package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// One recorded conversation with a real server: its lines in the order in which the client saw them.
record Recording(String version, String scenario, List<JsonNode> lines) {

    /// The directory of all recordings; a test without them is skipped.
    static Path directory() {
        Optional<Path> directory = Optional.ofNullable(System.getProperty("comfyrouter.recordings"))
                .map(Path::of)
                .filter(Files::isDirectory);
        Assumptions.assumeTrue(
                directory.isPresent(),
                "recordings of real servers are not here; -Dcomfyrouter.recordings names their directory");
        return directory.orElseThrow();
    }

    static Recording read(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(Json.read(line.getBytes(StandardCharsets.UTF_8)));
        }
        String name = String.valueOf(file.getFileName());
        return new Recording(String.valueOf(file.getName(file.getNameCount() - 2)), name.replace(".jsonl", ""), lines);
    }

    static boolean isHttp(JsonNode line, String direction) {
        return line.path("ch").asText().equals("http")
                && line.path("dir").asText().equals(direction);
    }

    static boolean isSocket(JsonNode line, String direction) {
        return line.path("ch").asText().equals("ws")
                && line.path("dir").asText().equals(direction);
    }

    static double time(JsonNode line) {
        return line.path("t").asDouble();
    }

    /// The JSON of a frame, also of one that is not strict.
    static JsonNode frame(JsonNode line) throws JsonProcessingException {
        return line.has("raw")
                ? Json.read(line.path("raw").asText().getBytes(StandardCharsets.UTF_8))
                : line.path("text");
    }
}

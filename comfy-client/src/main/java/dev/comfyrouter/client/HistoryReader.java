package dev.comfyrouter.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads `/history`. The prompts inside, which can be hundreds of megabytes, are passed over.
final class HistoryReader {
    /// Its names are prompt ids: each would be a new one in the table of names that Jackson keeps, and copies.
    private static final JsonFactory FACTORY = Json.FACTORY
            .rebuild()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private HistoryReader() {}

    /// Entries by prompt id, oldest first.
    static Map<PromptId, HistoryEntry> read(byte[] json) throws IOException {
        var entries = new LinkedHashMap<PromptId, HistoryEntry>();
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a history is an object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var id = new PromptId(parser.currentName());
                if (parser.nextToken() == JsonToken.START_OBJECT) {
                    entries.put(id, entry(id, parser));
                } else {
                    parser.skipChildren();
                }
            }
        }
        return entries;
    }

    private static HistoryEntry entry(PromptId id, JsonParser parser) throws IOException {
        JsonNode outputs = MissingNode.getInstance();
        JsonNode status = MissingNode.getInstance();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            parser.nextToken();
            switch (member) {
                case "outputs" -> outputs = Json.readValue(parser);
                case "status" -> status = Json.readValue(parser);
                default -> parser.skipChildren();
            }
        }
        return entry(id, outputs, status);
    }

    private static HistoryEntry entry(PromptId id, JsonNode outputs, JsonNode status) {
        var messages = new LinkedHashMap<String, JsonNode>();
        status.path("messages").forEach(message -> messages.put(message.path(0).asText(), message.path(1)));

        var results = new ArrayList<Outputs>();
        outputs.properties().forEach(node -> results.add(OutputReader.read(node.getKey(), node.getValue())));

        Outcome outcome = outcome(messages, status);
        Optional<ExecutionError> error =
                Optional.ofNullable(messages.get("execution_error")).map(ErrorReader::read);
        return new HistoryEntry(
                id,
                outcome,
                Outputs.concat(results),
                outcome == Outcome.ERROR ? error : Optional.empty(),
                Json.texts(messages.getOrDefault("execution_cached", MissingNode.getInstance())
                        .path("nodes")),
                time(messages, "execution_start"),
                time(messages, "execution_success", "execution_error", "execution_interrupted"));
    }

    /// The messages are right when they disagree with `status_str`, which also calls an interrupt an error.
    private static Outcome outcome(Map<String, JsonNode> messages, JsonNode status) {
        if (messages.containsKey("execution_interrupted")) {
            return Outcome.INTERRUPTED;
        }
        if (messages.containsKey("execution_error")) {
            return Outcome.ERROR;
        }
        boolean success = messages.containsKey("execution_success")
                || !Json.textOrEmpty(status, "status_str").equals("error");
        return success ? Outcome.SUCCESS : Outcome.ERROR;
    }

    private static Optional<Instant> time(Map<String, JsonNode> messages, String... names) {
        return List.of(names).stream()
                .map(name ->
                        messages.getOrDefault(name, MissingNode.getInstance()).path("timestamp"))
                .filter(JsonNode::isNumber)
                .map(timestamp -> Instant.ofEpochMilli(timestamp.asLong()))
                .findFirst();
    }
}

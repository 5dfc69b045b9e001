package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads the text messages of the event stream.
final class EventDecoder {
    private static final int SHOWN = 200;

    private EventDecoder() {}

    static ComfyEvent decode(String text) {
        JsonNode message;
        try {
            message = Json.read(text);
        } catch (IOException notJson) {
            return new ComfyEvent.Malformed("not JSON: " + text.substring(0, Math.min(text.length(), SHOWN)));
        }
        String type = Json.textOrEmpty(message, "type");
        return known(type, message.path("data")).orElseGet(() -> new ComfyEvent.Unknown(type, text));
    }

    private static Optional<ComfyEvent> known(String type, JsonNode data) {
        return switch (type) {
            case "status" -> status(data);
            case "feature_flags" -> Optional.of(new ComfyEvent.FeatureFlags(features(data)));
            case "executing" -> executing(data);
            case "execution_start" -> promptId(data).map(id -> new ComfyEvent.ExecutionStart(id, at(data)));
            case "execution_cached" ->
                promptId(data).map(id -> new ComfyEvent.Cached(id, Json.texts(data.path("nodes")), at(data)));
            case "progress" -> progress(data);
            case "progress_state" -> progressState(data);
            case "executed" -> executed(data);
            case "execution_success" -> promptId(data).map(id -> new ComfyEvent.Succeeded(id, at(data)));
            case "execution_error" -> promptId(data).map(id -> failed(id, data));
            case "execution_interrupted" -> promptId(data).map(id -> interrupted(id, data));
            default -> Optional.empty();
        };
    }

    private static Optional<ComfyEvent> status(JsonNode data) {
        JsonNode remaining = data.path("status").path("exec_info").path("queue_remaining");
        return remaining.isIntegralNumber()
                ? Optional.of(new ComfyEvent.QueueStatus(remaining.asInt(), Json.text(data, "sid")))
                : Optional.empty();
    }

    static Features features(JsonNode data) {
        JsonNode upload = data.path("max_upload_size");
        return new Features(
                data.path("supports_preview_metadata").asBoolean(false),
                upload.isIntegralNumber() ? OptionalLong.of(upload.asLong()) : OptionalLong.empty(),
                data.toString());
    }

    private static Optional<ComfyEvent> executing(JsonNode data) {
        return data.has("node")
                ? Optional.of(new ComfyEvent.Executing(
                        promptId(data), Json.text(data, "node"), Json.text(data, "display_node")))
                : Optional.empty();
    }

    private static Optional<ComfyEvent> progress(JsonNode data) {
        return promptId(data)
                .flatMap(id -> Json.text(data, "node")
                        .map(node -> new ComfyEvent.Progress(
                                id,
                                node,
                                data.path("value").asDouble(),
                                data.path("max").asDouble())));
    }

    private static Optional<ComfyEvent> progressState(JsonNode data) {
        if (!data.path("nodes").isObject()) {
            return Optional.empty();
        }
        var nodes = new LinkedHashMap<String, ComfyEvent.NodeProgress>();
        data.path("nodes").properties().forEach(entry -> {
            JsonNode node = entry.getValue();
            nodes.put(
                    entry.getKey(),
                    new ComfyEvent.NodeProgress(
                            node.path("value").asDouble(),
                            node.path("max").asDouble(),
                            Json.textOrEmpty(node, "state"),
                            Json.text(node, "display_node_id"),
                            Json.text(node, "parent_node_id"),
                            Json.text(node, "real_node_id")));
        });
        return promptId(data).map(id -> new ComfyEvent.ProgressState(id, nodes));
    }

    private static Optional<ComfyEvent> executed(JsonNode data) {
        return promptId(data)
                .flatMap(id -> Json.text(data, "node")
                        .map(node -> new ComfyEvent.Executed(
                                id,
                                node,
                                Json.text(data, "display_node"),
                                OutputReader.read(node, data.path("output")))));
    }

    private static ComfyEvent failed(PromptId id, JsonNode data) {
        ExecutionError error = ErrorReader.read(data);
        return error.blockedOnly() ? new ComfyEvent.Blocked(id, error) : new ComfyEvent.Failed(id, error, at(data));
    }

    private static ComfyEvent interrupted(PromptId id, JsonNode data) {
        return new ComfyEvent.Interrupted(
                id,
                Json.text(data, "node_id"),
                Json.textOrEmpty(data, "node_type"),
                Json.texts(data.path("executed")),
                at(data));
    }

    static Optional<PromptId> promptId(JsonNode data) {
        return Json.text(data, "prompt_id").filter(id -> !id.isEmpty()).map(PromptId::new);
    }

    private static Optional<Instant> at(JsonNode data) {
        JsonNode timestamp = data.path("timestamp");
        return timestamp.isNumber() ? Optional.of(Instant.ofEpochMilli(timestamp.asLong())) : Optional.empty();
    }
}

package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Writes events back as the messages they came from, so that nothing can get lost unseen on the way in.
final class EventEncoder {
    private EventEncoder() {}

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static JsonNode encode(ComfyEvent event) {
        ObjectNode data = object();
        String type = switch (event) {
            case ComfyEvent.QueueStatus(int remaining, Optional<String> clientId) -> {
                data.putObject("status").putObject("exec_info").put("queue_remaining", remaining);
                clientId.ifPresent(sid -> data.put("sid", sid));
                yield "status";
            }
            case ComfyEvent.FeatureFlags(Features features) -> {
                data.setAll((ObjectNode) read(features.json()));
                yield "feature_flags";
            }
            case ComfyEvent.ExecutionStart(PromptId id, Optional<Instant> at) -> {
                head(data, id, at);
                yield "execution_start";
            }
            case ComfyEvent.Cached(PromptId id, List<String> nodes, Optional<Instant> at) -> {
                head(data, id, at);
                texts(data, "nodes", nodes);
                yield "execution_cached";
            }
            case ComfyEvent.Executing(var id, Optional<String> node, Optional<String> display) -> {
                data.put("node", node.orElse(null));
                display.ifPresent(shown -> data.put("display_node", shown));
                id.ifPresent(prompt -> data.put("prompt_id", prompt.value()));
                yield "executing";
            }
            case ComfyEvent.Progress(PromptId id, String node, double value, double max) -> {
                head(data, id, Optional.empty());
                data.put("node", node).put("value", value).put("max", max);
                yield "progress";
            }
            case ComfyEvent.ProgressState state -> {
                head(data, state.promptId(), Optional.empty());
                ObjectNode nodes = data.putObject("nodes");
                state.nodes().forEach((id, node) -> nodes.set(id, progress(state.promptId(), id, node)));
                yield "progress_state";
            }
            case ComfyEvent.Executed(PromptId id, String node, Optional<String> display, Outputs output) -> {
                head(data, id, Optional.empty());
                data.put("node", node).put("display_node", display.orElse(null));
                data.set("output", outputs(output));
                yield "executed";
            }
            case ComfyEvent.Succeeded(PromptId id, Optional<Instant> at) -> {
                head(data, id, at);
                yield "execution_success";
            }
            case ComfyEvent.Failed(PromptId id, ExecutionError error, Optional<Instant> at) -> {
                head(data, id, at);
                error(data, error);
                yield "execution_error";
            }
            case ComfyEvent.Blocked(PromptId id, ExecutionError error) -> {
                head(data, id, Optional.empty());
                error(data, error);
                yield "execution_error";
            }
            case ComfyEvent.Interrupted interrupted -> {
                head(data, interrupted.promptId(), interrupted.at());
                data.put("node_id", interrupted.node().orElse(null));
                data.put("node_type", interrupted.nodeType());
                texts(data, "executed", interrupted.executed());
                yield "execution_interrupted";
            }
            case ComfyEvent.Preview ignored -> throw new AssertionError("not a text message");
            case ComfyEvent.Text ignored -> throw new AssertionError("not a text message");
            case ComfyEvent.UnknownFrame ignored -> throw new AssertionError("not a text message");
            case ComfyEvent.Unknown unknown -> throw new AssertionError(unknown);
            case ComfyEvent.Malformed malformed -> throw new AssertionError(malformed);
        };
        ObjectNode message = object().put("type", type);
        message.set("data", data);
        return message;
    }

    private static void head(ObjectNode data, PromptId id, Optional<Instant> at) {
        data.put("prompt_id", id.value());
        at.ifPresent(time -> data.put("timestamp", time.toEpochMilli()));
    }

    private static void texts(ObjectNode data, String member, List<String> texts) {
        var array = data.putArray(member);
        texts.forEach(array::add);
    }

    private static ObjectNode progress(PromptId prompt, String id, ComfyEvent.NodeProgress node) {
        ObjectNode json =
                object().put("value", node.value()).put("max", node.max()).put("state", node.state());
        json.put("node_id", id).put("prompt_id", prompt.value());
        json.put("display_node_id", node.displayNode().orElse(null));
        json.put("parent_node_id", node.parentNode().orElse(null));
        json.put("real_node_id", node.realNode().orElse(null));
        return json;
    }

    private static void error(ObjectNode data, ExecutionError error) {
        data.put("node_id", error.nodeId()).put("node_type", error.nodeType());
        data.put("exception_type", error.exceptionType()).put("exception_message", error.message());
        texts(data, "traceback", error.traceback());
        texts(data, "executed", error.executed());
        ObjectNode inputs = data.putObject("current_inputs");
        error.inputs().forEach((name, json) -> inputs.set(name, read(json)));
    }

    /// As an object of UI keys, for outputs of one node.
    static ObjectNode outputs(Outputs outputs) {
        ObjectNode json = object();
        for (OutputFile file : outputs.files()) {
            json.withArray("/" + file.kind())
                    .addObject()
                    .put("filename", file.filename())
                    .put("subfolder", file.subfolder())
                    .put("type", file.type());
        }
        outputs.texts().forEach(text -> json.withArray("/" + text.kind()).add(text.text()));
        outputs.other().forEach(other -> json.set(other.kind(), read(other.json())));
        return json;
    }

    private static JsonNode read(String json) {
        try {
            return Json.read(json);
        } catch (IOException broken) {
            throw new AssertionError(broken);
        }
    }

    /// The same value in one spelling: 1.0 is 1, and members nobody needs are gone.
    static JsonNode normal(JsonNode json, List<String> without) {
        if (json.isNumber()) {
            double value = json.doubleValue();
            return Double.isFinite(value)
                    ? JsonNodeFactory.instance.numberNode(json.decimalValue().stripTrailingZeros())
                    : JsonNodeFactory.instance.textNode(json.asText());
        }
        if (json.isObject()) {
            ObjectNode normal = object();
            json.properties().forEach(member -> {
                if (!without.contains(member.getKey())) {
                    normal.set(member.getKey(), normal(member.getValue(), without));
                }
            });
            return normal;
        }
        if (json.isArray()) {
            var normal = JsonNodeFactory.instance.arrayNode();
            json.forEach(element -> normal.add(normal(element, without)));
            return normal;
        }
        return json;
    }
}

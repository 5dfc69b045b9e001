package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.client.ComfyException.Missing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Reads what ComfyUI answers to a submitted prompt.
final class PromptAnswers {
    /// ComfyUI 0.3.57 to 0.11 name the missing class only in a sentence.
    private static final Pattern UNKNOWN_CLASS =
            Pattern.compile("Cannot execute because node (.+) does not exist\\.?", Pattern.DOTALL);

    private static final Pattern NODE_ID = Pattern.compile("Node ID '#(.*)'", Pattern.DOTALL);

    private static final Pattern INVALID_FILE =
            Pattern.compile("[^-]* - Invalid (?:image|audio|video|mask|latent|model|3d) file: (.*)", Pattern.DOTALL);

    /// Inputs whose options are the files of a models folder, in ComfyUI's own loaders and in most others.
    private static final Set<String> MODEL_INPUTS = Set.of(
            "ckpt_name",
            "unet_name",
            "clip_name",
            "clip_name1",
            "clip_name2",
            "clip_name3",
            "clip_name4",
            "vae_name",
            "lora_name",
            "control_net_name",
            "style_model_name",
            "gligen_name",
            "hypernetwork_name");

    private static final Pattern MODEL_FILE =
            Pattern.compile(".+\\.(?:safetensors|sft|ckpt|pth?|pt2|bin|pkl|gguf|onnx)", Pattern.CASE_INSENSITIVE);

    private PromptAnswers() {}

    static Submitted submitted(JsonNode answer, PromptId asked, BaseUrl base) {
        var id = Json.textOrEmpty(answer, "prompt_id");
        if (id.isEmpty()) {
            throw new ComfyException.Protocol(base + " took the prompt but its answer names no prompt id", null);
        }
        if (!id.equals(asked.value())) {
            throw new ComfyException.Protocol(
                    base + " queued the prompt as " + id + " instead of " + asked
                            + ": it is older than ComfyUI 0.3.45, or something between changes requests",
                    null);
        }
        return new Submitted(asked, answer.path("number").asDouble(), nodeErrors(answer.path("node_errors")));
    }

    /// The exception for a 400, if the body is ComfyUI's.
    static Optional<ComfyException> refusal(JsonNode answer, BaseUrl base) {
        JsonNode error = answer.path("error");
        if (!error.isObject()) {
            return Optional.empty();
        }
        var nodeErrors = nodeErrors(answer.path("node_errors"));
        var missing = missing(error, nodeErrors);
        if (!missing.isEmpty()) {
            return Optional.of(new ComfyException.MissingOnNode(base.toString(), missing, nodeErrors));
        }
        String type = Json.textOrEmpty(error, "type");
        return Optional.of(new ComfyException.Rejected(sentence(error, nodeErrors), 400, type, nodeErrors));
    }

    private static String sentence(JsonNode error, List<NodeError> nodeErrors) {
        String message = Json.text(error, "message").orElseGet(() -> Json.textOrEmpty(error, "type"));
        String details = Json.textOrEmpty(error, "details");
        var what = new StringBuilder(message);
        if (!nodeErrors.isEmpty()) {
            what.append(": ")
                    .append(nodeErrors.stream().map(NodeError::toString).collect(Collectors.joining(" | ")));
        } else if (!details.isEmpty() && !details.equals(message)) {
            what.append(": ").append(details);
        } else if (Json.textOrEmpty(error, "type").equals("prompt_outputs_failed_validation")) {
            // Older servers (seen on 0.3.64) say nothing more about a graph whose links form a ring.
            what.append("; the server does not say why (links that form a ring?)");
        }
        return what.toString();
    }

    /// What another server may have, if that is all that is wrong with the graph.
    private static List<Missing> missing(JsonNode error, List<NodeError> nodeErrors) {
        var unknownClass = missingClass(error);
        if (unknownClass.isPresent()) {
            return List.of(unknownClass.get());
        }
        var missing = new ArrayList<Missing>();
        for (NodeError nodeError : nodeErrors) {
            var file = missingFile(nodeError);
            if (file.isEmpty()) {
                return List.of();
            }
            if (!missing.contains(file.get())) {
                missing.add(file.get());
            }
        }
        return missing;
    }

    private static Optional<Missing> missingClass(JsonNode error) {
        var inDetails = NODE_ID.matcher(Json.textOrEmpty(error, "details"));
        String node = inDetails.matches() ? inDetails.group(1) : "";
        return switch (Json.textOrEmpty(error, "type")) {
            // A node without any class_type has the same type, and no class here: that is the graph's own mistake.
            case "missing_node_type" ->
                Json.text(error.path("extra_info"), "class_type")
                        .map(name -> new Missing(Missing.Kind.NODE_CLASS, name, node));
            case "invalid_prompt" -> {
                var inMessage = UNKNOWN_CLASS.matcher(Json.textOrEmpty(error, "message"));
                yield inMessage.matches()
                        ? Optional.of(new Missing(Missing.Kind.NODE_CLASS, inMessage.group(1), node))
                        : Optional.empty();
            }
            default -> Optional.empty();
        };
    }

    private static Optional<Missing> missingFile(NodeError error) {
        if (error.type().equals("custom_validation_failed")) {
            var file = INVALID_FILE.matcher(error.details());
            return file.matches()
                    ? Optional.of(new Missing(Missing.Kind.INPUT_FILE, file.group(1), error.nodeId()))
                    : Optional.empty();
        }
        if (!error.type().equals("value_not_in_list") || error.received().isEmpty()) {
            return Optional.empty();
        }
        String value = error.received().get();
        String input = error.input().orElse("").toLowerCase(Locale.ROOT);
        boolean model = MODEL_INPUTS.contains(input)
                || MODEL_FILE.matcher(value).matches()
                || (input.equals("model_name") && error.classType().endsWith("Loader"));
        return model ? Optional.of(new Missing(Missing.Kind.MODEL, value, error.nodeId())) : Optional.empty();
    }

    /// Reads `node_errors`; nodes in the server's order.
    static List<NodeError> nodeErrors(JsonNode byNode) {
        var errors = new ArrayList<NodeError>();
        byNode.properties().forEach(entry -> {
            JsonNode node = entry.getValue();
            for (JsonNode error : node.path("errors")) {
                errors.add(nodeError(entry.getKey(), node, error));
            }
        });
        return errors;
    }

    private static NodeError nodeError(String nodeId, JsonNode node, JsonNode error) {
        JsonNode extra = error.path("extra_info");
        return new NodeError(
                nodeId,
                Json.textOrEmpty(node, "class_type"),
                Json.textOrEmpty(error, "type"),
                Json.textOrEmpty(error, "message"),
                Json.textOrEmpty(error, "details"),
                Json.text(extra, "input_name"),
                received(extra),
                allowed(extra.path("input_config")),
                Json.texts(node.path("dependent_outputs")));
    }

    private static Optional<String> received(JsonNode extra) {
        if (extra.has("received_value")) {
            return Optional.of(Json.plain(extra.path("received_value")));
        }
        return Json.text(extra, "received_type");
    }

    /// The options or the range of `[type, options]`, where type is a list of options or a name.
    private static List<String> allowed(JsonNode config) {
        JsonNode type = config.path(0);
        JsonNode settings = config.path(1);
        JsonNode options = type.isArray() ? type : settings.path("options");
        if (options.isArray()) {
            var few = new ArrayList<String>();
            for (JsonNode option : options) {
                if (few.size() == NodeError.OPTIONS_KEPT) {
                    break;
                }
                few.add(Json.plain(option));
            }
            return few;
        }
        if (settings.has("min") && settings.has("max")) {
            return List.of(settings.path("min").asText() + " to "
                    + settings.path("max").asText());
        }
        return type.isTextual() ? List.of(type.textValue()) : List.of();
    }
}

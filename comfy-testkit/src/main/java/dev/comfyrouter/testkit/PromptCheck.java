package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// ComfyUI's `validate_prompt`: which outputs of a prompt can run, and what is wrong with the others.
final class PromptCheck {

    /// @param error empty when at least one output can run
    /// @param nodeErrors may be there although some outputs run
    record Verdict(Optional<ObjectNode> error, List<String> outputs, ObjectNode nodeErrors) {}

    /// Python would raise, and aiohttp answer 500.
    static final class Unhandled extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unhandled(String message) {
            super(message);
        }
    }

    private final NodeClasses classes;
    private final ObjectInfo objectInfo;
    private final Release release;
    private final InputCheck.PictureFiles pictures;

    PromptCheck(NodeClasses classes, ObjectInfo objectInfo, Release release, InputCheck.PictureFiles pictures) {
        this.classes = classes;
        this.objectInfo = objectInfo;
        this.release = release;
        this.pictures = pictures;
    }

    /// Checks a prompt and rewrites its values to the declared types.
    ///
    /// @param targets only these outputs are to run
    Verdict check(ObjectNode prompt, Optional<List<String>> targets) {
        List<String> outputs = new ArrayList<>();
        for (Map.Entry<String, JsonNode> node : prompt.properties()) {
            Optional<ObjectNode> error = unknownClass(node.getKey(), node.getValue());
            if (error.isPresent()) {
                return new Verdict(error, List.of(), Json.object());
            }
            if (classes.isOutputNode(node.getValue().path("class_type").asText())
                    && (targets.isEmpty() || targets.get().contains(node.getKey()))) {
                outputs.add(node.getKey());
            }
        }
        if (outputs.isEmpty()) {
            return new Verdict(
                    Optional.of(error("prompt_no_outputs", "Prompt has no outputs", "")), List.of(), Json.object());
        }
        return checkOutputs(prompt, outputs);
    }

    private Verdict checkOutputs(ObjectNode prompt, List<String> outputs) {
        Map<String, InputCheck.Result> checked = new LinkedHashMap<>();
        List<String> good = new ArrayList<>();
        List<String> details = new ArrayList<>();
        ObjectNode nodeErrors = Json.object();
        for (String output : outputs) {
            InputCheck.Result result;
            try {
                result = new InputCheck(classes, objectInfo, release, pictures, prompt, checked).check(output);
            } catch (InputCheck.PythonError raised) {
                result = new InputCheck.Result(false, List.of(raised.onOutputNode()));
                checked.put(output, result);
            } catch (InputCheck.EndlessRecursion cycle) {
                // What is left of Python's RecursionError: a refusal without a reason.
                result = new InputCheck.Result(false, List.of());
            }
            if (result.valid()) {
                good.add(output);
            } else {
                result.errors()
                        .forEach(each -> details.add(each.path("message").asText() + ": "
                                + each.path("details").asText()));
                collect(prompt, output, checked, nodeErrors);
            }
        }
        if (good.isEmpty()) {
            ObjectNode error = error(
                    "prompt_outputs_failed_validation", "Prompt outputs failed validation", String.join("\n", details));
            return new Verdict(Optional.of(error), List.of(), nodeErrors);
        }
        return new Verdict(Optional.empty(), good, nodeErrors);
    }

    private static void collect(
            ObjectNode prompt, String output, Map<String, InputCheck.Result> checked, ObjectNode nodeErrors) {
        checked.forEach((node, result) -> {
            if (result.valid() || result.errors().isEmpty()) {
                return;
            }
            ObjectNode entry = nodeErrors.has(node) ? (ObjectNode) nodeErrors.get(node) : nodeErrors.putObject(node);
            if (entry.isEmpty()) {
                ArrayNode errors = entry.putArray("errors");
                result.errors().forEach(errors::add);
                entry.putArray("dependent_outputs");
                entry.put("class_type", prompt.path(node).path("class_type").asText());
            }
            ((ArrayNode) entry.get("dependent_outputs")).add(output);
        });
    }

    private Optional<ObjectNode> unknownClass(String id, JsonNode node) {
        if (!node.isObject() && release.namesMissingNodeTypes()) {
            throw new Unhandled("node " + id + " is not an object");
        }
        JsonNode classType = node.path("class_type");
        if (!classType.isMissingNode() && classes.type(classType.asText()).isPresent()) {
            return Optional.empty();
        }
        String details = "Node ID '#" + id + "'";
        if (!release.namesMissingNodeTypes()) {
            return Optional.of(error(
                    "invalid_prompt",
                    classType.isMissingNode()
                            ? "Cannot execute because a node is missing the class_type property."
                            : "Cannot execute because node " + classType.asText() + " does not exist.",
                    details));
        }
        String title = node.path("_meta").path("title").asText(classType.asText());
        ObjectNode error = error(
                "missing_node_type",
                classType.isMissingNode()
                        ? "Node 'ID #" + id
                                + "' has no class_type. The workflow may be corrupted or a custom node is missing."
                        : "Node '" + title + "' not found. The custom node may not be installed.",
                details);
        ObjectNode extra = (ObjectNode) error.get("extra_info");
        extra.put("node_id", id);
        if (classType.isMissingNode()) {
            extra.putNull("class_type").putNull("node_title");
        } else {
            extra.put("class_type", classType.asText()).put("node_title", title);
        }
        return Optional.of(error);
    }

    static ObjectNode error(String type, String message, String details) {
        ObjectNode error =
                Json.object().put("type", type).put("message", message).put("details", details);
        error.putObject("extra_info");
        return error;
    }
}

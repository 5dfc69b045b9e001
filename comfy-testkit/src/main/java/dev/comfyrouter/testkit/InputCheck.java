package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.NodeInput;
import dev.comfyrouter.workflows.NodeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/// ComfyUI's `validate_inputs`: the inputs of one node and of everything it depends on.
final class InputCheck {

    /// Whether a picture that a node names can be opened.
    interface PictureFiles {
        boolean exists(String annotatedName);
    }

    /// @param errors of the node itself; an invalid node without errors depends on one that has some
    record Result(boolean valid, List<ObjectNode> errors) {}

    /// An exception that the check itself would raise in Python.
    static final class PythonError extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String type;

        PythonError(String type, String text) {
            super(text);
            this.type = type;
        }

        private String text() {
            return String.valueOf(getMessage());
        }

        ObjectNode onOutputNode() {
            ObjectNode error =
                    PromptCheck.error("exception_during_validation", "Exception when validating node", text());
            ((ObjectNode) error.get("extra_info")).put("exception_type", type).putArray("traceback");
            return error;
        }

        ObjectNode onInnerNode(String input, ArrayNode config, JsonNode link) {
            ObjectNode error = PromptCheck.error(
                    "exception_during_inner_validation", "Exception when validating inner node", text());
            ObjectNode extra = (ObjectNode) error.get("extra_info");
            extra.put("input_name", input);
            extra.set("input_config", config);
            extra.put("exception_message", text()).put("exception_type", type).putArray("traceback");
            extra.set("linked_node", link);
            return error;
        }
    }

    /// A cycle, on versions that only notice it by running out of stack.
    static final class EndlessRecursion extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final int LONG_LIST = 20;

    private final NodeClasses classes;
    private final ObjectInfo objectInfo;
    private final Release release;
    private final PictureFiles pictures;
    private final ObjectNode prompt;
    private final Map<String, Result> checked;
    private final SequencedSet<String> visiting = new LinkedHashSet<>();

    InputCheck(
            NodeClasses classes,
            ObjectInfo objectInfo,
            Release release,
            PictureFiles pictures,
            ObjectNode prompt,
            Map<String, Result> checked) {
        this.classes = classes;
        this.objectInfo = objectInfo;
        this.release = release;
        this.pictures = pictures;
        this.prompt = prompt;
        this.checked = checked;
    }

    /// @throws PythonError when the node cannot even be checked
    Result check(String id) {
        Result known = checked.get(id);
        if (known != null) {
            return known;
        }
        if (!visiting.add(id)) {
            return cycle(id);
        }
        try {
            Result result = checkNode(id);
            // A cycle found below has already said more about this node.
            checked.putIfAbsent(id, result);
            return checked.getOrDefault(id, result);
        } finally {
            visiting.remove(id);
        }
    }

    private Result checkNode(String id) {
        JsonNode node = prompt.path(id);
        if (!(node.get("inputs") instanceof ObjectNode inputs)) {
            throw new PythonError("KeyError", "'inputs'");
        }
        NodeType type = classes.type(node.path("class_type").asText()).orElseThrow();
        List<ObjectNode> errors = new ArrayList<>();
        boolean valid = true;
        for (NodeInput input : type.inputs()) {
            JsonNode value = inputs.get(input.name());
            if (value == null) {
                if (input.required()) {
                    ObjectNode error =
                            PromptCheck.error("required_input_missing", "Required input is missing", input.name());
                    ((ObjectNode) error.get("extra_info")).put("input_name", input.name());
                    errors.add(error);
                }
            } else if (value instanceof ArrayNode link) {
                valid &= checkLink(type, input, link, errors);
            } else {
                checkValue(type, input, inputs, errors);
            }
        }
        return new Result(valid && errors.isEmpty(), errors);
    }

    private boolean checkLink(NodeType type, NodeInput input, ArrayNode link, List<ObjectNode> errors) {
        if (link.size() != 2) {
            errors.add(error(
                    "bad_linked_input",
                    "Bad linked input, must be a length-2 list of [node_id, slot_index]",
                    input.name(),
                    type,
                    input,
                    link));
            return true;
        }
        String from = linkedNode(link.get(0));
        String received = linkedType(from, link.get(1));
        if (!fits(received, input.type())) {
            String details = input.name() + ", received_type(" + received + ") mismatch input_type("
                    + input.type().typeName() + ")";
            ObjectNode error =
                    PromptCheck.error("return_type_mismatch", "Return type mismatch between linked nodes", details);
            ObjectNode extra = (ObjectNode) error.get("extra_info");
            extra.put("input_name", input.name());
            extra.set("input_config", objectInfo.config(type, input));
            extra.put("received_type", received);
            extra.set("linked_node", link);
            errors.add(error);
            return true;
        }
        try {
            return check(from).valid();
        } catch (PythonError raised) {
            checked.put(
                    from,
                    new Result(false, List.of(raised.onInnerNode(input.name(), objectInfo.config(type, input), link))));
            return false;
        }
    }

    private String linkedNode(JsonNode id) {
        if (!id.isTextual() || !prompt.has(id.asText())) {
            if (id.isContainerNode()) {
                throw new PythonError("TypeError", "unhashable type: '" + (id.isArray() ? "list" : "dict") + "'");
            }
            throw new PythonError("KeyError", Python.repr(id));
        }
        return id.asText();
    }

    private String linkedType(String from, JsonNode slot) {
        List<String> outputs = classes.type(prompt.path(from).path("class_type").asText()).stream()
                .flatMap(type -> type.outputs().stream())
                .map(output -> output.type())
                .toList();
        if (!slot.isIntegralNumber()) {
            throw new PythonError(
                    "TypeError",
                    "tuple indices must be integers or slices, not " + (slot.isTextual() ? "str" : "float"));
        }
        int index = slot.asInt() < 0 ? slot.asInt() + outputs.size() : slot.asInt();
        if (index < 0 || index >= outputs.size()) {
            throw new PythonError("IndexError", "tuple index out of range");
        }
        return outputs.get(index);
    }

    private static boolean fits(String received, InputType type) {
        String wanted = type.typeName();
        return received.equals("*")
                || wanted.equals("*")
                || received.equals(wanted)
                || Arrays.asList(wanted.split(",", -1)).contains(received);
    }

    private void checkValue(NodeType type, NodeInput input, ObjectNode inputs, List<ObjectNode> errors) {
        JsonNode given = inputs.get(input.name());
        if (given.isObject() && given.has("__value__")) {
            given = given.get("__value__");
            inputs.set(input.name(), given);
        }
        JsonNode value;
        try {
            value = coerced(input.type(), given);
        } catch (Python.ConversionError refused) {
            String shown = given.isTextual() ? given.asText() : Python.repr(given);
            ObjectNode error = error(
                    "invalid_input_type",
                    "Failed to convert an input value to a " + input.type().typeName() + " value",
                    input.name() + ", " + shown + ", " + refused.text(),
                    type,
                    input,
                    given);
            ((ObjectNode) error.get("extra_info")).put("exception_message", refused.text());
            errors.add(error);
            return;
        }
        inputs.set(input.name(), value);
        if (input.type() instanceof InputType.UserFile) {
            if (!value.isTextual() || !pictures.exists(value.asText())) {
                ObjectNode error = PromptCheck.error(
                        "custom_validation_failed",
                        "Custom validation failed for node",
                        input.name() + " - Invalid image file: " + value.asText());
                ((ObjectNode) error.get("extra_info")).put("input_name", input.name());
                errors.add(error);
            }
            return;
        }
        outOfRange(type, input, value).or(() -> notInList(type, input, value)).ifPresent(errors::add);
    }

    private static JsonNode coerced(InputType type, JsonNode given) throws Python.ConversionError {
        return switch (type) {
            case InputType.Whole whole -> Python.toInt(given);
            case InputType.Decimal decimal -> Python.toFloat(given);
            case InputType.Text text -> Python.toStr(given);
            case InputType.Flag flag -> Python.toBool(given);
            case InputType.Choice choice -> given;
            case InputType.ModelFile file -> given;
            case InputType.UserFile file -> given;
            case InputType.Wire wire -> given;
            case InputType.Other other -> given;
        };
    }

    private Optional<ObjectNode> outOfRange(NodeType type, NodeInput input, JsonNode value) {
        Optional<BigDecimal> min = Optional.empty();
        Optional<BigDecimal> max = Optional.empty();
        if (input.type() instanceof InputType.Whole whole) {
            min = whole.min().map(BigDecimal::new);
            max = whole.max().map(BigDecimal::new);
        } else if (input.type() instanceof InputType.Decimal decimal) {
            min = decimal.min();
            max = decimal.max();
        }
        if (min.isPresent() && compare(value, min.get()) < 0) {
            return Optional.of(error(
                    "value_smaller_than_min",
                    "Value " + Python.repr(value) + " smaller than min of "
                            + min.get().toPlainString(),
                    input.name(),
                    type,
                    input,
                    value));
        }
        if (max.isPresent() && compare(value, max.get()) > 0) {
            return Optional.of(error(
                    "value_bigger_than_max",
                    "Value " + Python.repr(value) + " bigger than max of "
                            + max.get().toPlainString(),
                    input.name(),
                    type,
                    input,
                    value));
        }
        return Optional.empty();
    }

    private static int compare(JsonNode value, BigDecimal limit) {
        if (value.isDouble()) {
            // NaN is neither smaller nor bigger than anything.
            return Double.isNaN(value.doubleValue()) ? 0 : value.doubleValue() > 0 ? 1 : -1;
        }
        BigInteger whole = value.isIntegralNumber() ? value.bigIntegerValue() : BigInteger.ZERO;
        return (value.isIntegralNumber() ? new BigDecimal(whole) : value.decimalValue()).compareTo(limit);
    }

    private Optional<ObjectNode> notInList(NodeType type, NodeInput input, JsonNode value) {
        List<String> options = classes.options(input.type()).orElse(List.of());
        boolean list = classes.options(input.type()).isPresent();
        if (!list || (value.isTextual() && options.contains(value.asText()))) {
            return Optional.empty();
        }
        boolean isLong = options.size() > LONG_LIST;
        String shown = value.isTextual() ? value.asText() : Python.repr(value);
        ObjectNode error = error(
                "value_not_in_list",
                "Value not in list",
                input.name() + ": '" + shown + "' not in "
                        + (isLong ? "(list of length " + options.size() + ")" : Python.repr(options)),
                type,
                input,
                value);
        if (isLong) {
            ((ObjectNode) error.get("extra_info")).putNull("input_config");
        }
        return Optional.of(error);
    }

    private ObjectNode error(
            String kind, String message, String details, NodeType type, NodeInput input, JsonNode received) {
        ObjectNode error = PromptCheck.error(kind, message, details);
        ObjectNode extra = (ObjectNode) error.get("extra_info");
        extra.put("input_name", input.name());
        extra.set("input_config", objectInfo.config(type, input));
        extra.set("received_value", received);
        return error;
    }

    private Result cycle(String id) {
        if (!release.findsCycles()) {
            throw new EndlessRecursion();
        }
        List<String> path = new ArrayList<>(visiting);
        List<String> nodes = path.subList(path.indexOf(id), path.size());
        List<String> steps = new ArrayList<>();
        for (String node : nodes) {
            steps.add(node + " (" + prompt.path(node).path("class_type").asText() + ")");
        }
        steps.add(steps.getFirst());
        for (String node : nodes) {
            ObjectNode error =
                    PromptCheck.error("dependency_cycle", "Dependency cycle detected", String.join(" -> ", steps));
            ObjectNode extra = (ObjectNode) error.get("extra_info");
            extra.put("node_id", node);
            extra.set("cycle_nodes", Json.strings(nodes));
            checked.put(node, new Result(false, List.of(error)));
        }
        return new Result(false, List.of());
    }
}

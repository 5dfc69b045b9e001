package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.workflows.Workflow.Input;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// Reads the JSON of one API-format graph and collects every mistake of shape.
final class GraphReader {
    private final List<Problem> problems = new ArrayList<>();

    private GraphReader() {}

    static Workflow read(JsonNode graph) throws InvalidWorkflow {
        var reader = new GraphReader();
        var workflow = reader.workflow(graph);
        if (!reader.problems.isEmpty()) throw new InvalidWorkflow(reader.problems);
        return workflow;
    }

    private Workflow workflow(JsonNode graph) {
        var nodes = new ArrayList<Workflow.Node>();
        if (!graph.isObject()) {
            problem("", "a graph is a JSON object of nodes by id, not " + kind(graph));
        } else if (graph.path("nodes").isArray()) {
            problem("", "this is the format of ComfyUI's page; save it with \"Export (API)\" and send that file");
        } else if (graph.isEmpty()) {
            problem("", "the graph has no nodes");
        } else {
            graph.properties()
                    .forEach(entry -> node(entry.getKey(), entry.getValue()).ifPresent(nodes::add));
        }
        return Workflow.of(nodes);
    }

    private Optional<Workflow.Node> node(String id, JsonNode node) {
        var pointer = Problem.child("", id);
        if (!node.isObject()) {
            problem(pointer, "a node is an object with class_type and inputs, not " + kind(node));
            return Optional.empty();
        }
        var classType = node.path("class_type");
        if (!classType.isTextual() || classType.textValue().isBlank())
            problem(Problem.child(pointer, "class_type"), "the class of a node is a text, such as \"KSampler\"");
        var inputs = new LinkedHashMap<String, Input>();
        var given = node.path("inputs");
        if (given.isObject()) {
            var at = Problem.child(pointer, "inputs");
            given.properties()
                    .forEach(entry -> input(Problem.child(at, entry.getKey()), entry.getValue())
                            .ifPresent(value -> inputs.put(entry.getKey(), value)));
        } else {
            problem(Problem.child(pointer, "inputs"), "the inputs of a node are an object; {} when it has none");
        }
        var title = node.path("_meta").path("title");
        return Optional.of(
                new Workflow.Node(id, classType.asText(), title.isTextual() ? title.textValue() : "", inputs));
    }

    private Optional<Input> input(String pointer, JsonNode value) {
        if (value.isTextual()) return Optional.of(new Input.Text(value.textValue()));
        if (value.isIntegralNumber()) return Optional.of(new Input.Whole(value.bigIntegerValue()));
        if (value.isNumber()) return Optional.of(new Input.Decimal(value.decimalValue()));
        if (value.isBoolean()) return Optional.of(new Input.Flag(value.booleanValue()));
        if (!value.isArray()) return Optional.of(new Input.Json(Json.write(value)));
        if (value.size() == 2
                && value.get(0).isTextual()
                && value.get(1).canConvertToInt()
                && value.get(1).isIntegralNumber())
            if (value.get(1).intValue() >= 0)
                return Optional.of(
                        new Input.Link(value.get(0).textValue(), value.get(1).intValue()));
        problem(
                pointer,
                value.size() == 2 && value.get(0).isIntegralNumber()
                        ? "the node id of a link is a text: write [\"" + value.get(0) + "\", " + value.get(1) + "]"
                        : "a list is a link, [node id as text, output slot from 0]; write a list value as {\"__value__\": [...]}");
        return Optional.empty();
    }

    private void problem(String pointer, String detail) {
        problems.add(new Problem(pointer, detail));
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case BOOLEAN -> "true or false";
            case NULL, MISSING -> "nothing";
            case NUMBER -> "a number";
            case STRING -> "a text";
            case OBJECT, POJO -> "an object";
            case BINARY -> "bytes";
        };
    }
}

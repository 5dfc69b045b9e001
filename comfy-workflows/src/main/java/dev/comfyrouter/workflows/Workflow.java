package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An immutable graph in ComfyUI's API format. It keeps the order of nodes and inputs, and every digit of
/// its numbers.
public final class Workflow {
    private final Map<String, Node> nodes;

    private Workflow(Map<String, Node> nodes) {
        this.nodes = nodes;
    }

    /// A graph of these nodes.
    ///
    /// @throws IllegalArgumentException when two nodes have the same id
    public static Workflow of(Collection<Node> nodes) {
        var byId = new LinkedHashMap<String, Node>();
        for (var node : nodes)
            if (byId.put(node.id(), node) != null)
                throw new IllegalArgumentException("two nodes have the id " + node.id() + ": give each its own");
        return new Workflow(byId);
    }

    /// A graph of nodes that the caller keeps adding to.
    static Workflow over(Map<String, Node> nodes) {
        return new Workflow(nodes);
    }

    /// Reads a graph in API format and checks its shape: nodes are objects with a `class_type` and
    /// `inputs`, links are `[node id, slot]`. Whether classes, names and values fit is the question of
    /// [NodeCatalog#check(Workflow)].
    ///
    /// @throws InvalidWorkflow with every mistake of shape
    public static Workflow parse(String json) throws InvalidWorkflow {
        return GraphReader.read(Json.parse(json));
    }

    static Workflow parse(JsonNode json) throws InvalidWorkflow {
        return GraphReader.read(json);
    }

    /// Compact JSON; equal graphs give equal text.
    public String toJson() {
        return Json.write(json());
    }

    ObjectNode json() {
        var graph = JsonNodeFactory.instance.objectNode();
        for (var node : nodes.values()) {
            var object = graph.putObject(node.id());
            object.put("class_type", node.classType());
            var inputs = object.putObject("inputs");
            node.inputs().forEach((name, value) -> inputs.set(name, json(value)));
            if (!node.title().isEmpty()) object.putObject("_meta").put("title", node.title());
        }
        return graph;
    }

    private static JsonNode json(Input input) {
        var make = JsonNodeFactory.instance;
        return switch (input) {
            case Input.Text(var value) -> make.textNode(value);
            case Input.Whole(var value) -> make.numberNode(value);
            case Input.Decimal(var value) -> make.numberNode(value);
            case Input.Flag(var value) -> make.booleanNode(value);
            case Input.Link(var node, var slot) -> make.arrayNode().add(node).add(slot);
            case Input.Json(var text) -> dev.comfyrouter.workflows.Json.parse(text);
        };
    }

    /// The nodes, in the order of the graph.
    public List<Node> nodes() {
        return List.copyOf(nodes.values());
    }

    public Optional<Node> node(String id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /// A copy in which one input of one node has another value.
    ///
    /// @throws IllegalArgumentException when there is no such node
    public Workflow with(String nodeId, String input, Input value) {
        var node = required(nodeId);
        var inputs = new LinkedHashMap<>(node.inputs());
        inputs.put(input, value);
        return replaced(new Node(nodeId, node.classType(), node.title(), inputs));
    }

    /// A copy in which one node is of another class with other inputs; links to it stay.
    ///
    /// @throws IllegalArgumentException when there is no such node
    public Workflow withClass(String nodeId, String classType, Map<String, Input> inputs) {
        return replaced(new Node(nodeId, classType, required(nodeId).title(), inputs));
    }

    private Node required(String id) {
        return node(id).orElseThrow(() ->
                new IllegalArgumentException("the graph has no node " + id + "; it has " + nodes.keySet()));
    }

    private Workflow replaced(Node node) {
        var changed = new LinkedHashMap<>(nodes);
        changed.put(node.id(), node);
        return new Workflow(changed);
    }

    /// The expected steps of each sampler node, by node id: what ComfyUI counts in its `progress` events.
    ///
    /// Known for `KSampler`, `KSamplerAdvanced` (the part from `start_at_step` to `end_at_step`) and for
    /// the custom samplers driven by ComfyUI's own schedulers, also through `SplitSigmas`. A sampler whose
    /// steps cannot be read from the graph is left out.
    public Map<String, Integer> samplingSteps() {
        return SamplingSteps.of(this);
    }

    /// The inputs of ComfyUI's own loaders that name a file, in the order of the graph; those that another
    /// node gives are not among them.
    public List<LoaderInput> loaderInputs() {
        var found = new ArrayList<LoaderInput>();
        for (var node : nodes.values())
            for (var input : node.inputs().entrySet())
                if (input.getValue() instanceof Input.Text(var value))
                    NodeCatalog.core()
                            .type(node.classType())
                            .flatMap(type -> type.input(input.getKey()))
                            .flatMap(declared -> loader(node.id(), declared, value))
                            .ifPresent(found::add);
        return List.copyOf(found);
    }

    private static Optional<LoaderInput> loader(String node, NodeInput input, String value) {
        return switch (input.type()) {
            case InputType.ModelFile file ->
                Optional.of(new LoaderInput(node, input.name(), value, Optional.of(file.folder())));
            case InputType.UserFile file -> Optional.of(new LoaderInput(node, input.name(), value, Optional.empty()));
            default -> Optional.empty();
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Workflow that && nodes().equals(that.nodes());
    }

    @Override
    public int hashCode() {
        return nodes.hashCode();
    }

    @Override
    public String toString() {
        return toJson();
    }

    /// One node of a graph.
    ///
    /// @param title the text of `_meta.title`, empty when there is none
    /// @param inputs in the order of the graph
    public record Node(String id, String classType, String title, Map<String, Input> inputs) {
        public Node {
            inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        }

        public Optional<Input> input(String name) {
            return Optional.ofNullable(inputs.get(name));
        }

        /// The links into this node, in the order of its inputs.
        List<Input.Link> links() {
            var links = new ArrayList<Input.Link>();
            for (var input : inputs.values()) if (input instanceof Input.Link link) links.add(link);
            return links;
        }
    }

    /// The value of one input of a node.
    public sealed interface Input {
        record Text(String value) implements Input {}

        record Whole(BigInteger value) implements Input {
            public Whole(long value) {
                this(BigInteger.valueOf(value));
            }
        }

        record Decimal(BigDecimal value) implements Input {}

        record Flag(boolean value) implements Input {}

        /// The output `slot` (from 0) of another node.
        record Link(String node, int slot) implements Input {}

        /// Any other JSON value, such as an object of a custom node's own widget.
        record Json(String json) implements Input {}
    }
}

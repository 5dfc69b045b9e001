package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.comfyrouter.workflows.Workflow.Input;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the picture of a ControlNet is prepared: one of a fixed list, with its own checked parameters.
///
/// `canny` ships with ComfyUI; `depth`, `openpose`, `lineart`, `softedge`, `scribble`, `normal` and `tile`
/// need the node pack comfyui_controlnet_aux.
public final class Preprocessing {
    private final Preprocessor preprocessor;
    private final Map<String, JsonNode> parameters;

    private Preprocessing(Preprocessor preprocessor, Map<String, JsonNode> parameters) {
        this.preprocessor = preprocessor;
        this.parameters = Collections.unmodifiableMap(parameters);
    }

    /// The preprocessor of that name with its usual parameters.
    ///
    /// @throws IllegalArgumentException naming those there are
    public static Preprocessing named(String name) {
        if (!Preprocessor.names().contains(name))
            throw new IllegalArgumentException(
                    "there is no preprocessor \"" + name + "\"; there is " + String.join(", ", Preprocessor.names()));
        return new Preprocessing(Preprocessor.named(name), Map.of());
    }

    /// Core ComfyUI's edge detector.
    ///
    /// @param lowThreshold 0.01 to 0.99
    /// @param highThreshold 0.01 to 0.99
    public static Preprocessing canny(double lowThreshold, double highThreshold) {
        return named("canny").with("low_threshold", lowThreshold).with("high_threshold", highThreshold);
    }

    /// The same with another value of one parameter.
    ///
    /// @throws IllegalArgumentException when the preprocessor has no such parameter, or not with such a value
    public Preprocessing with(String parameter, double value) {
        return with(parameter, DecimalNode.valueOf(Numbers.tidy(value)));
    }

    /// The same with another value of one parameter.
    ///
    /// @throws IllegalArgumentException when the preprocessor has no such parameter, or not with such a value
    public Preprocessing with(String parameter, int value) {
        return with(parameter, IntNode.valueOf(value));
    }

    /// The same with another value of one parameter.
    ///
    /// @throws IllegalArgumentException when the preprocessor has no such parameter, or not with such a value
    public Preprocessing with(String parameter, String value) {
        return with(parameter, TextNode.valueOf(value));
    }

    private Preprocessing with(String parameter, JsonNode value) {
        var changed = new LinkedHashMap<>(parameters);
        changed.put(parameter, value);
        var reading = new Reading(RecipeType.SDXL, SamplerLists.core(), Reading.Source.REQUEST);
        var result = read(preprocessor, changed, "", reading);
        if (!reading.problems().isEmpty())
            throw new IllegalArgumentException(reading.problems().getFirst().detail());
        return result;
    }

    public String name() {
        return preprocessor.name();
    }

    NodeType type() {
        return preprocessor.type();
    }

    Map<String, JsonNode> parameters() {
        return parameters;
    }

    /// Every parameter of the node but its picture: those that were given, and the usual values of the rest.
    Map<String, Input> inputs() {
        var inputs = new LinkedHashMap<String, Input>();
        for (var input : settings(preprocessor)) {
            var given = Optional.ofNullable(parameters.get(input.name()));
            switch (input.type()) {
                case InputType.Whole whole ->
                    inputs.put(
                            input.name(),
                            new Input.Whole(given.map(JsonNode::bigIntegerValue)
                                    .or(whole::defaultValue)
                                    .orElseThrow()));
                case InputType.Decimal decimal ->
                    inputs.put(
                            input.name(),
                            new Input.Decimal(Numbers.tidy(given.map(JsonNode::decimalValue)
                                    .or(decimal::defaultValue)
                                    .orElseThrow())));
                case InputType.Choice choice ->
                    inputs.put(
                            input.name(),
                            new Input.Text(given.map(JsonNode::textValue)
                                    .or(choice::defaultValue)
                                    .orElseThrow()));
                default -> throw new IllegalStateException("a preprocessor has no input like " + input);
            }
        }
        return inputs;
    }

    private static List<NodeInput> settings(Preprocessor preprocessor) {
        return preprocessor.type().inputs().stream()
                .filter(input -> !(input.type() instanceof InputType.Wire))
                .toList();
    }

    /// Checks parameters of a request against the node that will get them.
    static Preprocessing read(Preprocessor preprocessor, Map<String, JsonNode> given, String pointer, Reading reading) {
        var kept = new LinkedHashMap<String, JsonNode>();
        var names = settings(preprocessor).stream().map(NodeInput::name).toList();
        given.forEach((name, value) -> {
            if (!names.contains(name))
                reading.problem(
                        Problem.child(pointer, name),
                        "unknown to " + preprocessor.name() + ", which has " + String.join(", ", names));
        });
        for (var input : settings(preprocessor)) {
            var value = Optional.ofNullable(given.get(input.name()));
            var at = Problem.child(pointer, input.name());
            value.flatMap(json -> checked(input.type(), json, at, reading))
                    .ifPresent(json -> kept.put(input.name(), json));
        }
        return new Preprocessing(preprocessor, kept);
    }

    private static Optional<JsonNode> checked(InputType type, JsonNode json, String pointer, Reading reading) {
        return switch (type) {
            case InputType.Whole whole ->
                reread(
                        new Numbers.Whole(
                                whole.min().orElseThrow().intValueExact(),
                                whole.max().orElseThrow().intValueExact()),
                        json,
                        pointer,
                        reading);
            case InputType.Decimal decimal ->
                reread(
                        new Numbers.Decimal(
                                decimal.min().orElseThrow(), decimal.max().orElseThrow(), false, "0.01"),
                        json,
                        pointer,
                        reading);
            case InputType.Choice choice -> reread(Kinds.Word.of(choice.options()), json, pointer, reading);
            default -> throw new IllegalStateException("a preprocessor has no input like " + type);
        };
    }

    private static <T> Optional<JsonNode> reread(Kind<T> kind, JsonNode json, String pointer, Reading reading) {
        return kind.read(json, pointer, reading).map(value -> kind.write(value, Kind.Form.STORED));
    }

    /// The names and values of a JSON object, in its order.
    static Map<String, JsonNode> members(JsonNode object) {
        var members = new LinkedHashMap<String, JsonNode>();
        for (var name : namesOf(object)) members.put(name, object.get(name));
        return members;
    }

    private static List<String> namesOf(JsonNode object) {
        var names = new ArrayList<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Preprocessing that
                && preprocessor.equals(that.preprocessor)
                && inputs().equals(that.inputs());
    }

    @Override
    public int hashCode() {
        return inputs().hashCode();
    }

    @Override
    public String toString() {
        return name() + inputs();
    }
}

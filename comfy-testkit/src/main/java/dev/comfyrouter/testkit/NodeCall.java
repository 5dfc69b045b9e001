package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One execution of one node: its inputs, and what it may do while it runs.
public final class NodeCall {

    private final PromptRun run;
    private final String nodeId;
    private final String classType;
    private final JsonNode inputs;
    private final Map<String, Object> linked;
    private Optional<ObjectNode> ui = Optional.empty();

    NodeCall(PromptRun run, String nodeId, String classType, JsonNode inputs, Map<String, Object> linked) {
        this.run = run;
        this.nodeId = nodeId;
        this.classType = classType;
        this.inputs = inputs;
        this.linked = new LinkedHashMap<>(linked);
    }

    public String promptId() {
        return run.promptId();
    }

    public String nodeId() {
        return nodeId;
    }

    public String classType() {
        return classType;
    }

    /// What another node handed to this input; empty when the input is a plain value or absent.
    public Optional<Object> linked(String input) {
        return Optional.ofNullable(linked.get(input));
    }

    /// A plain input as text; empty when it is absent.
    public String text(String input) {
        JsonNode value = plain(input);
        return value.isTextual() ? value.asText() : value.isMissingNode() ? "" : Json.write(value);
    }

    /// A plain input as a whole number; 0 when it is absent.
    public int whole(String input) {
        return plain(input).asInt();
    }

    BigInteger unsigned(String input) {
        return plain(input).bigIntegerValue();
    }

    /// A plain input as a decimal number; 0 when it is absent.
    public double decimal(String input) {
        return plain(input).asDouble();
    }

    /// A plain input as a switch; false when it is absent.
    public boolean flag(String input) {
        return plain(input).asBoolean();
    }

    public boolean has(String input) {
        return inputs.has(input);
    }

    /// Reports a step, as the progress bar of a node does.
    public void progress(int value, int max) {
        run.progress(nodeId, value, max, Optional.empty());
    }

    void progress(int value, int max, Events.ImageFormat format, byte[] image) {
        run.progress(nodeId, value, max, Optional.of(new PromptRun.Preview(format, image)));
    }

    /// Shows a text on the node (a binary frame of type 3, to everybody).
    public void say(String text) {
        run.say(nodeId, text);
    }

    /// Lets time pass; an interrupt of the prompt ends it.
    public void pause(Duration time) throws InterruptedException {
        run.pause(time);
    }

    /// What the page gets in `executed` and in the history.
    ///
    /// @param json a JSON object
    public void show(String json) {
        ui = Optional.of(Json.objectOf(json));
    }

    void show(ObjectNode shown) {
        ui = Optional.of(shown);
    }

    Optional<ObjectNode> ui() {
        return ui;
    }

    PromptRun run() {
        return run;
    }

    Map<String, Object> linkedValues() {
        return linked;
    }

    private JsonNode plain(String input) {
        JsonNode value = inputs.path(input);
        return value.isObject() && value.has("__value__") ? value.get("__value__") : value;
    }
}

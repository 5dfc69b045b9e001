package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The execution of one prompt on the worker thread, from `execution_start` to its history entry.
final class PromptRun {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Preview(Events.ImageFormat format, byte[] image) {}

    private static final long PROGRESS_INTERVAL_NANOS = 100_000_000;

    private final Engine engine;
    private final PromptItem item;
    private final Optional<String> client;
    private final ProgressBoard board;
    private final Map<String, String> signatures;
    private final Map<String, OutputCache.Entry> results = new LinkedHashMap<>();
    private final Set<String> executed = new LinkedHashSet<>();
    private final ObjectNode outputs = Json.object();
    private final ArrayNode messages = Json.array();
    private long lastProgress;
    private boolean heldUp;
    private boolean executionTimeClaimed;

    PromptRun(Engine engine, PromptItem item) {
        this.engine = engine;
        this.item = item;
        this.client = item.clientId();
        this.board = new ProgressBoard(item.id());
        this.signatures = engine.cache().startPrompt(item.prompt());
    }

    String promptId() {
        return item.id();
    }

    /// The prompt as it was submitted, for the metadata of pictures.
    PromptItem item() {
        return item;
    }

    Engine engine() {
        return engine;
    }

    /// Runs all nodes; empty entry fields tell how far it came.
    HistoryEntry execute() throws InterruptedException {
        engine.pacing().promptStarts(item.id());
        message("execution_start", Json.object());
        Set<String> cached = cachedNodes();
        message("execution_cached", (ObjectNode) Json.object().set("nodes", Json.strings(cached)));
        boolean success = runNodes(cached);
        if (!engine.release().addsCreateTime()) {
            showEverythingCached();
        }
        engine.shownNode(Optional.empty());
        return new HistoryEntry(item, outputs, meta(), success, messages);
    }

    /// Older versions show every cached output of a node of the prompt, whether it was asked for or not.
    private void showEverythingCached() {
        signatures.forEach((node, signature) -> engine.cache()
                .get(signature)
                .ifPresent(entry -> entry.ui()
                        .filter(ui -> !ui.isEmpty() && !outputs.has(node))
                        .ifPresent(ui -> {
                            outputs.set(node, ui);
                            results.put(node, entry);
                        })));
    }

    private ObjectNode meta() {
        ObjectNode meta = Json.object();
        outputs.fieldNames().forEachRemaining(node -> {
            String maker = Optional.ofNullable(results.get(node))
                    .map(OutputCache.Entry::node)
                    .orElse(node);
            meta.putObject(node)
                    .put("node_id", maker)
                    .put("display_node", maker)
                    .putNull("parent_node")
                    .put("real_node_id", maker);
        });
        return meta;
    }

    private Set<String> cachedNodes() {
        Set<String> cached = new LinkedHashSet<>();
        for (Map.Entry<String, String> node : signatures.entrySet()) {
            engine.cache().get(node.getValue()).ifPresent(entry -> {
                cached.add(node.getKey());
                results.put(node.getKey(), entry);
            });
        }
        // In the order of the prompt, not of the links.
        Set<String> ordered = new LinkedHashSet<>();
        item.prompt().fieldNames().forEachRemaining(node -> {
            if (cached.contains(node)) {
                ordered.add(node);
            }
        });
        return ordered;
    }

    private boolean runNodes(Set<String> cached) throws InterruptedException {
        ExecutionOrder order = new ExecutionOrder(
                item.prompt(),
                item.outputs(),
                cached::contains,
                node -> engine.classes().isOutputNode(classOf(node)));
        while (!order.isEmpty()) {
            String node = order.next();
            if (cached.contains(node)) {
                repeat(node);
            } else if (!run(node)) {
                return false;
            }
            order.done(node);
        }
        if (!heldUp) {
            try {
                engine.pacing().passGate(item.id());
            } catch (Pacing.PromptInterrupted tooLate) {
                // Everything ran already: like an interrupt on an idle server, this one has no effect.
                engine.pacing().promptStarts(item.id());
            }
        }
        message("execution_success", Json.object());
        return true;
    }

    /// A node whose outputs are cached only shows them again.
    private void repeat(String node) {
        Optional<ObjectNode> ui = Optional.ofNullable(results.get(node)).flatMap(OutputCache.Entry::ui);
        toOwner(
                "executed",
                () -> "{" + nodeAndDisplay(node) + ",\"output\":"
                        + ui.map(Json::write).orElse("null") + ",\"prompt_id\":" + Json.quoted(item.id()) + "}");
        boolean shows = engine.release().addsCreateTime()
                ? client.isPresent() || engine.release().containsRealPaths()
                : true;
        if (shows) {
            ui.ifPresent(shown -> outputs.set(node, shown));
        }
        board.finished(node);
        progressState();
    }

    private boolean run(String node) throws InterruptedException {
        String classType = classOf(node);
        board.started(node);
        progressState();
        engine.shownNode(Optional.of(node));
        toOwner("executing", () -> "{" + nodeAndDisplay(node) + ",\"prompt_id\":" + Json.quoted(item.id()) + "}");
        JsonNode inputs = item.prompt().path(node).path("inputs");
        if (!item.extraData().isObject() && engine.classes().isOutputNode(classType)) {
            // What 0.3.64 says when it looks for the metadata of pictures in a text.
            failed(
                    node,
                    classType,
                    Json.object(),
                    new NodeFailure("AttributeError", "'str' object has no attribute 'get'"));
            return false;
        }
        try {
            engine.pacing().throwIfInterrupted();
            Map<String, Object> linked = linkedValues(inputs);
            Optional<Blocked> blocked = linked.values().stream()
                    .filter(Blocked.class::isInstance)
                    .map(Blocked.class::cast)
                    .findFirst();
            if (blocked.isPresent()) {
                skip(node, blocked.get());
            } else {
                holdUp(classType);
                NodeCall call = new NodeCall(this, node, classType, inputs, linked);
                engine.script().beforeNode(call);
                OutputCache.Entry result = new OutputCache.Entry(
                        node, engine.classes().behaviour(classType).run(call), call.ui());
                finish(node, result);
            }
            return true;
        } catch (Pacing.PromptInterrupted interrupted) {
            interrupted(node, classType);
            return false;
        } catch (NodeFailure failure) {
            failed(node, classType, inputs, failure);
            return false;
        } catch (RuntimeException broken) {
            // A mistake in a behaviour fails its node, as any exception of a real node does.
            failed(node, classType, inputs, new NodeFailure(broken.getClass().getSimpleName(), broken.toString()));
            return false;
        }
    }

    /// Where faults strike and the gate stands: once in a prompt, when the first sampler or output node begins.
    private void holdUp(String classType) throws InterruptedException {
        if (heldUp || !(engine.classes().isOutputNode(classType) || Simulation.isSampler(classType))) {
            return;
        }
        heldUp = true;
        engine.pacing().passHang();
        engine.faults().executionFault().ifPresent(fault -> {
            throw fault;
        });
        engine.pacing().passGate(item.id());
    }

    private void finish(String node, OutputCache.Entry result) {
        results.put(node, result);
        engine.cache().put(signatures.getOrDefault(node, node), result);
        result.ui().ifPresent(ui -> {
            if (!ui.isEmpty()) {
                outputs.set(node, ui);
                toOwner(
                        "executed",
                        () -> "{" + nodeAndDisplay(node) + ",\"output\":" + Json.write(ui) + ",\"prompt_id\":"
                                + Json.quoted(item.id()) + "}");
            }
        });
        executed.add(node);
        board.finished(node);
        progressState();
    }

    private void skip(String node, Blocked blocked) {
        if (!blocked.message().isEmpty()) {
            ObjectNode data = Json.object()
                    .put("prompt_id", item.id())
                    .put("node_id", node)
                    .put("node_type", classOf(node));
            data.set("executed", Json.strings(executed));
            data.put("exception_message", "Execution Blocked: " + blocked.message())
                    .put("exception_type", "ExecutionBlocked");
            data.putArray("traceback");
            data.putArray("current_inputs");
            data.putArray("current_outputs");
            toOwner("execution_error", () -> Json.write(data));
        }
        List<Object> silent = new ArrayList<>();
        for (int slot = 0; slot < engine.classes().outputSlots(classOf(node)); slot++) {
            silent.add(new Blocked(""));
        }
        finish(node, new OutputCache.Entry(node, silent, Optional.empty()));
    }

    private void interrupted(String node, String classType) {
        ObjectNode data =
                Json.object().put("prompt_id", item.id()).put("node_id", node).put("node_type", classType);
        data.set("executed", Json.strings(executed));
        stamp(data);
        messages.add(Json.array().add("execution_interrupted").add(data));
        // The only event of a prompt that everybody gets when the prompt has no owner.
        engine.events().send(client, "execution_interrupted", data);
    }

    private void failed(String node, String classType, JsonNode inputs, NodeFailure failure) {
        ObjectNode data = Json.object().put("node_id", node).put("node_type", classType);
        data.set("executed", Json.strings(executed));
        data.put("exception_message", failure.text() + "\n").put("exception_type", failure.exceptionType());
        data.putArray("traceback").add("  File \"execution.py\", line 1, in execute\n    simulated failure\n");
        ObjectNode current = data.putObject("current_inputs");
        inputs.properties().forEach(input -> {
            ArrayNode values = current.putArray(input.getKey());
            if (ExecutionOrder.isLink(input.getValue())) {
                values.add("tensor(simulated)");
            } else {
                values.add(
                        input.getValue().isTextual()
                                ? input.getValue()
                                : Json.array().textNode(Json.write(input.getValue())));
            }
        });
        ArrayNode currentOutputs = data.putArray("current_outputs");
        item.prompt().fieldNames().forEachRemaining(currentOutputs::add);
        message("execution_error", data);
    }

    private Map<String, Object> linkedValues(JsonNode inputs) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> input : inputs.properties()) {
            if (ExecutionOrder.isLink(input.getValue())) {
                OutputCache.Entry from = results.get(input.getValue().get(0).asText());
                int slot = input.getValue().get(1).asInt();
                if (from != null && slot >= 0 && slot < from.outputs().size()) {
                    values.put(input.getKey(), from.outputs().get(slot));
                }
            }
        }
        return values;
    }

    /// True for the first who asks: the time of the whole execution is spent there.
    boolean claimExecutionTime() {
        boolean first = !executionTimeClaimed;
        executionTimeClaimed = true;
        return first;
    }

    void progress(String node, int value, int max, Optional<Preview> preview) {
        engine.pacing().throwIfInterrupted();
        long now = engine.script().nanoTime();
        boolean due = !engine.release().throttlesProgress()
                || value <= 1
                || value >= max
                || preview.isPresent()
                || now - lastProgress >= PROGRESS_INTERVAL_NANOS;
        if (!due) {
            return;
        }
        lastProgress = now;
        board.ticked(node, value, max);
        progressState();
        boolean withMetadata = engine.events().wantsPreviewMetadata(client);
        if (withMetadata) {
            preview.ifPresent(shown ->
                    engine.events().previewWithMetadata(client, metadata(node), shown.format(), shown.image()));
        }
        engine.events()
                .send(
                        client,
                        "progress",
                        () -> "{\"value\":" + value + ",\"max\":" + max + ",\"prompt_id\":" + Json.quoted(item.id())
                                + ",\"node\":" + Json.quoted(node) + "}");
        if (!withMetadata) {
            preview.ifPresent(shown -> engine.events().preview(client, shown.format(), shown.image()));
        }
    }

    void say(String node, String text) {
        engine.events().text(node, text);
    }

    void pause(Duration time) throws InterruptedException {
        engine.pacing().pause(time);
    }

    private ObjectNode metadata(String node) {
        return Json.object()
                .put("node_id", node)
                .put("prompt_id", item.id())
                .put("display_node_id", node)
                .putNull("parent_node_id")
                .put("real_node_id", node);
    }

    private void progressState() {
        if (engine.release().honoursPromptId()) {
            engine.events().send(client, "progress_state", board::data);
        }
    }

    /// An event that also becomes part of the history.
    private void message(String type, ObjectNode fields) {
        ObjectNode data = Json.object();
        if (type.equals("execution_cached")) {
            data.setAll(fields);
            data.put("prompt_id", item.id());
        } else {
            data.put("prompt_id", item.id());
            data.setAll(fields);
        }
        stamp(data);
        messages.add(Json.array().add(type).add(data));
        toOwner(type, () -> Json.write(data));
    }

    private static void stamp(ObjectNode data) {
        data.put("timestamp", System.currentTimeMillis());
    }

    private void toOwner(String type, Supplier<String> data) {
        if (client.isPresent()) {
            engine.events().send(client, type, data);
        }
    }

    private String classOf(String node) {
        return item.prompt().path(node).path("class_type").asText();
    }

    private static String nodeAndDisplay(String node) {
        String id = Json.quoted(node);
        return "\"node\":" + id + ",\"display_node\":" + id;
    }
}

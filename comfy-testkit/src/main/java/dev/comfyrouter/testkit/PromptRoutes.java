package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/// `/prompt`, `/queue`, `/history`, `/interrupt` and `/free`.
final class PromptRoutes {

    static final String UUID_FORM = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    private final Engine engine;
    private final PromptCheck check;
    private final AtomicInteger number;

    PromptRoutes(Engine engine) {
        this.engine = engine;
        this.number = engine.promptNumber();
        this.check = new PromptCheck(
                engine.classes(),
                new ObjectInfo(engine.classes(), engine.release()),
                engine.release(),
                name -> AnnotatedName.parse(name, Folder.INPUT)
                        .find(engine.files())
                        .isPresent());
    }

    void register(Routes routes) {
        routes.on(
                "GET",
                "/prompt",
                request -> HttpResponse.json(
                        "{\"exec_info\":{\"queue_remaining\":" + engine.queue().remaining() + "}}"));
        routes.on("POST", "/prompt", this::submit);
        routes.on("GET", "/queue", request -> queue());
        routes.on("POST", "/queue", this::changeQueue);
        routes.on("POST", "/interrupt", this::interrupt);
        routes.on("POST", "/free", this::free);
        routes.on("GET", "/history", this::history);
        routes.on("POST", "/history", this::changeHistory);
        routes.on("GET", "/history/*", request -> {
            ObjectNode found = Json.object();
            String id = Routes.part(request, 1);
            engine.queue().history(id).ifPresent(entry -> found.set(id, entry.onTheWire()));
            return HttpResponse.json(Json.write(found));
        });
    }

    private HttpResponse submit(HttpRequest request) throws JsonProcessingException {
        JsonNode body = Json.read(request.body());
        JsonNode given = priority(body);
        if (!body.has("prompt")) {
            return refused(PromptCheck.error("no_prompt", "No prompt provided", "No prompt provided"), Json.object());
        }
        if (isForbiddenId(body)) {
            return refused(
                    PromptCheck.error(
                            "invalid_prompt_id",
                            "prompt_id must be a valid UUID",
                            "prompt_id must be a UUID string in canonical lowercase hyphenated form; "
                                    + "omit it to let the server generate one"),
                    Json.object());
        }
        if (!(body.get("prompt") instanceof ObjectNode prompt)) {
            throw new PromptCheck.Unhandled("the prompt is not an object");
        }
        PromptCheck.Verdict verdict = check.check(prompt, targets(body));
        JsonNode extraData = extraData(body);
        if (verdict.error().isPresent()) {
            return refused(verdict.error().get(), verdict.nodeErrors());
        }
        String id = promptId(body);
        engine.queue().put(new PromptItem(given, id, prompt, extraData, verdict.outputs()));
        ObjectNode answer = Json.object().put("prompt_id", id);
        answer.set("number", given);
        answer.set(
                "node_errors",
                engine.faults().inventsNodeErrors()
                        ? inventedErrors(verdict.outputs().getFirst())
                        : verdict.nodeErrors());
        return HttpResponse.json(Json.write(answer));
    }

    private JsonNode priority(JsonNode body) {
        if (body.has("number")) {
            try {
                return Python.toFloat(body.get("number"));
            } catch (Python.ConversionError refused) {
                throw new PromptCheck.Unhandled(refused.text());
            }
        }
        if (!body.isObject() && !body.isArray()) {
            throw new PromptCheck.Unhandled("neither an object nor a list");
        }
        int next = number.getAndIncrement();
        return IntNode.valueOf(Python.toBool(body.path("front")).asBoolean() ? -next : next);
    }

    private boolean isForbiddenId(JsonNode body) {
        JsonNode id = body.path("prompt_id");
        return engine.release().requiresCanonicalPromptId()
                && !id.isMissingNode()
                && !id.isNull()
                && !(id.isTextual() && id.asText().matches(UUID_FORM));
    }

    private String promptId(JsonNode body) {
        JsonNode id = body.path("prompt_id");
        boolean absent = id.isMissingNode() || (id.isNull() && engine.release().requiresCanonicalPromptId());
        return absent || !engine.release().honoursPromptId()
                ? UUID.randomUUID().toString()
                : Python.toStr(id).asText();
    }

    private Optional<List<String>> targets(JsonNode body) {
        if (!engine.release().runsPartially()
                || !body.path("partial_execution_targets").isArray()) {
            return Optional.empty();
        }
        List<String> targets = new ArrayList<>();
        body.get("partial_execution_targets").forEach(target -> targets.add(target.asText()));
        return Optional.of(targets);
    }

    private JsonNode extraData(JsonNode body) {
        JsonNode extraData = body.has("extra_data") ? body.get("extra_data") : Json.object();
        boolean adds = body.has("client_id") || engine.release().addsCreateTime();
        if (!(extraData instanceof ObjectNode object)) {
            if (adds) {
                throw new PromptCheck.Unhandled("extra_data is not an object");
            }
            return extraData;
        }
        if (body.has("client_id")) {
            object.set("client_id", body.get("client_id"));
        }
        if (engine.release().addsCreateTime()) {
            object.remove(List.of("auth_token_comfy_org", "api_key_comfy_org"));
            object.put("create_time", System.currentTimeMillis());
        }
        return object;
    }

    private static HttpResponse refused(ObjectNode error, ObjectNode nodeErrors) {
        ObjectNode answer = Json.object();
        answer.set("error", error);
        answer.set("node_errors", nodeErrors);
        return HttpResponse.json(400, Json.write(answer));
    }

    private static ObjectNode inventedErrors(String node) {
        ObjectNode errors = Json.object();
        ObjectNode entry = errors.putObject(node);
        entry.putArray("errors")
                .add(PromptCheck.error("custom_validation_failed", "Custom validation failed for node", "invented"));
        entry.putArray("dependent_outputs").add(node);
        entry.put("class_type", "Invented");
        return errors;
    }

    private HttpResponse queue() {
        PromptQueue.Snapshot snapshot = engine.queue().snapshot();
        ObjectNode answer = Json.object();
        ArrayNode running = answer.putArray("queue_running");
        snapshot.running().ifPresent(item -> running.add(item.onTheWire()));
        ArrayNode pending = answer.putArray("queue_pending");
        snapshot.pending().forEach(item -> pending.add(item.onTheWire()));
        return HttpResponse.json(Json.write(answer));
    }

    private HttpResponse changeQueue(HttpRequest request) throws JsonProcessingException {
        JsonNode body = Json.read(request.body());
        if (body.path("clear").asBoolean()) {
            engine.queue().clearPending();
        }
        body.path("delete").forEach(id -> engine.queue().delete(id.asText()));
        return HttpResponse.empty(200);
    }

    private HttpResponse interrupt(HttpRequest request) {
        JsonNode body;
        try {
            body = Json.read(request.body());
        } catch (JsonProcessingException unreadable) {
            body = Json.object();
        }
        if (!body.isObject()) {
            throw new PromptCheck.Unhandled("a list has no get()");
        }
        JsonNode id = body.path("prompt_id");
        boolean targeted =
                engine.release().interruptsByPromptId() && Python.toBool(id).asBoolean();
        if (!targeted) {
            engine.pacing().interruptPrompt();
        } else if (engine.queue().isRunning(id.asText())) {
            engine.pacing().interruptPrompt(id.asText());
        }
        return HttpResponse.empty(200);
    }

    private HttpResponse free(HttpRequest request) throws JsonProcessingException {
        JsonNode body = Json.read(request.body());
        if (!body.isObject()) {
            throw new PromptCheck.Unhandled("a list has no get()");
        }
        if (body.path("free_memory").asBoolean()) {
            engine.queue().requestFree();
        }
        return HttpResponse.empty(200);
    }

    private HttpResponse history(HttpRequest request) {
        Optional<Integer> maxItems = whole(request, "max_items");
        Optional<Integer> offset =
                engine.release().pagesHistoryByOffset() ? whole(request, "offset") : Optional.empty();
        List<HistoryEntry> all = engine.queue().history();
        int from = offset.filter(given -> given >= 0)
                .orElseGet(() ->
                        maxItems.map(most -> Math.max(0, all.size() - most)).orElse(0));
        ObjectNode answer = Json.object();
        all.stream()
                .skip(from)
                .limit(maxItems.orElse(Integer.MAX_VALUE))
                .forEach(entry -> answer.set(entry.item().id(), entry.onTheWire()));
        return HttpResponse.json(Json.write(answer));
    }

    private static Optional<Integer> whole(HttpRequest request, String name) {
        return request.parameter(name).map(text -> {
            try {
                return Python.toInt(Json.array().textNode(text)).asInt();
            } catch (Python.ConversionError refused) {
                throw new PromptCheck.Unhandled(refused.text());
            }
        });
    }

    private HttpResponse changeHistory(HttpRequest request) throws JsonProcessingException {
        JsonNode body = Json.read(request.body());
        if (body.path("clear").asBoolean()) {
            engine.queue().clearHistory();
        }
        body.path("delete").forEach(id -> engine.queue().deleteHistory(id.asText()));
        return HttpResponse.empty(200);
    }
}

package dev.comfyrouter.server.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.workflows.InvalidWorkflow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/// Reads the body of `POST /workflow`, and collects every mistake in it before it complains.
final class WorkflowRequest {
    static final List<String> TYPES = List.of("SD15", "SDXL", "Flux", TaskRequest.GRAPH);
    static final int PRIORITY = 100;
    private static final Duration LONGEST = Duration.ofDays(30);
    private static final Set<String> NAMES = Set.of("type", "params", "priority", "maxWait", "maxRun", "requires");

    private final List<Problem.Mistake> mistakes = new ArrayList<>();
    private final Map<String, JsonNode> members = new LinkedHashMap<>();
    private Optional<String> params = Optional.empty();

    private WorkflowRequest() {}

    /// @param plans reads the parameters of a type
    static TaskRequest read(byte[] body, BiFunction<String, String, Plan> plans) {
        var request = new WorkflowRequest();
        try {
            request.split(body);
        } catch (JsonProcessingException malformed) {
            throw Bodies.malformed(malformed);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return request.checked(plans);
    }

    /// Takes the members apart. The parameters stay text: a picture in them need not be copied again and again.
    private void split(byte[] body) throws IOException {
        try (JsonParser parser = Json.VALUES.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Refusal.malformed("The body must be a JSON object.");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("params")) {
                    int from = (int) parser.currentTokenLocation().getByteOffset();
                    if (from < 0) {
                        throw Refusal.malformed("The body must be encoded in UTF-8.");
                    }
                    parser.skipChildren();
                    int to = (int) parser.currentLocation().getByteOffset();
                    if (value == JsonToken.START_OBJECT) {
                        params = Optional.of(new String(body, from, to - from, StandardCharsets.UTF_8));
                    } else {
                        mistake("/params", "params must be an object with the parameters of the type");
                        params = Optional.of("{}");
                    }
                } else {
                    members.put(name, Json.VALUES.readTree(parser));
                }
            }
            if (parser.nextToken() != null) {
                throw Refusal.malformed("There is more after the JSON object.");
            }
        }
    }

    private TaskRequest checked(BiFunction<String, String, Plan> plans) {
        members.keySet().stream()
                .filter(name -> !NAMES.contains(name))
                .forEach(name -> mistake(
                        "/" + name.replace("~", "~0").replace("/", "~1"),
                        "unknown; a request has type, params, priority, maxWait, maxRun and requires"));
        Optional<String> type = type();
        if (params.isEmpty()) {
            mistake("/params", "params is missing: the parameters of the type");
        }
        int priority = priority();
        Optional<Duration> maxWait = duration("maxWait");
        Optional<Duration> maxRun = duration("maxRun");
        Requirements requires = requires();
        Optional<Plan> plan =
                type.isPresent() && params.isPresent() ? plan(plans, type.get(), params.get()) : Optional.empty();
        if (!mistakes.isEmpty() || plan.isEmpty() || type.isEmpty()) {
            throw Refusal.wrong(mistakes);
        }
        return new TaskRequest(type.get(), plan.get(), priority, maxWait, maxRun, requires, Optional.empty());
    }

    private Optional<Plan> plan(BiFunction<String, String, Plan> plans, String type, String text) {
        try {
            return Optional.of(plans.apply(type, text));
        } catch (InvalidWorkflow invalid) {
            mistakes.addAll(Problems.below("/params", invalid.problems()));
            return Optional.empty();
        }
    }

    private Optional<String> type() {
        JsonNode node = members.get("type");
        if (node == null) {
            mistake("/type", "type is missing: SD15, SDXL, Flux or Graph");
            return Optional.empty();
        }
        Optional<String> known = TYPES.stream()
                .filter(type -> node.isTextual() && type.equals(node.textValue()))
                .findFirst();
        if (known.isEmpty()) {
            String meant = TYPES.stream()
                    .filter(type -> node.isTextual()
                            && type.equalsIgnoreCase(node.textValue().replaceAll("[._\\s-]", "")))
                    .findFirst()
                    .map(type -> "; did you mean " + type + "?")
                    .orElse("");
            mistake("/type", "type must be SD15, SDXL, Flux or Graph" + meant);
        }
        return known;
    }

    private int priority() {
        JsonNode node = members.get("priority");
        if (node == null || node.isNull()) {
            return 0;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || Math.abs((long) node.intValue()) > PRIORITY) {
            mistake("/priority", "priority must be a whole number from -" + PRIORITY + " to " + PRIORITY);
            return 0;
        }
        return node.intValue();
    }

    private Optional<Duration> duration(String name) {
        JsonNode node = members.get(name);
        if (node == null || node.isNull()) {
            return Optional.empty();
        }
        Optional<Duration> value = node.isTextual() ? Durations.parse(node.textValue()) : Optional.empty();
        if (value.filter(time -> time.compareTo(Duration.ofSeconds(1)) >= 0 && time.compareTo(LONGEST) <= 0)
                .isEmpty()) {
            mistake(
                    "/" + name,
                    name + " must be a duration from \"1s\" to \"720h\", such as \"45s\", \"10m\" or \"24h\"");
            return Optional.empty();
        }
        return value;
    }

    private Requirements requires() {
        JsonNode node = members.get("requires");
        if (node == null || node.isNull()) {
            return Requirements.NONE;
        }
        if (!node.isObject()) {
            mistake("/requires", "requires must be an object with labels and vramGiB");
            return Requirements.NONE;
        }
        Set<String> labels = new LinkedHashSet<>();
        double vram = 0;
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                continue;
            }
            switch (member.getKey()) {
                case "labels" -> {
                    boolean texts = value.isArray() && value.size() <= 32;
                    for (JsonNode label : value) {
                        texts &= label.isTextual() && label.textValue().length() <= 100;
                        labels.add(label.asText());
                    }
                    if (!texts) {
                        mistake("/requires/labels", "labels must be at most 32 texts of at most 100 characters");
                    }
                }
                case "vramGiB" -> {
                    vram = value.asDouble();
                    if (!value.isNumber() || vram < 0 || vram > 10_000) {
                        mistake("/requires/vramGiB", "vramGiB must be a number from 0 to 10000");
                    }
                }
                default -> mistake("/requires/" + member.getKey(), "unknown; requires has labels and vramGiB");
            }
        }
        return new Requirements(labels, vram);
    }

    private void mistake(String pointer, String detail) {
        mistakes.add(new Problem.Mistake(pointer, detail));
    }
}

package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// Requests made by chance: what the OpenAPI document allows, with some of it bent.
final class FuzzedRequests {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "0",
            "-1",
            "null",
            "a.safetensors",
            "../../etc/passwd",
            "https://localhost:1/x.safetensors?token=t",
            "file:///etc/passwd",
            "http://[::1",
            "data:image/png;base64,iVBORw0KGgo=",
            "\u0000",
            "\ud800",
            "é\u202eß\uD83D\uDE00",
            "'; DROP TABLE task; --",
            "%s%n{0}",
            "x".repeat(3000));
    private static final List<BigDecimal> NUMBERS = List.of(
            BigDecimal.ZERO,
            BigDecimal.ONE,
            BigDecimal.valueOf(-1),
            new BigDecimal("0.5"),
            new BigDecimal("1e30"),
            new BigDecimal("-1e-30"),
            new BigDecimal(BigInteger.TWO.pow(63)),
            new BigDecimal(BigInteger.TWO.pow(64)),
            BigDecimal.valueOf(Integer.MAX_VALUE));

    private final Random random;
    private final List<String> ids;

    record Made(String method, String path, Map<String, String> headers, Optional<String> body) {}

    /// @param ids of tasks that there are
    FuzzedRequests(Random random, List<String> ids) {
        this.random = random;
        this.ids = ids;
    }

    Made make(String operation) {
        String method = operation.split(" ", 2)[0];
        String path = operation.split(" ", 2)[1];
        JsonNode item = Contract.document().path("paths").path(path);
        JsonNode declared = item.path(method.toLowerCase(Locale.ROOT));
        List<String> query = new ArrayList<>();
        Map<String, String> headers = new LinkedHashMap<>();
        List<JsonNode> parameters = new ArrayList<>();
        item.path("parameters").forEach(parameters::add);
        declared.path("parameters").forEach(parameters::add);
        for (JsonNode each : parameters) {
            JsonNode parameter = Contract.resolved(each);
            String name = parameter.path("name").asText();
            String value = name.equals("wait") ? "0" : text(value(parameter.path("schema"), 0));
            switch (parameter.path("in").asText()) {
                case "path" -> path = path.replace("{" + name + "}", escaped(chance(3) ? value : known(name)));
                case "query" -> {
                    if (chance(2)) {
                        query.add(name + "=" + escaped(value));
                    }
                }
                default -> {
                    if (chance(3) && !value.isEmpty() && value.chars().allMatch(c -> c > 32 && c < 127)) {
                        headers.put(name, value);
                    }
                }
            }
        }
        Optional<String> body = Optional.empty();
        if (declared.has("requestBody") || chance(20)) {
            JsonNode schema = declared.path("requestBody")
                    .path("content")
                    .path("application/json")
                    .path("schema");
            String json = value(schema, 0).toString();
            body = Optional.of(chance(15) && !json.isEmpty() ? json.substring(0, random.nextInt(json.length())) : json);
            headers.put("Content-Type", chance(20) ? "text/plain" : "application/json");
        }
        return new Made(method, path + (query.isEmpty() ? "" : "?" + String.join("&", query)), headers, body);
    }

    private String known(String name) {
        return switch (name) {
            case "id" -> chance(4) ? "1" : ids.get(random.nextInt(ids.size()));
            case "name" -> "start.js";
            default -> "0";
        };
    }

    private JsonNode value(JsonNode given, int depth) {
        JsonNode schema = Contract.resolved(given);
        if (depth > 8 || chance(25)) {
            return anything();
        }
        for (String choice : List.of("oneOf", "anyOf")) {
            if (schema.path(choice) instanceof ArrayNode options && !options.isEmpty()) {
                return value(options.get(random.nextInt(options.size())), depth + 1);
            }
        }
        if (schema.has("const")) {
            return schema.path("const");
        }
        if (schema.path("enum") instanceof ArrayNode words) {
            return words.get(random.nextInt(words.size()));
        }
        if (schema.has("default") && chance(3)) {
            return schema.path("default");
        }
        JsonNode type = schema.path("type");
        return switch (type.isArray() ? type.path(0).asText() : type.asText()) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "integer" -> JSON.numberNode(between(schema).toBigInteger());
            case "number" -> JSON.numberNode(between(schema));
            case "boolean" -> JSON.booleanNode(chance(2));
            case "string" -> JSON.textNode(TEXTS.get(random.nextInt(TEXTS.size())));
            default -> anything();
        };
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode made = JSON.objectNode();
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            if (required.contains(property.getKey()) ? !chance(20) : chance(4)) {
                made.set(property.getKey(), value(property.getValue(), depth + 1));
            }
        }
        if (schema.path("additionalProperties") instanceof ObjectNode other && !other.isEmpty()) {
            for (int i = 0; i < random.nextInt(4); i++) {
                made.set(Integer.toString(i), value(other, depth + 1));
            }
        }
        if (chance(20)) {
            made.set("x~/" + random.nextInt(), anything());
        }
        return made;
    }

    private ArrayNode array(JsonNode schema, int depth) {
        ArrayNode made = JSON.arrayNode();
        int count = random.nextInt(chance(10) ? 100 : 4);
        for (int i = 0; i < count; i++) {
            made.add(value(schema.path("items"), depth + 1));
        }
        return made;
    }

    private BigDecimal between(JsonNode schema) {
        if (chance(3)) {
            return NUMBERS.get(random.nextInt(NUMBERS.size()));
        }
        double from = schema.path("minimum").asDouble(0);
        double to = Math.min(schema.path("maximum").asDouble(1000), 1_000_000);
        return BigDecimal.valueOf(Math.round(from + random.nextDouble() * Math.max(0, to - from)));
    }

    private JsonNode anything() {
        return switch (random.nextInt(7)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(true);
            case 2 -> JSON.arrayNode().add(JSON.arrayNode());
            case 3 -> JSON.objectNode().put("type", "base64");
            case 4 -> JSON.numberNode(NUMBERS.get(random.nextInt(NUMBERS.size())));
            case 5 -> JSON.objectNode();
            default -> JSON.textNode(TEXTS.get(random.nextInt(TEXTS.size())));
        };
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private static String text(JsonNode value) {
        return value.isValueNode() ? value.asText() : value.toString();
    }

    private static String escaped(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}

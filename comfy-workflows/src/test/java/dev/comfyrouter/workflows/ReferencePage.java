package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The tables of `docs/workflows.md`, made from the schemas of the recipes, which the OpenAPI document has, too.
final class ReferencePage {
    /// Stands in the lists that differ from node to node.
    private static final String OFFERED = "a name that a node offers";

    /// A parameter in each recipe that has it.
    private final Map<String, Map<String, Cell>> rows = new LinkedHashMap<>();

    private final Map<String, Set<String>> groups = new LinkedHashMap<>();

    private record Cell(String value, String standard, String meaning) {}

    ReferencePage() {
        var offered = new SamplerLists(List.of(OFFERED), List.of(OFFERED));
        for (String type : Recipe.types()) {
            members(type, Json.parse(Recipe.schema(type, offered)), "", "");
        }
    }

    private void members(String type, JsonNode object, String prefix, String groupOfParent) {
        Set<String> required = new LinkedHashSet<>();
        object.path("required").forEach(name -> required.add(name.asText()));
        object.path("properties").properties().forEach(member -> {
            JsonNode schema = member.getValue();
            String name = prefix + member.getKey();
            String group = groupOfParent.isEmpty() ? schema.at("/x-ui/group").asText() : groupOfParent;
            groups.computeIfAbsent(group, key -> new LinkedHashSet<>()).add(name);
            rows.computeIfAbsent(name, key -> new LinkedHashMap<>())
                    .put(
                            type,
                            new Cell(
                                    value(schema),
                                    required.contains(member.getKey()) ? "required" : standard(schema),
                                    schema.path("description").asText()));
            if (schema.path("type").asText().equals("object")) {
                members(type, schema, name + ".", group);
            } else if (schema.at("/items/type").asText().equals("object")) {
                members(type, schema.path("items"), name + "[].", group);
            }
        });
    }

    private static String standard(JsonNode schema) {
        JsonNode standard = schema.path("default");
        return standard.isMissingNode() ? "optional" : "`" + standard + "`";
    }

    private static String value(JsonNode schema) {
        JsonNode ui = schema.path("x-ui");
        return switch (ui.path("widget").asText()) {
            case "model" -> "a model of `models/" + ui.path("folder").asText() + "`";
            case "image" -> "an image";
            case "seed" -> "0 to 2⁶⁴−1";
            default -> plain(schema);
        };
    }

    private static String plain(JsonNode schema) {
        if (schema.has("enum")) {
            List<String> words = new ArrayList<>();
            schema.path("enum").forEach(word -> words.add("`" + word.asText() + "`"));
            return words.contains("`" + OFFERED + "`") ? OFFERED : String.join(", ", words);
        }
        return switch (schema.path("type").asText()) {
            case "integer", "number" -> number(schema);
            case "boolean" -> "`true` or `false`";
            case "string" ->
                schema.has("maxLength") ? "text, up to " + schema.path("maxLength") + " characters" : "text";
            case "array" -> {
                JsonNode items = schema.path("items");
                String what = items.path("type").asText().equals("object") ? "objects" : "images";
                yield schema.path("minItems").asInt() + " to " + schema.path("maxItems") + " " + what;
            }
            default -> "an object";
        };
    }

    private static String number(JsonNode schema) {
        String lowest = schema.has("exclusiveMinimum")
                ? "above " + schema.path("exclusiveMinimum")
                : schema.path("minimum").toString();
        return (schema.path("type").asText().equals("integer") ? "whole, " : "")
                + lowest + " to " + schema.path("maximum")
                + (schema.has("multipleOf") ? ", a multiple of " + schema.path("multipleOf") : "");
    }

    /// The lines of all tables.
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        groups.forEach((group, names) -> {
            lines.add("### " + group.substring(0, 1).toUpperCase(Locale.ROOT) + group.substring(1));
            lines.add("");
            lines.add("| parameter | what it may be | " + String.join(" | ", Recipe.types()) + " | meaning |");
            lines.add("|---|---|" + "---|".repeat(Recipe.types().size()) + "---|");
            names.forEach(name -> lines.add(row(name, rows.getOrDefault(name, Map.of()))));
            lines.add("");
        });
        return lines;
    }

    private static String row(String name, Map<String, Cell> byType) {
        String standards = Recipe.types().stream()
                .map(type -> byType.containsKey(type) ? byType.get(type).standard() : "–")
                .collect(Collectors.joining(" | "));
        Map<String, List<String>> values = new LinkedHashMap<>();
        byType.forEach((type, cell) ->
                values.computeIfAbsent(cell.value(), key -> new ArrayList<>()).add(type));
        String value = values.size() == 1
                ? values.keySet().iterator().next()
                : values.entrySet().stream()
                        .map(one -> String.join(", ", one.getValue()) + ": " + one.getKey())
                        .collect(Collectors.joining("; "));
        String meaning = byType.values().iterator().next().meaning();
        return "| `" + name + "` | " + value + " | " + standards + " | " + meaning + " |";
    }
}

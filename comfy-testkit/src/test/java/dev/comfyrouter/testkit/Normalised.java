package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Takes out of an answer or event what differs between two runs of the same server.
final class Normalised {

    private static final Set<String> TIMES = Set.of(
            "timestamp", "create_time", "execution_start_time", "execution_end_time", "modified", "created", "size");
    private static final Set<String> SETS = Set.of("executed", "current_outputs", "dependent_outputs", "cycle_nodes");

    private Normalised() {}

    static JsonNode of(JsonNode node) {
        return of("", node);
    }

    private static JsonNode of(String name, JsonNode node) {
        if (TIMES.contains(name) && node.isNumber()) {
            return TextNode.valueOf("<time or size>");
        }
        if (name.equals("number") || name.equals("priority")) {
            return TextNode.valueOf(node.isIntegralNumber() ? "<whole>" : "<decimal>");
        }
        if (name.equals("traceback")) {
            return TextNode.valueOf("<traceback>");
        }
        if (name.equals("current_inputs") && node.isObject()) {
            return sortedNames(node);
        }
        if (name.equals("input_config") && node.isArray()) {
            // Tooltips and rounding are ComfyUI's text; type, list and range are the contract.
            return TextNode.valueOf("<input config of "
                    + (node.path(0).isArray() ? node.path(0) : node.path(0).asText()) + ">");
        }
        if ((name.equals("errors") && node.isArray()) || SETS.contains(name)) {
            return sorted(node);
        }
        if (name.equals("prompt") && node.isArray() && node.size() == 5) {
            ArrayNode item = Json.array();
            item.add(node.get(0).isIntegralNumber() ? "<whole>" : "<decimal>");
            item.add(of("", node.get(1)))
                    .add(of("", node.get(2)))
                    .add(of("", node.get(3)))
                    .add(sorted(node.get(4)));
            return item;
        }
        return switch (node.getNodeType()) {
            case OBJECT -> {
                ObjectNode result = Json.object();
                Map<String, JsonNode> members = new TreeMap<>();
                node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
                members.forEach((key, value) -> result.set(text(key), of(key, value)));
                yield result;
            }
            case ARRAY -> {
                ArrayNode result = Json.array();
                node.forEach(item -> result.add(of("", item)));
                yield name.startsWith("queue_") ? queue(node) : result;
            }
            case STRING -> TextNode.valueOf(text(node.asText()));
            case NUMBER -> node.isIntegralNumber() ? node : TextNode.valueOf("" + node.doubleValue());
            default -> node;
        };
    }

    private static JsonNode queue(JsonNode items) {
        ArrayNode result = Json.array();
        items.forEach(item -> result.add(of("prompt", item)));
        return result;
    }

    static String text(String text) {
        if (text.contains("tensor(")) {
            return "<tensor>";
        }
        // Paths of the machine follow.
        return text.replaceAll("(outside the output folder is not allowed\\.)[\\s\\S]*", "$1")
                .replace("<root>/", "")
                .replaceAll("ComfyUI_temp_[a-z]{5}_\\d+_", "ComfyUI_temp_")
                .replaceAll("\\b[0-9a-f]{32}\\b", "<sid>")
                .replaceAll("rec(\\d*)_\\d{4}_\\d\\d_\\d\\d", "rec$1_date");
    }

    private static JsonNode sorted(JsonNode node) {
        List<String> items = new ArrayList<>();
        node.forEach(item -> items.add(Json.write(of("", item))));
        items.sort(null);
        return Json.strings(items);
    }

    private static JsonNode sortedNames(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        // Hidden inputs of nodes that save.
        names.removeAll(List.of("prompt", "extra_pnginfo"));
        names.sort(null);
        return Json.strings(names);
    }
}

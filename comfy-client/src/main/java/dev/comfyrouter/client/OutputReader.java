package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// Reads what a node gave for a person to see: an object of ComfyUI's keys, each mostly with a list.
final class OutputReader {
    private OutputReader() {}

    /// @param output null on the wire for some cached nodes, which is none
    static Outputs read(String nodeId, JsonNode output) {
        var files = new ArrayList<OutputFile>();
        var texts = new ArrayList<OutputText>();
        var other = new ArrayList<Outputs.Other>();
        output.properties().forEach(entry -> {
            String kind = entry.getKey();
            JsonNode value = entry.getValue();
            var entries = value.isArray() ? List.copyOf(elements(value)) : List.of(value);
            // A key is split only if all of it is understood; otherwise it stays whole, as JSON.
            if (!entries.isEmpty() && entries.stream().allMatch(OutputReader::isFile)) {
                entries.forEach(file -> files.add(file(nodeId, kind, file)));
            } else if (!entries.isEmpty() && entries.stream().allMatch(JsonNode::isTextual)) {
                entries.forEach(text -> texts.add(new OutputText(nodeId, kind, text.textValue())));
            } else {
                entries.stream().filter(OutputReader::isFile).forEach(file -> files.add(file(nodeId, kind, file)));
                other.add(new Outputs.Other(nodeId, kind, value.toString()));
            }
        });
        return new Outputs(files, texts, other);
    }

    private static List<JsonNode> elements(JsonNode array) {
        var elements = new ArrayList<JsonNode>(array.size());
        array.forEach(elements::add);
        return elements;
    }

    private static boolean isFile(JsonNode entry) {
        return entry.isObject() && !Json.textOrEmpty(entry, "filename").isEmpty();
    }

    private static OutputFile file(String nodeId, String kind, JsonNode file) {
        return new OutputFile(
                nodeId,
                kind,
                Json.textOrEmpty(file, "filename"),
                Json.textOrEmpty(file, "subfolder"),
                Json.text(file, "type").orElse("output"));
    }
}

package dev.comfyrouter.testkit;

import java.util.LinkedHashMap;
import java.util.Map;

/// The `progress_state` of one prompt: every node that was touched, in that order.
final class ProgressBoard {

    private final String promptId;
    private final Map<String, String> nodes = new LinkedHashMap<>();
    private final Map<String, String> maxima = new LinkedHashMap<>();

    ProgressBoard(String promptId) {
        this.promptId = promptId;
    }

    void started(String node) {
        set(node, "0.0", "1.0", "running");
    }

    void ticked(String node, int value, int max) {
        set(node, Integer.toString(value), Integer.toString(max), "running");
    }

    /// A node that was never started (its output was cached) is shown as 1 of 1, in whole numbers.
    void finished(String node) {
        String max = maxima.getOrDefault(node, "1");
        set(node, max, max, "finished");
    }

    String data() {
        StringBuilder data = new StringBuilder(nodes.size() * 240 + 80)
                .append("{\"prompt_id\":")
                .append(Json.quoted(promptId))
                .append(",\"nodes\":{");
        String separator = "";
        for (Map.Entry<String, String> node : nodes.entrySet()) {
            data.append(separator)
                    .append(Json.quoted(node.getKey()))
                    .append(':')
                    .append(node.getValue());
            separator = ",";
        }
        return data.append("}}").toString();
    }

    private void set(String node, String value, String max, String state) {
        maxima.put(node, max);
        String id = Json.quoted(node);
        nodes.put(
                node,
                "{\"value\":" + value + ",\"max\":" + max + ",\"state\":\"" + state + "\",\"node_id\":" + id
                        + ",\"prompt_id\":" + Json.quoted(promptId) + ",\"display_node_id\":" + id
                        + ",\"parent_node_id\":null,\"real_node_id\":" + id + "}");
    }
}

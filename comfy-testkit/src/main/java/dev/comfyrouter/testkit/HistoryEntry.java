package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// What is left of a prompt that ended.
///
/// @param outputs by node id, what its UI got
/// @param meta by node id, where it is shown
/// @param messages `execution_start`, `execution_cached` and the last event, as pairs of name and data
record HistoryEntry(PromptItem item, ObjectNode outputs, ObjectNode meta, boolean success, ArrayNode messages) {

    ObjectNode onTheWire() {
        ObjectNode entry = Json.object();
        entry.set("prompt", item.onTheWire());
        entry.set("outputs", outputs);
        ObjectNode status = entry.putObject("status");
        status.put("status_str", success ? "success" : "error").put("completed", success);
        status.set("messages", messages);
        entry.set("meta", meta);
        return entry;
    }
}

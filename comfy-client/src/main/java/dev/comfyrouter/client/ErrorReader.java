package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;

/// Reads the data of an `execution_error`.
final class ErrorReader {
    private ErrorReader() {}

    static ExecutionError read(JsonNode data) {
        var inputs = new LinkedHashMap<String, String>();
        data.path("current_inputs")
                .properties()
                .forEach(input -> inputs.put(input.getKey(), input.getValue().toString()));
        return new ExecutionError(
                Json.textOrEmpty(data, "node_id"),
                Json.textOrEmpty(data, "node_type"),
                Json.textOrEmpty(data, "exception_type"),
                Json.textOrEmpty(data, "exception_message").stripTrailing(),
                Json.texts(data.path("traceback")),
                Json.texts(data.path("executed")),
                inputs);
    }
}

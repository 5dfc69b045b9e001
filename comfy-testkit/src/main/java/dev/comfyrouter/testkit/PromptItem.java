package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/// One accepted prompt, as the queue holds it.
///
/// @param number as it is written in answers: whole from the server's counter, a decimal when the client chose
///     it
/// @param outputs the output nodes to run, valid ones only
record PromptItem(JsonNode number, String id, ObjectNode prompt, JsonNode extraData, List<String> outputs) {

    double priority() {
        return number.doubleValue();
    }

    /// The socket that gets this prompt's events; without one they are dropped or broadcast.
    Optional<String> clientId() {
        JsonNode id = extraData.path("client_id");
        return id.isTextual() ? Optional.of(id.asText()) : Optional.empty();
    }

    /// The five elements of `/queue` and `/history`.
    ArrayNode onTheWire() {
        ArrayNode item = Json.array();
        item.add(number).add(id).add(prompt).add(extraData).add(Json.strings(outputs));
        return item;
    }
}

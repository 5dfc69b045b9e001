package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which tasks an act on many is meant for: some by their ids, or all that a filter finds.
///
/// It never means all tasks by mistake: an empty text is no criterion, and something of another kind is refused.
///
/// @param dryRun whether they are to be counted only
record BulkRequest(
        List<String> status,
        Optional<String> type,
        Optional<String> node,
        Optional<String> text,
        List<TaskId> ids,
        boolean dryRun) {
    private static final int MOST = 10_000;

    static BulkRequest read(JsonNode body) {
        var members = new Members(body, List.of("status", "type", "node", "q", "ids", "dryRun"));
        List<TaskId> ids = new ArrayList<>();
        List<String> given = members.texts(
                        "ids", MOST, id -> true, "ids is a list of at most " + MOST + " ids of tasks")
                .orElse(List.of());
        for (int i = 0; i < given.size(); i++) {
            Optional<TaskId> id = TaskId.parse(given.get(i));
            id.ifPresent(ids::add);
            if (id.isEmpty()) {
                members.mistake("/ids/" + i, "'" + given.get(i) + "' is no id of a task");
            }
        }
        var request = new BulkRequest(
                statuses(members),
                criterion(members, "type"),
                criterion(members, "node"),
                criterion(members, "q"),
                ids,
                members.flag("dryRun"));
        if (request.meansAll()) {
            members.mistake("", "say which tasks: status, type, node, q or ids");
        }
        members.refuseMistakes();
        return request;
    }

    private boolean meansAll() {
        return ids.isEmpty() && status.isEmpty() && type.isEmpty() && node.isEmpty() && text.isEmpty();
    }

    /// One status, or a list of them.
    private static List<String> statuses(Members members) {
        return members.value("status").filter(JsonNode::isArray).isPresent()
                ? members.texts("status", MOST, word -> true, "status is a list of texts")
                        .orElse(List.of())
                : criterion(members, "status").map(List::of).orElse(List.of());
    }

    private static Optional<String> criterion(Members members, String name) {
        return members.text(name, text -> true, name + " is a text").filter(text -> !text.isEmpty());
    }
}

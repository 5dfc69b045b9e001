package dev.comfyrouter.server.http;

import dev.comfyrouter.server.store.TaskFilter;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads what callers say about which tasks they mean.
final class Filters {
    private Filters() {}

    /// @param statuses the words of [TaskStatus]; none means all
    static TaskFilter of(
            List<String> statuses,
            Optional<String> type,
            Optional<String> node,
            Optional<String> text,
            OptionalLong before,
            int limit) {
        return new TaskFilter(
                status(statuses),
                type,
                node.map(id -> NodeId.parse(id)
                        .orElseThrow(() -> Refusal.wrong("node", "node is the id of a node, a whole number"))),
                text,
                before,
                limit);
    }

    private static Optional<TaskStatus> status(List<String> words) {
        if (words.size() > 1) {
            throw Refusal.wrong("status", "give one status");
        }
        return words.stream()
                .map(word -> Arrays.stream(TaskStatus.values())
                        .filter(status -> status.word().equals(word))
                        .findFirst()
                        .orElseThrow(() -> Refusal.wrong(
                                "status", "status is pending, running, done, error or cancelled, not '" + word + "'")))
                .findFirst();
    }

    static OptionalLong cursor(Optional<String> text) {
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.get().matches("\\d{1,18}")) {
            throw Refusal.wrong("cursor", "cursor is what 'next' of the page before said");
        }
        return OptionalLong.of(Long.parseLong(text.get()));
    }
}

package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskStatus;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Which tasks a list shows, newest first.
///
/// @param statuses none means all
/// @param text found in the title, or the beginning of the id, or the number
/// @param before only tasks with a smaller number: where the previous page ended
/// @param limit 1 to 500
public record TaskFilter(
        Set<TaskStatus> statuses,
        Optional<String> type,
        Optional<NodeId> node,
        Optional<String> text,
        OptionalLong before,
        int limit) {
    public TaskFilter {
        statuses = Set.copyOf(statuses);
    }

    public static TaskFilter newest(int limit) {
        return new TaskFilter(
                Set.of(), Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty(), limit);
    }
}

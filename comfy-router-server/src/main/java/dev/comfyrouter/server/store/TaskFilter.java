package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskStatus;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Which tasks a list shows, newest first.
///
/// @param statuses none means all
/// @param text found in the title or the node's URL, or the beginning of the id, or the number
/// @param from only tasks that were accepted then or later
/// @param to only tasks that were accepted before
/// @param before only tasks with a smaller number: where the previous page ended
/// @param limit at least 1
public record TaskFilter(
        Set<TaskStatus> statuses,
        Optional<String> type,
        Optional<NodeId> node,
        Optional<String> text,
        Optional<Instant> from,
        Optional<Instant> to,
        OptionalLong before,
        int limit) {
    public TaskFilter {
        statuses = Set.copyOf(statuses);
    }

    public static TaskFilter newest(int limit) {
        return new TaskFilter(
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                limit);
    }

    /// The same on the page that begins below this number.
    public TaskFilter before(OptionalLong number) {
        return new TaskFilter(statuses, type, node, text, from, to, number, limit);
    }
}

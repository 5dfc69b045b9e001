package dev.comfyrouter.server.http;

import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.store.TaskFilter;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskStatus;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Reads what callers say about which tasks they mean.
final class Filters {
    private final Supplier<List<NodeState>> nodes;

    Filters(Supplier<List<NodeState>> nodes) {
        this.nodes = nodes;
    }

    /// The filter that these words mean.
    ///
    /// @param root what stands before the names in the pointers of mistakes: `/` for members of a body, nothing for
    ///     parameters of a query
    /// @param statuses the words of [TaskStatus]; none means all
    /// @param node the id of a node, or the URL of one that is known
    TaskFilter of(
            String root,
            List<String> statuses,
            Optional<String> type,
            Optional<String> node,
            Optional<String> text,
            Optional<String> from,
            Optional<String> to,
            OptionalLong before,
            int limit) {
        return new TaskFilter(
                statuses.stream().map(word -> status(root, word)).collect(Collectors.toSet()),
                type.map(word -> type(root, word)),
                node.map(named -> node(root, named)),
                text,
                from.map(time -> time("from", time)),
                to.map(time -> time("to", time)),
                before,
                limit);
    }

    private NodeId node(String root, String text) {
        return NodeId.parse(text)
                .or(() -> nodes.get().stream()
                        .filter(state -> state.spec().url().toString().equals(text)
                                || state.spec().url().toString().equals(text + "/"))
                        .map(NodeState::id)
                        .findFirst())
                .orElseThrow(() -> Refusal.wrong(root + "node", "node is the id of a node, or the URL of a known one"));
    }

    private static Instant time(String name, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException malformed) {
            throw Refusal.wrong(name, name + " is a time such as 2026-11-24T12:00:00Z");
        }
    }

    private static String type(String root, String word) {
        if (!WorkflowRequest.TYPES.contains(word)) {
            throw Refusal.wrong(root + "type", "type is SD15, SDXL, Flux or Graph, not '" + word + "'");
        }
        return word;
    }

    private static TaskStatus status(String root, String word) {
        return Arrays.stream(TaskStatus.values())
                .filter(status -> status.word().equals(word))
                .findFirst()
                .orElseThrow(() -> Refusal.wrong(
                        root + "status", "status is pending, running, done, error or cancelled, not '" + word + "'"));
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

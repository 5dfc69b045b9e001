package dev.comfyrouter.server.http;

import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.store.TaskFilter;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskStatus;
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
    /// @param statuses the words of [TaskStatus]; none means all
    /// @param node the id of a node, or the URL of one that is known
    TaskFilter of(
            List<String> statuses,
            Optional<String> type,
            Optional<String> node,
            Optional<String> text,
            OptionalLong before,
            int limit) {
        return new TaskFilter(
                statuses.stream().map(Filters::status).collect(Collectors.toSet()),
                type,
                node.map(this::node),
                text,
                before,
                limit);
    }

    private NodeId node(String text) {
        return NodeId.parse(text)
                .or(() -> nodes.get().stream()
                        .filter(state -> state.spec().url().toString().equals(text)
                                || state.spec().url().toString().equals(text + "/"))
                        .map(NodeState::id)
                        .findFirst())
                .orElseThrow(() -> Refusal.wrong("node", "node is the id of a node, or the URL of a known one"));
    }

    private static TaskStatus status(String word) {
        return Arrays.stream(TaskStatus.values())
                .filter(status -> status.word().equals(word))
                .findFirst()
                .orElseThrow(() -> Refusal.wrong(
                        "status", "status is pending, running, done, error or cancelled, not '" + word + "'"));
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

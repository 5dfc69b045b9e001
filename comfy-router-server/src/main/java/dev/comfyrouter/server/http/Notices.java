package dev.comfyrouter.server.http;

import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.NodeId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// What an operator should hear of without having looked: found by comparing each look with the one before.
///
/// Used by one thread.
final class Notices {
    private final Supplier<Optional<String>> failing;
    private final InstantSource clock;
    private final Map<NodeId, Instant> held = new HashMap<>();
    private boolean broken;

    /// How urgent it is.
    enum Level {
        INFO,
        WARN,
        ERROR
    }

    /// One sentence.
    ///
    /// @param object what it is about, as in the list of activities
    /// @param label the name of that
    record Notice(Level level, String object, String label, String text) {}

    /// @param failing why the store cannot write; empty when it can
    Notices(Supplier<Optional<String>> failing, InstantSource clock) {
        this.failing = failing;
        this.clock = clock;
    }

    /// What is new since the last look.
    List<Notice> look(List<NodeState> nodes) {
        List<Notice> news = new ArrayList<>();
        store().ifPresent(news::add);
        Map<NodeId, Instant> now = new HashMap<>();
        for (NodeState node : nodes) {
            if (node.held(clock.instant())) {
                Hold hold = node.hold().orElseThrow();
                now.put(node.id(), hold.until());
                if (!hold.until().equals(held.get(node.id()))) {
                    news.add(held(node, hold));
                }
            }
        }
        held.clear();
        held.putAll(now);
        return news;
    }

    private Optional<Notice> store() {
        Optional<String> reason = failing.get();
        if (reason.isPresent() == broken) {
            return Optional.empty();
        }
        broken = reason.isPresent();
        return Optional.of(
                broken
                        ? new Notice(
                                Level.ERROR,
                                "router",
                                "store",
                                "Nothing can be written, and new workflows are refused: " + reason.orElse(""))
                        : new Notice(Level.INFO, "router", "store", "The store works again."));
    }

    private static Notice held(NodeState node, Hold hold) {
        String name = node.spec().name();
        return new Notice(
                Level.WARN,
                "node:" + node.id(),
                name,
                name + " gets no work for a while (" + hold.kind().word() + "): " + hold.reason());
    }
}

package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.node.NodeState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Whether a task is to be suspected when its node dies under it, or the node had another reason to go.
final class Suspicion {
    private static final Duration TOGETHER = Duration.ofMinutes(1);

    private Suspicion() {}

    /// Not when the operator takes the node out of service, and not when half of the nodes or more went within a
    /// minute: that is the network, or the power.
    ///
    /// @param died the node as it is now; it may be back already
    /// @param all every node, this one too
    static boolean falls(NodeState died, List<NodeState> all, Instant now) {
        Instant went = died.online() ? now : died.since();
        long others = all.stream()
                .filter(node -> !node.id().equals(died.id()) && !node.online())
                .filter(node -> Duration.between(node.since(), went).abs().compareTo(TOGETHER) <= 0)
                .count();
        return died.accepting() && (others + 1) * 2 < all.size();
    }
}

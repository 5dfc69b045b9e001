package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.SystemStats;
import dev.comfyrouter.client.Version;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.workflows.ModelFolder;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Nodes in every state, for tests of those who look at them.
public final class NodeStates {
    private NodeStates() {}

    /// A node that was not checked yet.
    public static NodeState offline(long id, Instant now, String... labels) {
        URI url = URI.create("http://gpu-" + id + ":8188/");
        return NodeState.unseen(
                new NodeSpec(new NodeId(id), url, "gpu-" + id, List.of(labels), Map.of(), false, now), now);
    }

    /// A node that is idle since `now`.
    public static NodeState idle(long id, Instant now, String... labels) {
        return offline(id, now, labels).good(now);
    }

    public static NodeState draining(NodeState node) {
        return node.with(node.spec().withDraining(true));
    }

    public static NodeState held(NodeState node, Instant until, String reason) {
        return node.withHold(Optional.of(new Hold(Hold.Kind.QUARANTINED, until, reason)));
    }

    public static NodeState withForeign(NodeState node, int prompts) {
        return node.withForeign(prompts);
    }

    /// It ran a task of these models, which ended at `now`.
    public static NodeState warm(NodeState node, Set<String> models, Instant now) {
        var occupant = new NodeState.Occupant(1, 1, PromptId.random(), now);
        return node.occupied(occupant).vacated(occupant.promptId(), models, now);
    }

    /// It has this checkpoint, this node class, and this much memory.
    public static NodeState able(NodeState node, String nodeClass, String checkpoint, int vramGiB) {
        var device = new SystemStats.Device("g", "cuda", OptionalInt.of(0), (long) vramGiB << 30, 0, 0, 0);
        var can = new Capabilities(
                Set.of(nodeClass),
                Map.of(ModelFolder.CHECKPOINTS, Map.of(checkpoint, checkpoint)),
                Set.of("euler"),
                Set.of("normal"));
        return node.with(new About(new Version(0, 33, 0), "2.8", List.of(device), Optional.of(can)));
    }
}

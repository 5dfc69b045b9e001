package dev.comfyrouter.server.node;

import dev.comfyrouter.server.task.NodeId;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A node as the operator described it.
///
/// @param url normalised, without user info, ends with `/`
/// @param headers sent with every request to the node; may hold tokens, never shown or logged
/// @param draining finishes what runs and accepts nothing
public record NodeSpec(
        NodeId id,
        URI url,
        String name,
        List<String> labels,
        Map<String, String> headers,
        boolean draining,
        Instant createdAt) {
    public NodeSpec {
        labels = List.copyOf(labels);
        headers = Map.copyOf(headers);
    }

    public NodeSpec withDraining(boolean value) {
        return new NodeSpec(id, url, name, labels, headers, value, createdAt);
    }

    @Override
    public String toString() {
        return "node " + id + " at " + url; // never the headers
    }
}

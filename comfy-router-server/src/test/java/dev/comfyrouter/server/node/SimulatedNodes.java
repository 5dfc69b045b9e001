package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.ComfyNetwork;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/// Nodes whose servers and event streams the test plays.
public final class SimulatedNodes {
    private SimulatedNodes() {}

    public static NodeRegistry registry(
            NodeRegistry.Book book,
            Duration checkInterval,
            Beacon beacon,
            Time time,
            Consumer<Node> changed,
            Gone gone,
            Function<NodeSpec, ComfyClient> clients) {
        return new NodeRegistry(book, checkInterval, beacon, time, changed, gone, clients, ComfyNetwork.open());
    }

    /// A node that nobody watches; the caller closes it.
    public static Node node(NodeSpec spec, ComfyClient client, Time time) {
        return new Node(spec, client, time, changed -> {});
    }

    public static void deliver(Node node, ComfyEvent event) {
        node.session().deliver(event);
    }

    public static void stream(Node node, boolean open) {
        node.session().set(open);
    }
}

package dev.comfyrouter.server.node;

import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/// A registry over a book in memory, which tells tests of every change.
public final class Bench implements AutoCloseable {
    final ConcurrentSkipListMap<NodeId, NodeSpec> book = new ConcurrentSkipListMap<>();
    final List<String> gone = new ArrayList<>();
    public final NodeRegistry nodes;
    private final LinkedBlockingQueue<Node> changes = new LinkedBlockingQueue<>();

    public Bench(Duration checkInterval) {
        nodes = new NodeRegistry(
                new Pages(),
                checkInterval,
                Beacon.NONE,
                Time.system(),
                changes::add,
                promptId -> gone.add(promptId.value()));
    }

    public Node add(FakeComfyServer server) throws InterruptedException {
        return nodes.add(NodeUrl.parse(server.url().toString()), Optional.empty(), List.of(), Map.of())
                .node();
    }

    /// Waits until a node's state is so; looks at every change.
    public NodeState await(Node node, Predicate<NodeState> is) throws InterruptedException {
        NodeState now = node.state();
        while (!is.test(now)) {
            if (changes.poll(60, TimeUnit.SECONDS) == null) {
                throw new AssertionError("the node did not come to be as awaited; it is " + now);
            }
            now = node.state();
        }
        return now;
    }

    /// Waits until a node is online and has said what it can do.
    public void awaitKnown(Node node) throws InterruptedException {
        var unused = await(
                node,
                now -> now.online() && now.about().flatMap(About::capabilities).isPresent());
    }

    @Override
    public void close() {
        nodes.close();
    }

    private final class Pages implements NodeRegistry.Book {
        private final AtomicLong last = new AtomicLong();

        @Override
        public NodeSpec add(URI url, String name, List<String> labels, Map<String, String> headers) {
            var spec =
                    new NodeSpec(new NodeId(last.incrementAndGet()), url, name, labels, headers, false, Instant.EPOCH);
            book.put(spec.id(), spec);
            return spec;
        }

        @Override
        public Optional<NodeSpec> update(NodeSpec node) {
            return Optional.ofNullable(book.computeIfPresent(node.id(), (id, before) -> node));
        }

        @Override
        public void remove(NodeId node) {
            book.remove(node);
        }
    }
}

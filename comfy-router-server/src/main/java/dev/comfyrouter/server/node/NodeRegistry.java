package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyClientBuilder;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.time.Time;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/// All nodes: adds, describes and removes them, and keeps a watch on each.
public final class NodeRegistry implements AutoCloseable {
    /// Where nodes are kept over a restart.
    public interface Book {
        NodeSpec add(URI url, String name, List<String> labels, Map<String, String> headers)
                throws InterruptedException;

        Optional<NodeSpec> update(NodeSpec node) throws InterruptedException;

        boolean remove(NodeId node) throws InterruptedException;
    }

    /// What became of the wish to add a node.
    public record Added(Node node, boolean isNew) {}

    /// What became of the wish to remove a node.
    public sealed interface Removal {
        record Removed() implements Removal {}

        /// It will be removed when its task has ended or is back in the queue.
        record Leaves(NodeState state) implements Removal {}

        /// It runs a task, and the caller did not say what to do with it.
        record Busy(NodeState state) implements Removal {}

        record Unknown() implements Removal {}
    }

    private final Book book;
    private final Duration checkInterval;
    private final Time time;
    private final Consumer<Node> changed;
    private final Gone gone;
    private final ConcurrentSkipListMap<NodeId, Watched> nodes = new ConcurrentSkipListMap<>();

    private record Watched(Node node, NodeWatch watch) {
        void close() {
            watch.close();
            node.close();
        }
    }

    /// @param changed hears, on any thread, that a node's state is another; must be quick
    /// @param gone hears of each given-up prompt that is certainly not on its node any more
    public NodeRegistry(Book book, Duration checkInterval, Time time, Consumer<Node> changed, Gone gone) {
        this.book = book;
        this.checkInterval = checkInterval;
        this.time = time;
        this.changed = changed;
        this.gone = gone;
    }

    /// Adds a node, or finds the one that is the same server under another spelling. It starts offline and is checked
    /// at once.
    public Added add(NodeUrl url, Optional<String> name, List<String> labels, Map<String, String> headers)
            throws InterruptedException {
        for (Watched known : nodes.values()) {
            if (NodeUrl.sameServer(known.node().state().spec().url(), url.uri())) {
                known.watch().poke();
                return new Added(known.node(), false);
            }
        }
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        url.authorization().ifPresent(value -> all.put("Authorization", value));
        all.putAll(headers);
        NodeSpec spec = book.add(url.uri(), name.orElse(url.uri().getAuthority()), labels, all);
        return new Added(open(spec), true);
    }

    /// Opens a node that the book holds already.
    public Node open(NodeSpec spec) {
        Watched opened = nodes.computeIfAbsent(spec.id(), ignored -> {
            Node node = new Node(spec, client(spec), time, this::hear);
            return new Watched(node, new NodeWatch(node, checkInterval, time, gone));
        });
        opened.watch().start();
        changed.accept(opened.node());
        return opened.node();
    }

    public Optional<Node> node(NodeId id) {
        return Optional.ofNullable(nodes.get(id)).map(Watched::node);
    }

    public List<Node> all() {
        return nodes.values().stream().map(Watched::node).toList();
    }

    public List<NodeState> states() {
        return nodes.values().stream().map(watched -> watched.node().state()).toList();
    }

    /// Changes what the operator says of a node.
    public Optional<Node> describe(NodeSpec spec) throws InterruptedException {
        if (book.update(spec).isEmpty()) {
            return Optional.empty();
        }
        Optional<Node> node = node(spec.id());
        node.ifPresent(known -> known.describe(spec));
        return node;
    }

    /// Lets a node accept work again and lifts its hold.
    public Optional<Node> resume(NodeId id) throws InterruptedException {
        Optional<Node> node = node(id);
        if (node.isPresent()) {
            node.get().hold(Optional.empty());
            node.get().leave(Leaving.NO);
            return describe(node.get().state().spec().withDraining(false));
        }
        return node;
    }

    /// Checks a node now.
    public void check(NodeId id) {
        Watched watched = nodes.get(id);
        if (watched != null) {
            watched.watch().poke();
        }
    }

    /// Removes a node, or says why not. `how` says what to do when it runs a task of ours.
    public Removal remove(NodeId id, Leaving how) throws InterruptedException {
        Watched watched = nodes.get(id);
        if (watched == null) {
            return new Removal.Unknown();
        }
        NodeState state = watched.node().state();
        if (state.occupant().isPresent()) {
            if (how == Leaving.NO) {
                return new Removal.Busy(state);
            }
            watched.node().leave(how);
            if (watched.node().state().occupant().isPresent()) {
                return new Removal.Leaves(state);
            }
        }
        return discard(id) ? new Removal.Removed() : new Removal.Unknown();
    }

    /// Removes the nodes that were to leave and run nothing of ours any more.
    public void removeLeft() throws InterruptedException {
        for (Watched watched : nodes.values()) {
            NodeState state = watched.node().state();
            if (state.leaving() != Leaving.NO && state.occupant().isEmpty()) {
                discard(state.id());
            }
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(watched -> watched.watch().close());
        nodes.values().forEach(watched -> watched.node().close());
        nodes.clear();
    }

    private boolean discard(NodeId id) throws InterruptedException {
        boolean removed = book.remove(id);
        Watched watched = nodes.remove(id);
        if (watched != null) {
            watched.close();
            changed.accept(watched.node());
        }
        return removed;
    }

    private void hear(Node node) {
        Watched watched = nodes.get(node.id());
        if (watched != null) {
            watched.watch().heed(node.state());
        }
        changed.accept(node);
    }

    private static ComfyClient client(NodeSpec spec) {
        ComfyClientBuilder builder = ComfyClient.builder(spec.url());
        spec.headers().forEach(builder::header);
        return builder.build();
    }
}

package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyClientBuilder;
import dev.comfyrouter.client.ComfyNetwork;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// All nodes: adds, describes and removes them, and keeps a watch on each.
public final class NodeRegistry implements AutoCloseable {
    /// Where nodes are kept over a restart.
    public interface Book {
        NodeSpec add(URI url, String name, List<String> labels, Map<String, String> headers)
                throws InterruptedException;

        Optional<NodeSpec> update(NodeSpec node) throws InterruptedException;

        void remove(NodeId node) throws InterruptedException;
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
    private final Beacon beacon;
    private final Time time;
    private final Consumer<Node> changed;
    private final Gone gone;
    private final Function<NodeSpec, ComfyClient> clients;
    private final ComfyNetwork network;
    private final ConcurrentSkipListMap<NodeId, Watched> nodes = new ConcurrentSkipListMap<>();
    private final Twins twins = new Twins(this::all);

    /// Held by an operator's act from its look to its deed, so that two of them do not mix. It guards no field,
    /// and nobody but operators waits for it.
    private final ReentrantLock acts = new ReentrantLock();

    private record Watched(Node node, NodeWatch watch) {
        void close() {
            watch.close();
            node.close();
        }
    }

    /// @param beacon shows nodes a file in the models folder
    /// @param changed hears, on any thread, that a node's state is another; must be quick
    /// @param gone hears of each given-up prompt that is certainly not on its node any more
    public NodeRegistry(
            Book book, Duration checkInterval, Beacon beacon, Time time, Consumer<Node> changed, Gone gone) {
        this(book, checkInterval, beacon, time, changed, gone, ComfyNetwork.open());
    }

    private NodeRegistry(
            Book book,
            Duration checkInterval,
            Beacon beacon,
            Time time,
            Consumer<Node> changed,
            Gone gone,
            ComfyNetwork network) {
        this(book, checkInterval, beacon, time, changed, gone, spec -> client(spec, network), network);
    }

    /// @param clients makes the client of a node
    /// @param network what the clients share, closed with the nodes
    NodeRegistry(
            Book book,
            Duration checkInterval,
            Beacon beacon,
            Time time,
            Consumer<Node> changed,
            Gone gone,
            Function<NodeSpec, ComfyClient> clients,
            ComfyNetwork network) {
        this.book = book;
        this.checkInterval = checkInterval;
        this.beacon = beacon;
        this.time = time;
        this.changed = changed;
        this.gone = gone;
        this.clients = clients;
        this.network = network;
    }

    /// Adds a node, or finds the one that is the same server under another spelling. It starts offline and is
    /// checked at once.
    public Added add(NodeUrl url, Optional<String> name, List<String> labels, Map<String, String> headers)
            throws InterruptedException {
        acts.lockInterruptibly();
        try {
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
        } finally {
            acts.unlock();
        }
    }

    /// Opens a node that the book holds already.
    public Node open(NodeSpec spec) {
        var opened = new AtomicBoolean();
        Watched watched = nodes.computeIfAbsent(spec.id(), ignored -> {
            opened.set(true);
            Node node = new Node(spec, clients.apply(spec), time, this::hear);
            return new Watched(node, new NodeWatch(node, checkInterval, beacon, time, gone, twins));
        });
        if (opened.get()) {
            watched.watch().start();
            changed.accept(watched.node());
        }
        return watched.node();
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
    ///
    /// @param change gives the new description from the present one; id and URL stay as they are
    public Optional<Node> describe(NodeId id, UnaryOperator<NodeSpec> change) throws InterruptedException {
        acts.lockInterruptibly();
        try {
            Optional<Node> node = node(id);
            if (node.isEmpty()) {
                return node;
            }
            NodeSpec spec = change.apply(node.get().state().spec());
            if (book.update(spec).isEmpty()) {
                return Optional.empty();
            }
            node.get().describe(spec, clients);
            return node;
        } finally {
            acts.unlock();
        }
    }

    /// Lets a node finish what runs and accept nothing.
    public Optional<Node> drain(NodeId id) throws InterruptedException {
        return describe(id, spec -> spec.withDraining(true));
    }

    /// Lets a node accept work again, lifts its hold, and takes back that it was to leave.
    public Optional<Node> resume(NodeId id) throws InterruptedException {
        Optional<Node> node = describe(id, spec -> spec.withDraining(false));
        node.ifPresent(resumed -> {
            resumed.hold(Optional.empty());
            resumed.stay();
        });
        return node;
    }

    /// Checks a node now.
    public void check(NodeId id) {
        Watched watched = nodes.get(id);
        if (watched != null) {
            watched.watch().ask();
        }
    }

    /// Asks a server that is no node yet who it is, what it can do, and whether it sees the models folder.
    public NodeProbe probe(NodeUrl url, Map<String, String> headers) throws InterruptedException {
        return NodeProbe.look(url, headers, beacon);
    }

    /// Removes a node, or says why not. `how` says what to do when it runs a task of ours.
    ///
    /// A node that leaves later is draining from now on, also over a restart of the router; that it was to
    /// be removed is forgotten then.
    public Removal remove(NodeId id, Leaving how) throws InterruptedException {
        acts.lockInterruptibly();
        try {
            Watched watched = nodes.get(id);
            if (watched == null) {
                return new Removal.Unknown();
            }
            Node node = watched.node();
            if (!node.tryLeave(how)) {
                return new Removal.Busy(node.state());
            }
            if (node.mayGo()) {
                discard(id);
                return new Removal.Removed();
            }
            NodeSpec draining = node.state().spec().withDraining(true);
            if (book.update(draining).isPresent()) {
                node.describe(draining, clients);
            }
            return new Removal.Leaves(node.state());
        } finally {
            acts.unlock();
        }
    }

    /// Removes the nodes that were to leave and run nothing of ours any more. During an operator's act it does
    /// nothing: the dispatcher comes again.
    public void removeLeft() throws InterruptedException {
        List<Node> left =
                nodes.values().stream().map(Watched::node).filter(Node::mayGo).toList();
        if (left.isEmpty() || !acts.tryLock()) {
            return;
        }
        try {
            for (Node node : left) {
                if (node.mayGo()) { // nobody resumed it meanwhile
                    discard(node.id());
                }
            }
        } finally {
            acts.unlock();
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(watched -> watched.watch().close());
        nodes.values().forEach(watched -> watched.node().close());
        nodes.clear();
        network.close();
    }

    private void discard(NodeId id) throws InterruptedException {
        book.remove(id);
        Watched watched = nodes.remove(id);
        if (watched != null) {
            watched.close();
            twins.forget(id);
            changed.accept(watched.node());
        }
    }

    private void hear(Node node) {
        Watched watched = nodes.get(node.id());
        if (watched != null) {
            watched.watch().heed(node.state());
        }
        changed.accept(node);
    }

    private static ComfyClient client(NodeSpec spec, ComfyNetwork network) {
        ComfyClientBuilder builder = ComfyClient.builder(spec.url()).network(network);
        spec.headers().forEach(builder::header);
        return builder.build();
    }
}

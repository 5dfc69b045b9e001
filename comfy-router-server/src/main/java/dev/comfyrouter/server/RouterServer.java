package dev.comfyrouter.server;

import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.http.HttpDoor;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.NodeUrl;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.schedule.Collector;
import dev.comfyrouter.server.schedule.Intake;
import dev.comfyrouter.server.schedule.Schedule;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskEvent;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// The router as a whole: makes all parts, ties them together, starts and stops them in order.
public final class RouterServer implements AutoCloseable {
    private final TaskStore store;
    private final NodeRegistry nodes;
    private final Schedule schedule;
    private final HttpDoor door;

    private RouterServer(RouterConfig config, HttpDoor.Build build, InstantSource clock) throws IOException {
        Path data = config.data().dir();
        var board = new LiveBoard();
        // The store and the nodes report to parts that are made after them.
        var published = new AtomicReference<Consumer<TaskEvent>>(event -> {});
        var nodesChanged = new AtomicReference<Runnable>(() -> {});
        store = TaskStore.open(data, clock, event -> published.get().accept(event));
        nodes = new NodeRegistry(
                new StoredNodes(store),
                config.node().checkInterval(),
                clock,
                node -> nodesChanged.get().run(),
                store::gone);
        var results = ResultStore.open(data.resolve("results"));
        schedule = new Schedule(
                store, nodes, board, results, InputFiles.open(data.resolve("inputs")), settings(config), clock);
        door = new HttpDoor(new HttpDoor.House(
                config,
                build,
                clock,
                store,
                board,
                nodes,
                results,
                new FrontDesk(config, store, nodes, schedule, results)));
        published.set(event -> {
            schedule.published(event);
            door.published(event);
        });
        nodesChanged.set(schedule.dispatcher()::nodesChanged);
    }

    /// Starts a router. The directories of the configuration must exist.
    ///
    /// @throws IOException when the store or the port cannot be opened
    /// @throws IllegalStateException when another router has the data directory, or a newer version wrote it
    public static RouterServer start(RouterConfig config) throws IOException, InterruptedException {
        return start(config, new HttpDoor.Build(Version.number(), Version.builtAt(), false));
    }

    static RouterServer start(RouterConfig config, HttpDoor.Build build) throws IOException, InterruptedException {
        var server = new RouterServer(config, build, InstantSource.system());
        try {
            for (NodeSpec known : server.store.nodes()) {
                server.nodes.open(known);
            }
            for (URI url : config.node().urls()) {
                server.nodes.add(NodeUrl.parse(url.toString()), Optional.empty(), List.of(), Map.of());
            }
            server.schedule.start();
            server.door.open();
            return server;
        } catch (IOException | InterruptedException | RuntimeException failed) {
            server.close();
            throw failed;
        }
    }

    /// The port that is listened on.
    public int port() {
        return door.port();
    }

    /// Stops: nothing new is taken, what is known is written, running prompts are left on their nodes.
    @Override
    public void close() {
        door.close();
        schedule.close();
        nodes.close();
        store.close();
    }

    private static Schedule.Settings settings(RouterConfig config) {
        return new Schedule.Settings(
                new Intake.Limits(
                        config.pendingLimit(),
                        config.task().maxWait(),
                        config.task().maxRun()),
                new Collector.Limits(config.data().maxFileBytes(), config.data().maxTaskBytes()),
                config.task().maxAttempts(),
                config.node().silence(),
                config.node().stall(),
                config.history().limit(),
                config.history().minAge());
    }

    /// The nodes in the store.
    private record StoredNodes(TaskStore store) implements NodeRegistry.Book {
        @Override
        public NodeSpec add(URI url, String name, List<String> labels, Map<String, String> headers)
                throws InterruptedException {
            return store.addNode(url, name, labels, headers);
        }

        @Override
        public Optional<NodeSpec> update(NodeSpec node) throws InterruptedException {
            return store.updateNode(node);
        }

        @Override
        public boolean remove(NodeId node) throws InterruptedException {
            return store.removeNode(node);
        }
    }
}

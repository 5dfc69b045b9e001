package dev.comfyrouter.server.schedule;

import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.client.SimulatedTransport;
import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.node.Beacon;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.SimulatedNodes;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskStep;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// The router without its door: the real store, schedule and watches of nodes, over simulated servers.
final class SimulatedRouter implements AutoCloseable {
    static final int MAX_ATTEMPTS = 2; // so that many tasks reach it

    final TaskStore store;
    final NodeRegistry nodes;
    final Schedule schedule;
    final ResultStore results;
    private final FileCache cache;

    /// Whether the store was told something whose effects may still be on their way through its writer.
    private volatile boolean unsettled;

    SimulatedRouter(
            Path directory,
            SimulatedTime time,
            RandomGenerator random,
            Function<URI, SimulatedServer> servers,
            Consumer<TaskEvent> published)
            throws IOException, InterruptedException {
        var listeners = new AtomicReference<Consumer<TaskStep>>(step -> {});
        var nodesChanged = new AtomicReference<Runnable>(() -> {});
        store = TaskStore.open(
                directory, () -> stamp(time), step -> listeners.get().accept(step));
        nodes = SimulatedNodes.registry(
                new Book(),
                Duration.ofSeconds(5),
                Beacon.NONE,
                time,
                node -> nodesChanged.get().run(),
                store::gone,
                spec -> SimulatedTransport.client(spec.url(), new SimulatedHttp(servers.apply(spec.url()))));
        Path models = Files.createDirectories(directory.resolve("models"));
        cache = FileCache.open(CacheSettings.builder(directory.resolve("cache"), directory.resolve("cache.json"))
                .linkRoot(models)
                .maxBytes(1 << 20)
                .build());
        var board = new LiveBoard();
        results = ResultStore.open(directory.resolve("results"));
        schedule = new Schedule(
                store,
                nodes,
                board,
                results,
                InputFiles.open(directory.resolve("inputs")),
                new Downloads(cache, models, board, Downloads.Patience.of(Duration.ofHours(6)), time),
                new Schedule.Settings(
                        new Intake.Limits(
                                1_000_000, Duration.ofHours(24), Duration.ofHours(1), new FreeSpace(directory, 0)),
                        new Collector.Limits(1 << 20, 1 << 20),
                        MAX_ATTEMPTS,
                        SimulatedSight.SILENCE,
                        Duration.ofMinutes(10),
                        1_000_000,
                        Duration.ofHours(1)),
                time,
                random);
        listeners.set(step -> {
            schedule.published(step.event());
            published.accept(step.event());
        });
        nodesChanged.set(schedule.dispatcher()::nodesChanged);
        for (NodeSpec known : store.nodes()) {
            servers.apply(known.url()).connect(nodes.open(known));
        }
        schedule.start();
    }

    /// Every change of the store is stamped with the time.
    private Instant stamp(SimulatedTime time) {
        unsettled = true;
        return time.instant();
    }

    /// Waits until the store's thread has nothing to do any more, so that it never moves beside the simulation.
    void settle() throws InterruptedException {
        if (unsettled) {
            store.cancel(NOBODY); // is awaited, and comes after everything before it,
            store.cancel(NOBODY); // and this one after the events of everything before it
            unsettled = false;
        }
    }

    private static final TaskId NOBODY =
            TaskId.parse("00000000-0000-4000-8000-000000000000").orElseThrow();

    @Override
    public void close() {
        schedule.close();
        nodes.close();
        cache.close();
        store.close();
    }

    /// The nodes in the store.
    private final class Book implements NodeRegistry.Book {
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
        public void remove(NodeId node) throws InterruptedException {
            var unused = store.removeNode(node);
        }
    }
}

package dev.comfyrouter.server;

import dev.comfyrouter.cache.CacheUnusable;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.server.config.Directories;
import dev.comfyrouter.server.config.InvalidConfig;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.download.ProbeLinks;
import dev.comfyrouter.server.http.HttpDoor;
import dev.comfyrouter.server.node.Beacon;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.NodeUrl;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.schedule.Collector;
import dev.comfyrouter.server.schedule.FreeSpace;
import dev.comfyrouter.server.schedule.Intake;
import dev.comfyrouter.server.schedule.Schedule;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.TaskStep;
import dev.comfyrouter.server.time.Time;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// The router as a whole: makes all parts, ties them together, starts and stops them in order.
public final class RouterServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(RouterServer.class.getName());

    private final RouterConfig.Listen listen;
    private final TaskStore store;
    private final FileCache cache;
    private final NodeRegistry nodes;
    private final Schedule schedule;
    private final HttpDoor door;
    private final Duration stopDelay;
    private final Time time;

    /// @param published what hears of every step of a task; the parts that listen are made after the store
    private RouterServer(
            RouterConfig config,
            HttpDoor.Build build,
            Time time,
            TaskStore store,
            FileCache cache,
            AtomicReference<Consumer<TaskStep>> published)
            throws IOException {
        this.store = store;
        this.cache = cache;
        Path data = config.data().dir();
        this.time = time;
        listen = config.listen();
        stopDelay = config.http().stopDelay();
        var board = new LiveBoard();
        var nodesChanged = new AtomicReference<Runnable>(() -> {}); // the nodes report to a part made after them
        nodes = new NodeRegistry(
                new StoredNodes(store),
                config.node().checkInterval(),
                beacon(config.download()),
                time,
                node -> nodesChanged.get().run(),
                store::gone);
        var results = ResultStore.open(data.resolve("results"));
        schedule = new Schedule(
                store,
                nodes,
                board,
                results,
                InputFiles.open(data.resolve("inputs")),
                new Downloads(
                        cache,
                        models(config.download()),
                        board,
                        Downloads.Patience.of(config.download().timeout()),
                        time),
                settings(config),
                time,
                RandomGenerator.getDefault());
        door = new HttpDoor(new HttpDoor.House(
                config,
                build,
                time,
                store,
                board,
                nodes,
                results,
                cache,
                new FrontDesk(config, store, nodes, schedule, results)));
        published.set(step -> {
            schedule.published(step.event());
            door.published(step);
        });
        nodesChanged.set(schedule.dispatcher()::nodesChanged);
    }

    /// Starts a router: makes what is missing of its directories, opens its store, its nodes and its port. It
    /// installs no shutdown hook and leaves the log to the program around it.
    ///
    /// @throws InvalidConfig naming every directory that cannot be used
    /// @throws IOException when the store or the port cannot be opened
    /// @throws IllegalStateException when another router has the data directory, or a newer version wrote it
    /// @throws CacheUnusable when another process has the cache folder, or it cannot be used
    public static RouterServer start(RouterConfig config) throws IOException, InterruptedException {
        return start(config, new HttpDoor.Build(Version.number(), Version.builtAt(), false));
    }

    static RouterServer start(RouterConfig config, HttpDoor.Build build) throws IOException, InterruptedException {
        return start(config, build, Time.system());
    }

    static RouterServer start(RouterConfig config, HttpDoor.Build build, Time time)
            throws IOException, InterruptedException {
        Directories.prepare(config).forEach(warning -> LOG.log(Level.WARNING, warning));
        RouterServer server = open(config, build, time);
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

    /// Opens the store, then the cache, then makes the rest; what was opened is closed again when a later step fails.
    private static RouterServer open(RouterConfig config, HttpDoor.Build build, Time time)
            throws IOException, InterruptedException {
        var published = new AtomicReference<Consumer<TaskStep>>(step -> {});
        TaskStore store = TaskStore.open(
                config.data().dir(), time, step -> published.get().accept(step));
        try {
            Set<String> stillUsed =
                    store.files().values().stream().flatMap(List::stream).collect(Collectors.toUnmodifiableSet());
            FileCache cache = ConfiguredCache.open(config.download(), stillUsed, time);
            try {
                return new RouterServer(config, build, time, store, cache, published);
            } catch (IOException | RuntimeException failed) {
                cache.close();
                throw failed;
            }
        } catch (IOException | InterruptedException | RuntimeException failed) {
            store.close();
            throw failed;
        }
    }

    /// The port that is listened on.
    public int port() {
        return door.port();
    }

    /// An address of the router for a caller on this machine.
    public URI url() {
        String host = listen.host();
        boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
        return URI.create(
                "http://" + (everywhere ? "localhost" : host.contains(":") ? "[" + host + "]" : host) + ":" + port());
    }

    /// Says to load balancers that this router stops, and returns when they have had the time to hear it, which is
    /// `COMFY_ROUTER__HTTP__STOP_DELAY`. All requests are served meanwhile.
    public void leave() throws InterruptedException {
        door.notReady();
        time.pause(stopDelay);
    }

    /// Stops: nothing new is taken, what is known is written, running prompts are left on their nodes.
    @Override
    public void close() {
        door.close();
        schedule.close();
        nodes.close();
        cache.close();
        store.close();
    }

    private static Path models(RouterConfig.Download config) {
        return config.rootDir().resolve("models");
    }

    private static Beacon beacon(RouterConfig.Download config) throws IOException {
        ProbeLinks probes = ProbeLinks.open(config.cacheDir(), config.cacheDirOnNodes(), models(config));
        return () ->
                probes.make().map(probe -> new Beacon.Light(probe.folder(), probe.name(), probe.size(), probe::remove));
    }

    private static Schedule.Settings settings(RouterConfig config) {
        return new Schedule.Settings(
                new Intake.Limits(
                        config.pendingLimit(),
                        config.task().maxWait(),
                        config.task().maxRun(),
                        new FreeSpace(config.data().dir(), config.data().minFreeBytes())),
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
        public void remove(NodeId node) throws InterruptedException {
            var unused = store.removeNode(node); // whoever removed it before did the same
        }
    }
}

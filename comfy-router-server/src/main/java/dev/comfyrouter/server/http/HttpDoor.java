package dev.comfyrouter.server.http;

import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeUrl;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.server.task.TaskStep;
import dev.comfyrouter.workflows.InvalidWorkflow;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The door of the router: the HTTP server with all its routes.
public final class HttpDoor implements AutoCloseable {
    private static final Logger LOG = System.getLogger(HttpDoor.class.getName());
    private static final Duration GRACE = Duration.ofSeconds(4);
    private static final Duration WATCH = Duration.ofMillis(500);

    private final Watchdog watchdog;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Bell bell = new Bell();
    private final Thumbnails thumbnails = new Thumbnails();
    private final Metrics metrics;
    private final HourLog hour;
    private final Forecast forecast;
    private final LiveWatch live;
    private final Routes routes;
    private final RouterConfig.Listen listen;
    private final WebServer server;
    private volatile boolean ready;

    /// What the door gives orders to.
    public interface Desk {
        /// Reads the parameters of a request.
        ///
        /// @param type `SD15`, `SDXL`, `Flux` or `Graph`
        /// @throws InvalidWorkflow naming every mistake, with pointers into `params`
        Plan plan(String type, String params);

        Acceptance accept(TaskRequest request, Optional<NewTask.IdempotencyKey> key) throws InterruptedException;

        Cancellation cancel(TaskId id) throws InterruptedException;

        /// The request that an earlier task was made of, to be made again.
        Optional<TaskRequest> again(Task task) throws InterruptedException;

        /// Deletes an ended task with its results; false when there is none.
        boolean drop(TaskId id) throws InterruptedException;

        /// The place of a waiting task from 1.
        OptionalInt position(long number);

        /// How many tasks could be given to nodes now.
        int freeSlots();
    }

    /// Which router this is.
    ///
    /// @param builtAt differs between any two builds
    /// @param demo whether its nodes are simulated
    public record Build(String version, Instant builtAt, boolean demo) {
        String id() {
            return version + "-" + builtAt.getEpochSecond();
        }
    }

    /// Everything that the door stands before.
    public record House(
            RouterConfig config,
            Build build,
            InstantSource clock,
            TaskStore store,
            LiveBoard board,
            NodeRegistry nodes,
            ResultStore results,
            FileCache cache,
            Desk desk) {}

    /// Makes the door; nobody is served before [#open].
    public HttpDoor(House house) {
        RouterConfig config = house.config();
        listen = config.listen();
        watchdog = new Watchdog(WATCH);
        var answers = new Answers(watchdog);
        var bodies = new Bodies(
                watchdog,
                new BodyBudget(config.http().bodyBudgetBytes()),
                config.http().maxBodyBytes());
        var versions = new Versions();
        var minutes = new MinuteStrip(house.clock());
        var activity = new Activity(house.clock());
        hour = new HourLog(house.clock());
        metrics = new Metrics(house.build().version(), house.cache().stats(), answers::streams);
        forecast = new Forecast(() -> hands(house), house.clock());
        var views = new TaskViews(house.store(), house.board(), house.desk()::position, forecast, versions);
        var nodeViews = new NodeViews(hour, minutes, versions, simulated(house), house.clock());
        var table = new LiveTable(versions, house.clock());
        Path models = config.download().rootDir().resolve("models");
        var cacheViews = new CacheViews(models, versions);
        var notices = new Notices(house.store()::failing, house.clock());
        live = new LiveWatch(
                house.store(),
                house.nodes()::states,
                views,
                nodeViews,
                hour,
                states -> {
                    minutes.sample(states);
                    activity.look(states);
                    notices.look(states).forEach(notice -> {
                        table.notice(notice);
                        activity.notice(notice);
                    });
                },
                table,
                new LiveDownloads(house.cache(), cacheViews, table),
                config.pendingLimit(),
                house.clock());
        var tasks = new Tasks(house.store());
        var filters = new Filters(house.nodes()::states);
        var document = new Once<>(() -> new OpenApi(house.build().version()));
        routes = new Routes(new Acceptable(document));
        routes.register(
                new SubmitService(
                        house.desk(),
                        tasks,
                        views,
                        new Waiting(bell, tasks, closing),
                        bodies,
                        answers,
                        activity,
                        config.http().maxImageBodyBytes()),
                new TaskService(
                        house.store(),
                        filters,
                        house.desk(),
                        tasks,
                        views,
                        new InlineImages(house.results(), config.http().maxImageBodyBytes()),
                        activity,
                        answers),
                new BulkService(house.store(), filters, house.desk(), activity, bodies, answers),
                new TaskEventService(house.store(), house.board(), tasks, views, bell, closing, house.clock(), answers),
                new StateService(table, live, house.build(), config, house.clock(), answers),
                new FileService(house.store(), tasks, house.results(), thumbnails, answers),
                new PreviewService(tasks, house.board(), answers, config.publicPreviews()),
                new NodeService(house.nodes(), nodeViews, house.board(), activity, bodies, answers),
                new NodeCheckService(house.nodes(), bodies, answers),
                new CacheService(
                        house.cache(),
                        cacheViews,
                        models,
                        config.download().timeout(),
                        house.clock(),
                        activity,
                        bodies,
                        answers),
                new TypeService(house.nodes()::states, config.graphs(), answers),
                new ActivityService(activity, answers),
                new DocService(document, answers),
                new MetricsService(metrics, () -> facts(house), answers),
                new HealthService(() -> notReady(house.store()), answers),
                new SessionService(config, house.build(), answers),
                new AdminPage(answers));
        server = WebServer.builder()
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(true)
                .shutdownHook(false)
                .host(listen.host())
                .port(listen.port())
                .maxPayloadSize(
                        -1) // it would close while the body still comes; Bodies and Leftovers let the reason arrive
                .maxTcpConnections(config.http().maxConnections())
                .backlog(1024)
                .idleConnectionTimeout(Duration.ofSeconds(75))
                .idleConnectionPeriod(Duration.ofSeconds(5))
                .shutdownGracePeriod(GRACE)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .contentEncoding(ContentEncodingContext.builder()
                        .contentEncodingsDiscoverServices(false)
                        .build())
                .addProtocol(Http1Config.builder().continueImmediately(false).build())
                .directHandlers(Problems.direct(house.clock()))
                .routing(routing -> install(routing, house, answers))
                .build();
    }

    private void install(HttpRouting.Builder routing, House house, Answers answers) {
        new Problems(answers).install(routing);
        routing.addFilter(new Leftovers(watchdog))
                .addFilter(new RequestLog(answers, metrics::answered, house.clock()))
                .addFilter(new Authentication(house.config(), new FailedLogins(house.clock()), closing))
                .addFilter(new CrossSite());
        routes.install(routing);
    }

    /// Opens the port.
    ///
    /// @throws IOException when it cannot be had
    public void open() throws IOException {
        try {
            server.start();
        } catch (UncheckedIOException taken) {
            throw new IOException("port " + listen.port() + " on " + listen.host() + " cannot be opened", taken);
        }
        live.start();
        ready = true;
        LOG.log(Level.INFO, "listens on port {0}", Integer.toString(port()));
    }

    /// The port that is listened on.
    public int port() {
        return server.port();
    }

    /// Hears of every step of a task after it is on disk; on the store's thread, never waits.
    public void published(TaskStep step) {
        hour.hear(step.event());
        metrics.hear(step);
        forecast.hear(step);
        live.hear(step.event());
        bell.ring(step.event().number());
    }

    /// Says to load balancers that no more requests are wanted, while all are still served.
    public void notReady() {
        ready = false;
    }

    /// Every route, such as `GET /workflow/{id}`.
    List<String> routes() {
        return routes.names();
    }

    /// In a demonstration the nodes of the configuration are the simulated ones.
    private static Predicate<URI> simulated(House house) {
        Set<URI> urls = house.config().node().urls().stream()
                .map(url -> NodeUrl.parse(url.toString()).uri())
                .collect(Collectors.toSet());
        return url -> house.build().demo() && urls.contains(url);
    }

    /// How many nodes take work.
    private static int hands(House house) {
        Instant now = house.clock().instant();
        return (int) house.nodes().states().stream()
                .filter(node -> node.online() && node.accepting() && !node.held(now))
                .count();
    }

    private static Metrics.Facts facts(House house) throws InterruptedException {
        return new Metrics.Facts(
                house.store().counts(),
                house.nodes().states(),
                house.desk().freeSlots(),
                house.store().failing().isPresent(),
                house.cache().stats());
    }

    /// In words that may be read by everybody: what exactly is wrong with the disk is said in the log.
    private Optional<String> notReady(TaskStore store) {
        return ready
                ? store.failing().map(reason -> "the store cannot be written; the router's log says why")
                : Optional.of("the router is starting or stopping");
    }

    /// Takes no more connections, ends the streams, lets requests finish for a few seconds, then cuts them off.
    @Override
    public void close() {
        ready = false;
        closing.countDown();
        bell.ringAll();
        live.close();
        server.stop();
        watchdog.close();
        thumbnails.close();
        metrics.close();
    }
}

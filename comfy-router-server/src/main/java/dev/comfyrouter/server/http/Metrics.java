package dev.comfyrouter.server.http;

import dev.comfyrouter.cache.CacheStats;
import dev.comfyrouter.server.node.Health;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/// Everything that is measured, under names that stay: dashboards and alarms are built on them.
final class Metrics implements AutoCloseable {
    private static final Duration[] WAITS = {
        Duration.ofMillis(10),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        Duration.ofHours(1)
    };
    private static final Duration[] RUNS = {
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
        Duration.ofMinutes(30)
    };

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS");

    /// Tasks whose events are put together at one time; above it durations of some are not measured.
    private static final int OPEN = 100_000;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final ConcurrentMap<Long, Open> open = new ConcurrentHashMap<>();
    private final Counter retries = Counter.builder("comfyrouter.attempts.repeated")
            .description("Attempts that failed and were followed by another")
            .register(registry);
    private final Timer wait = Timer.builder("comfyrouter.task.wait")
            .description("From acceptance to the first attempt")
            .serviceLevelObjectives(WAITS)
            .register(registry);
    private final CacheMetrics cache;
    private volatile Facts facts;

    /// What is looked up for one scrape.
    ///
    /// @param counts tasks by status
    /// @param failing whether the store cannot write
    record Facts(
            Map<TaskStatus, Long> counts, List<NodeState> nodes, int freeSlots, boolean failing, CacheStats cache) {}

    /// A task that has not ended; there may be as many as [#OPEN], so it is kept small.
    ///
    /// @param acceptedAt in milliseconds, 0 when it is not known or was measured
    /// @param startedAt in milliseconds, 0 when no attempt has begun
    private record Open(String type, long acceptedAt, long startedAt) {
        static final Open UNKNOWN = new Open("unknown", 0, 0);
    }

    /// @param cache its figures until the first scrape
    /// @param streams how many streams of events are open
    Metrics(String version, CacheStats cache, IntSupplier streams) {
        facts = new Facts(Map.of(), List.of(), 0, false, cache);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
        Gauge.builder("comfyrouter.build.info", () -> 1).tag("version", version).register(registry);
        for (TaskStatus status : TaskStatus.values()) {
            Gauge.builder("comfyrouter.tasks", () -> facts.counts().getOrDefault(status, 0L))
                    .description("Tasks that the router knows now")
                    .tag("status", status.word())
                    .register(registry);
        }
        for (Health health : Health.values()) {
            Gauge.builder("comfyrouter.nodes", () -> count(health))
                    .description("Nodes by what is observed of them")
                    .tag("status", health.word())
                    .register(registry);
        }
        gauge(
                "comfyrouter.nodes.draining",
                "Nodes that accept no work",
                () -> facts.nodes().stream().filter(node -> !node.accepting()).count());
        gauge("comfyrouter.slots.free", "Tasks that nodes could take now", () -> facts.freeSlots());
        gauge("comfyrouter.store.failing", "1 while nothing can be written", () -> facts.failing() ? 1 : 0);
        gauge("comfyrouter.streams", "Open streams of events", streams::getAsInt);
        this.cache = new CacheMetrics(registry, cache);
    }

    private interface Figure {
        Number now();
    }

    private void gauge(String name, String description, Figure figure) {
        Gauge.builder(name, figure::now).description(description).register(registry);
    }

    private long count(Health health) {
        return facts.nodes().stream().filter(node -> node.health() == health).count();
    }

    /// A task was accepted; its events do not say of what type it is.
    void accepted(long number, String type) {
        if (open.size() < OPEN) {
            open.merge(
                    number,
                    new Open(type, 0, 0),
                    (known, more) -> new Open(type, known.acceptedAt(), known.startedAt()));
        }
    }

    /// Hears of every step of every task; on the store's thread.
    void hear(TaskEvent event) {
        switch (event.state()) {
            case ACCEPTED, PREPARING, READY -> {
                if (event.sequence() == 1 && open.size() < OPEN) {
                    open.merge(
                            event.number(),
                            new Open(Open.UNKNOWN.type(), event.at().toEpochMilli(), 0),
                            (known, more) -> new Open(known.type(), more.acceptedAt(), known.startedAt()));
                }
            }
            case SUBMITTING ->
                open.computeIfPresent(event.number(), (number, task) -> {
                    long at = event.at().toEpochMilli();
                    if (task.acceptedAt() != 0) {
                        wait.record(at - task.acceptedAt(), TimeUnit.MILLISECONDS);
                    }
                    return new Open(task.type(), 0, at);
                });
            case RUNNING ->
                open.computeIfPresent(
                        event.number(),
                        (number, task) -> new Open(
                                task.type(), task.acceptedAt(), event.at().toEpochMilli()));
            case BACKOFF -> retries.increment();
            case SUBMITTED, COLLECTING -> {}
            case SUCCEEDED, FAILED, CANCELLED -> ended(event);
        }
    }

    private void ended(TaskEvent event) {
        Open task = Optional.ofNullable(open.remove(event.number())).orElse(Open.UNKNOWN);
        String outcome = event.state().status().word();
        Counter.builder("comfyrouter.tasks.ended")
                .description("Tasks that have ended")
                .tag("type", task.type())
                .tag("outcome", outcome)
                .register(registry)
                .increment();
        if (event.state().status() == TaskStatus.DONE && task.startedAt() != 0) {
            Timer.builder("comfyrouter.task.run")
                    .description("From the start on the node to the result on disk")
                    .serviceLevelObjectives(RUNS)
                    .tag("type", task.type())
                    .register(registry)
                    .record(event.at().toEpochMilli() - task.startedAt(), TimeUnit.MILLISECONDS);
        }
    }

    /// One HTTP request was answered.
    ///
    /// @param route the pattern, never the path: there are as many series as routes
    void answered(String method, String route, int status, Duration time) {
        Timer.builder("comfyrouter.http.requests")
                .description("Answered requests")
                .tag("method", METHODS.contains(method) ? method : "other")
                .tag("route", route)
                .tag("status", Integer.toString(status))
                .register(registry)
                .record(time);
    }

    /// Everything in Prometheus' text format.
    String scrape(Facts now) {
        facts = now;
        cache.look(now.cache());
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}

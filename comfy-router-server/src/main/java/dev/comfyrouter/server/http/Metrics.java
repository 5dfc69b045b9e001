package dev.comfyrouter.server.http;

import dev.comfyrouter.cache.CacheStats;
import dev.comfyrouter.server.node.Health;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import dev.comfyrouter.server.task.TaskStep;
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
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /// When the tasks that are on nodes got there, or began to run. The store's thread alone uses it.
    private final Map<Long, Instant> starts = new HashMap<>();

    private final Counter retries = Counter.builder("comfyrouter.attempts.repeated")
            .description("Attempts that failed or were taken off their node, and were followed by another")
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

    /// Hears of every step of every task; on the store's thread.
    void hear(TaskStep step) {
        TaskEvent event = step.event();
        switch (event.state()) {
            case SUBMITTING -> {
                starts.put(event.number(), event.at());
                if (step.attempt() == 1) {
                    wait.record(Duration.between(step.acceptedAt(), event.at()));
                }
            }
            case RUNNING -> starts.put(event.number(), event.at());
            case READY, BACKOFF -> {
                starts.remove(event.number());
                if (!event.detail().isEmpty()) { // it says why there is another attempt, not that its files are here
                    retries.increment();
                }
            }
            case ACCEPTED, PREPARING, SUBMITTED, COLLECTING -> {}
            case SUCCEEDED, FAILED, CANCELLED -> ended(step);
        }
    }

    private void ended(TaskStep step) {
        TaskEvent event = step.event();
        Counter.builder("comfyrouter.tasks.ended")
                .description("Tasks that have ended")
                .tag("type", step.type())
                .tag("outcome", event.state().status().word())
                .register(registry)
                .increment();
        Instant start = starts.remove(event.number());
        if (event.state() == TaskState.SUCCEEDED && start != null) {
            Timer.builder("comfyrouter.task.run")
                    .description("From the start on the node to the result on disk")
                    .serviceLevelObjectives(RUNS)
                    .tag("type", step.type())
                    .register(registry)
                    .record(Duration.between(start, event.at()));
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

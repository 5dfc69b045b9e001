package dev.comfyrouter.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.http.HttpDoor;
import dev.comfyrouter.testkit.Execution;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// A whole router over simulated nodes: real HTTP on all sides, and a time that a test can make jump.
final class Cluster implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(60);
    static final String SDXL =
            "{\"type\":\"SDXL\",\"params\":{\"prompt\":\"a cat\",\"checkpoint\":\"sdxl-base.safetensors\"}}";

    final JumpingTime time = new JumpingTime();
    private final Map<String, String> settings = new HashMap<>(Map.of(
            "HOST", "127.0.0.1",
            "PORT", "0",
            "PENDING_LIMIT", "1000",
            "HISTORY_LIMIT", "1000",
            "NODE__CHECK_INTERVAL", "200ms"));
    private final List<FakeComfyServer> nodes = new ArrayList<>();
    private final RouterConfig config;
    private RouterServer router;
    private Caller caller;

    private Cluster(Path directory, Map<String, String> settings) throws IOException, InterruptedException {
        this.settings.putAll(settings);
        Map<String, String> environment = TestSettings.in(directory);
        this.settings.forEach((name, value) -> environment.put("COMFY_ROUTER__" + name, value));
        config = RouterConfig.load(environment, directory);
        startRouter();
    }

    /// A router that knows no node yet.
    ///
    /// @param settings by their names without the prefix, as `NODE__STALL`
    static Cluster start(Path directory, Map<String, String> settings) throws IOException, InterruptedException {
        return new Cluster(directory, settings);
    }

    /// A router with so many simulated nodes, all idle.
    static Cluster start(Path directory, int nodes) throws IOException, InterruptedException {
        Cluster cluster = start(directory, Map.of());
        for (int i = 0; i < nodes; i++) {
            cluster.add(FakeComfyServer.builder().recordRequests(1000).start());
        }
        cluster.awaitIdle();
        return cluster;
    }

    /// Stops the router as SIGTERM does and starts another one on the same data.
    void restartRouter() throws IOException, InterruptedException {
        stopRouter();
        startRouter();
    }

    void stopRouter() {
        caller.close();
        router.close();
    }

    void startRouter() throws IOException, InterruptedException {
        router = RouterServer.start(config, new HttpDoor.Build("test", Instant.EPOCH, false), time);
        caller = new Caller(router.port());
    }

    /// Adds a node to the router; the cluster closes it in the end.
    FakeComfyServer add(FakeComfyServer node) throws IOException, InterruptedException {
        return add(node, "");
    }

    /// @param more members of the request beside the URL, each after a comma
    FakeComfyServer add(FakeComfyServer node, String more) throws IOException, InterruptedException {
        nodes.add(node);
        Caller.Answer added = caller.call("POST", "/cluster/nodes", "{\"url\":\"" + node.url() + "\"" + more + "}");
        if (added.status() != 201) {
            throw new AssertionError("not added: " + added);
        }
        return node;
    }

    /// The path of a node's resource.
    String path(FakeComfyServer node) throws IOException, InterruptedException {
        return "/cluster/nodes/" + state(node).path("id").asText();
    }

    Caller caller() {
        return caller;
    }

    /// The node that was added as number `i`, from 0.
    FakeComfyServer node(int i) {
        return nodes.get(i);
    }

    List<FakeComfyServer> nodes() {
        return List.copyOf(nodes);
    }

    /// What the router says of a node.
    JsonNode state(FakeComfyServer node) throws IOException, InterruptedException {
        return Cluster.named(caller.get("/cluster/nodes"), node);
    }

    /// Waits until the router says this of a node.
    JsonNode awaitNode(FakeComfyServer node, Predicate<JsonNode> is) throws IOException, InterruptedException {
        return await("/cluster/nodes", list -> is.test(named(list, node)), answer -> named(answer, node));
    }

    /// Waits until the page of a node says this.
    JsonNode awaitNodePage(FakeComfyServer node, Predicate<JsonNode> is) throws IOException, InterruptedException {
        return await(path(node), is, page -> page);
    }

    JsonNode awaitStatus(FakeComfyServer node, String status) throws IOException, InterruptedException {
        return awaitNode(node, state -> state.path("status").asText().equals(status));
    }

    /// Waits until every node is idle.
    void awaitIdle() throws IOException, InterruptedException {
        for (FakeComfyServer node : nodes) {
            awaitStatus(node, "idle");
        }
    }

    private static JsonNode named(JsonNode list, FakeComfyServer node) {
        for (JsonNode each : list.path("nodes")) {
            if (each.path("url").asText().equals(node.url() + "/")) {
                return each;
            }
        }
        return list.path("none");
    }

    /// Submits a task and gives its id.
    String submit(String body) throws IOException, InterruptedException {
        JsonNode answer = caller.post("/workflow", body);
        if (!answer.has("id")) {
            throw new AssertionError("not accepted: " + answer);
        }
        return answer.path("id").asText();
    }

    List<String> submit(String body, int times) throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            ids.add(submit(body));
        }
        return ids;
    }

    JsonNode task(String id) throws IOException, InterruptedException {
        return caller.get("/workflow/" + id);
    }

    JsonNode awaitTask(String id, Predicate<JsonNode> is) throws IOException, InterruptedException {
        return await("/workflow/" + id, is, task -> task);
    }

    /// Waits until a task has ended.
    JsonNode awaitEnd(String id) throws IOException, InterruptedException {
        return awaitTask(id, task -> !task.path("finishedAt").isNull());
    }

    /// The end of a task; time jumps by so much whenever nothing has happened for a moment.
    JsonNode awaitEndJumping(String id, Duration jump) throws IOException, InterruptedException {
        return awaitTask(id, task -> {
            boolean ended = !task.path("finishedAt").isNull();
            if (!ended) {
                time.jump(jump);
            }
            return ended;
        });
    }

    /// Waits until so many tasks have this status and not one more.
    void awaitExactly(String status, int count) throws IOException, InterruptedException {
        await("/state", state -> state.at("/counts/" + status).asInt() == count, state -> state);
    }

    /// Waits until so many tasks have this status.
    void awaitCount(String status, int count) throws IOException, InterruptedException {
        await("/state", state -> state.at("/counts/" + status).asInt() >= count, state -> state);
    }

    /// How many executions ended well, on all nodes.
    long successes() {
        return nodes.stream()
                .flatMap(node -> node.executions().stream())
                .filter(execution -> execution.outcome() == Execution.Outcome.SUCCESS)
                .count();
    }

    /// Looks whenever the router says that something has changed, and at each of its pings.
    private JsonNode await(String path, Predicate<JsonNode> is, UnaryOperator<JsonNode> part)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode last = caller.get(path);
        while (!is.test(last) && System.nanoTime() < end) {
            try (var lines =
                    new BufferedReader(new InputStreamReader(caller.stream("/events"), StandardCharsets.UTF_8))) {
                Optional<String> line = Optional.of("event: opened");
                while (line.isPresent() && System.nanoTime() < end) {
                    if (line.get().startsWith("event: ")) {
                        last = caller.get(path);
                        if (is.test(last)) {
                            return part.apply(last);
                        }
                    }
                    line = Optional.ofNullable(lines.readLine());
                }
            }
        }
        if (!is.test(last)) {
            throw new AssertionError(path + " did not come to be as awaited; it is " + last + "; nodes: "
                    + caller.get("/cluster/nodes"));
        }
        return part.apply(last);
    }

    @Override
    public void close() {
        stopRouter();
        nodes.forEach(FakeComfyServer::close);
    }
}

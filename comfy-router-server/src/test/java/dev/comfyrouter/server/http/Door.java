package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.node.Beacon;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.store.StoreUnavailable;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.server.task.TaskStep;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.workflows.SamplerLists;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// A real door before a real store; only the desk behind it is played by the test.
final class Door implements AutoCloseable {
    static final String SD15 = """
            {"type":"SD15","params":{"prompt":"a lighthouse","checkpoint":"v1-5.safetensors"}}""";
    private static final Instant BUILT = Instant.parse("2026-11-24T00:00:00Z");

    final TaskStore store;
    final LiveBoard board = new LiveBoard();
    final NodeRegistry nodes;
    final ResultStore results;
    final FileCache cache;

    /// The folder below which models are linked.
    final Path models;

    final HttpDoor door;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /// How many tasks may wait.
    volatile long limit = 1000;

    /// Why the store takes no task.
    volatile Optional<String> broken = Optional.empty();

    /// Whether taking a task meets a fault of the router.
    volatile boolean faulty;

    private final AtomicReference<Consumer<TaskStep>> published = new AtomicReference<>(step -> {});

    Door(Path directory, Map<String, String> settings) throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        Map<String, String> environment = new HashMap<>(Map.of(
                "COMFY_ROUTER__PORT",
                "0",
                "COMFY_ROUTER__HOST",
                "127.0.0.1",
                "COMFY_ROUTER__DATA_DIR",
                data.toString(),
                "COMFY_ROUTER__DOWNLOAD__ROOT_DIR",
                directory.resolve("comfyui").toString(),
                "COMFY_ROUTER__PASSWORD",
                "secret"));
        settings.forEach((name, value) -> environment.put("COMFY_ROUTER__" + name, value));
        RouterConfig config = RouterConfig.load(environment, directory);
        Time clock = Time.system();
        store = TaskStore.open(data, clock, step -> published.get().accept(step));
        nodes = new NodeRegistry(new Book(), Duration.ofHours(1), Beacon.NONE, clock, node -> {}, gone -> {});
        results = ResultStore.open(directory.resolve("results"));
        models = config.download().rootDir().resolve("models");
        cache = FileCache.open(CacheSettings.builder(directory.resolve("cache"), directory.resolve("record.json"))
                .linkRoot(models)
                .allowPrivate("localhost")
                .freeSpaceFloor(0)
                .build());
        door = new HttpDoor(new HttpDoor.House(
                config,
                new HttpDoor.Build("1.2.3", BUILT, false),
                clock,
                store,
                board,
                nodes,
                results,
                cache,
                new Desk()));
        published.set(door::published);
        door.open();
    }

    @Override
    public void close() {
        door.close(); // ends what the client waits for
        client.close();
        nodes.close();
        cache.close();
        store.close();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + door.port() + path);
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", basic("admin", "secret"));
    }

    /// Sends a request and holds the answer against the OpenAPI document.
    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
        Contract.check(answer);
        return answer;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    static JsonNode json(HttpResponse<String> answer) {
        return Json.kept(answer.body());
    }

    /// The id of a new task.
    TaskId submit() throws IOException, InterruptedException {
        return TaskId.parse(json(post("/workflow", SD15)).path("id").asText()).orElseThrow();
    }

    /// Brings a task to a node.
    Task run(TaskId id) throws InterruptedException {
        Task task = store.task(id).orElseThrow();
        var assigned = new CountDownLatch(1);
        store.assign(
                List.of(new Assignment(
                        task.number(),
                        task.attempts() + 1,
                        new NodeId(1),
                        "http://gpu-1:8188/",
                        PromptId.random(),
                        "client")),
                taken -> assigned.countDown());
        assigned.await();
        store.submitted(task.number(), 1, "{\"1\":{\"class_type\":\"KSampler\",\"inputs\":{}}}");
        store.running(task.number(), 1);
        settle();
        return task;
    }

    /// Waits until what was told the store before is on disk and has been heard of.
    private void settle() throws InterruptedException {
        assertThat(store.drop(TaskId.random())).isEmpty(); // is awaited, and comes after what is not,
        assertThat(store.drop(TaskId.random())).isEmpty(); // and this one after all have heard of that
    }

    /// Ends a running task with one file.
    void finish(Task task, String name, byte[] bytes) throws IOException, InterruptedException {
        ResultFile file = results.write(task.number(), 1, 0, name, out -> out.write(bytes));
        store.succeed(task.number(), 1, List.of(file));
        settle();
    }

    /// Ends a running task with several pictures.
    void finish(Task task, List<byte[]> pictures) throws IOException, InterruptedException {
        List<ResultFile> files = new ArrayList<>();
        for (byte[] picture : pictures) {
            int index = files.size();
            files.add(results.write(task.number(), 1, index, index + ".png", out -> out.write(picture)));
        }
        store.succeed(task.number(), 1, files);
        settle();
    }

    private final class Desk implements HttpDoor.Desk {
        @Override
        public Plan plan(String type, String params) {
            return Plan.parse(type, params, SamplerLists.core());
        }

        @Override
        public Acceptance accept(TaskRequest request, Optional<NewTask.IdempotencyKey> key)
                throws InterruptedException {
            if (faulty) {
                throw new IllegalStateException("nobody thought of this");
            }
            broken.ifPresent(reason -> {
                throw new StoreUnavailable(reason);
            });
            Instant now = Instant.now();
            Plan plan = request.plan();
            return store.accept(
                    new NewTask(
                            TaskId.random(),
                            request.type(),
                            request.priority(),
                            plan.title(),
                            now,
                            now.plus(request.maxWait().orElse(Duration.ofHours(24))),
                            request.maxRun().orElse(Duration.ofHours(1)),
                            plan.seed(),
                            new TaskInput(plan.stored(), plan.shown(), request.requires(), plan.warnings()),
                            Set.of(),
                            false,
                            request.retryOf(),
                            key),
                    limit);
        }

        @Override
        public Cancellation cancel(TaskId id) throws InterruptedException {
            return store.cancel(id);
        }

        @Override
        public Optional<TaskRequest> again(Task task) throws InterruptedException {
            return store.input(task.number())
                    .map(input -> new TaskRequest(
                            task.type(),
                            Plan.restore(task.type(), input.stored()),
                            task.priority(),
                            Optional.empty(),
                            Optional.of(task.maxRun()),
                            input.requires(),
                            Optional.of(task.id())));
        }

        @Override
        public boolean drop(TaskId id) throws InterruptedException {
            return store.drop(id).isPresent();
        }

        @Override
        public OptionalInt position(long number) {
            return OptionalInt.of((int) number);
        }

        @Override
        public int freeSlots() {
            return 0;
        }
    }

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
            store.removeNode(node);
        }
    }
}

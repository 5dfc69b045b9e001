package dev.comfyrouter.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// A large installation in front of a small router: its page and everything else come from the router, but its state is
/// that of many nodes and tasks, copied from one of each, with four changes a second.
final class Crowd implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CHANGED_NODES = 10;
    private static final int RUNNING = 50;
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final List<String> HEADERS =
            List.of("content-type", "content-security-policy", "cache-control", "etag", "content-encoding");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong version = new AtomicLong(1_000_000);
    private final URI router;
    private final int nodes;
    private final int tasks;
    private final JsonNode state;

    /// @param state a state of the router with at least one node and one task that has ended
    Crowd(int routerPort, JsonNode state, int nodes, int tasks) throws IOException {
        this.router = URI.create("http://127.0.0.1:" + routerPort);
        this.state = state;
        this.nodes = nodes;
        this.tasks = tasks;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::forward);
        server.createContext("/state", exchange -> answer(exchange, snapshot()));
        server.createContext("/workflow", this::page);
        server.createContext(
                "/cluster/nodes",
                exchange -> answer(exchange, JSON.createObjectNode().set("nodes", allNodes())));
        server.createContext("/events", this::events);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private JsonNode snapshot() {
        ObjectNode snapshot = state.deepCopy();
        snapshot.put("now", Instant.now().toString());
        snapshot.set("nodes", allNodes());
        ArrayNode newest = snapshot.putArray("tasks");
        for (int number = tasks; number > Math.max(0, tasks - 250); number--) {
            newest.add(task(number, 0));
        }
        ((ObjectNode) snapshot.path("counts")).put("running", RUNNING).put("done", tasks - RUNNING);
        return snapshot;
    }

    private ArrayNode allNodes() {
        ArrayNode all = JSON.createArrayNode();
        for (int i = 1; i <= nodes; i++) {
            all.add(node(i));
        }
        return all;
    }

    private ObjectNode node(int i) {
        ObjectNode node = state.path("nodes").get(0).deepCopy();
        String name = "gpu-%03d".formatted(i);
        node.put("id", String.valueOf(i)).put("name", name).put("url", "http://" + name + ".lan:8188/");
        node.put("v", version.incrementAndGet()).put("status", i <= RUNNING ? "busy" : "idle");
        return node;
    }

    /// The newest ones run.
    private ObjectNode task(int number, double progress) {
        ObjectNode task = state.path("tasks").get(0).deepCopy();
        task.put("id", new UUID(7, number).toString()).put("number", number).put("v", version.incrementAndGet());
        task.put("prompt", "picture " + number + " of a long day").put("type", number % 3 == 0 ? "Flux" : "SDXL");
        if (number > tasks - RUNNING) {
            task.put("status", "running")
                    .put("progress", progress)
                    .put("step", (int) (progress * 20))
                    .put("steps", 20);
            task.putNull("finishedAt").putArray("images");
            task.put("imageCount", 0).put("node", "http://gpu-%03d.lan:8188/".formatted(tasks - number + 1));
        }
        return task;
    }

    private void page(HttpExchange exchange) throws IOException {
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        int from = query.matches(".*cursor=\\d+.*")
                ? Integer.parseInt(query.replaceAll(".*cursor=(\\d+).*", "$1"))
                : tasks;
        ObjectNode page = JSON.createObjectNode();
        ArrayNode list = page.putArray("tasks");
        int number = from;
        for (; number > Math.max(0, from - 500); number--) {
            list.add(task(number, 0));
        }
        page.put("next", number > 0 ? String.valueOf(number) : null).put("total", tasks);
        answer(exchange, page);
    }

    private void events(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            ObjectNode hello = JSON.createObjectNode()
                    .put("epoch", "crowd")
                    .put("now", Instant.now().toString());
            hello.set("build", state.path("build"));
            send(out, "hello", hello);
            for (long tick = 0; !closing.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS); tick++) {
                send(out, "delta", delta(tick));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private ObjectNode delta(long tick) {
        ObjectNode delta = JSON.createObjectNode();
        ArrayNode changedNodes = delta.putArray("n");
        for (int i = 0; i < CHANGED_NODES; i++) {
            changedNodes.add(node((int) ((tick * CHANGED_NODES + i) % nodes) + 1));
        }
        ArrayNode changedTasks = delta.putArray("t");
        double progress = tick % 80 / 80.0;
        for (int number = tasks; number > tasks - RUNNING; number--) {
            ObjectNode live = changedTasks.addObject();
            live.put("id", new UUID(7, number).toString()).put("v", version.incrementAndGet());
            live.put("progress", progress).put("step", (int) (progress * 20)).put("steps", 20);
        }
        return delta;
    }

    private static void send(OutputStream out, String event, JsonNode data) throws IOException {
        out.write(("event: " + event + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void answer(HttpExchange exchange, JsonNode body) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private void forward(HttpExchange exchange) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(router.resolve(exchange.getRequestURI().toString()));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (List.of("authorization", "accept", "accept-encoding", "x-comfy-router-page")
                    .contains(name.toLowerCase(java.util.Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        try {
            HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
            HEADERS.forEach(name -> answer.headers()
                    .allValues(name)
                    .forEach(value -> exchange.getResponseHeaders().add(name, value)));
            answer.headers()
                    .firstValue("www-authenticate")
                    .ifPresent(value -> exchange.getResponseHeaders().set("WWW-Authenticate", value));
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
        http.close();
    }
}

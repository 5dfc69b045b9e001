package dev.comfyrouter.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.Caller;
import dev.comfyrouter.server.RouterProcess;
import dev.comfyrouter.server.RouterServer;
import dev.comfyrouter.server.Routers;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.testkit.FakeComfyBuilder;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A whole installation in this process: simulated nodes, the real router, and the cable that leads to it.
final class House implements AutoCloseable {
    static final String PASSWORD = "a secret";

    /// A name that leads here, and that browsers do not trust as they trust the loopback address.
    static final String LAN_NAME = "router.lan";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Cable cable = new Cable();
    private final List<FakeComfyServer> nodes = new ArrayList<>();
    private final List<Socket> kept = new ArrayList<>();
    private final Map<String, String> settings = new HashMap<>();
    private final Path folder;
    private Optional<RouterServer> router = Optional.empty();
    private Optional<RouterProcess> process = Optional.empty();
    private Optional<Caller> caller = Optional.empty();
    private String version = "1.0.0";
    private String host = "127.0.0.1";

    House() {
        try {
            folder = Files.createTempDirectory("comfy-router-page-");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        set("HOST", "127.0.0.1");
        set("PORT", "0");
        set("PASSWORD", PASSWORD);
        set("DATA_DIR", folder.resolve("data").toString());
        set("DOWNLOAD__CACHE_DIR", folder.resolve("cache").toString());
        set("DOWNLOAD__ROOT_DIR", folder.resolve("comfyui").toString());
        set("DOWNLOAD__RECORD_PATH", folder.resolve("record.json").toString());
    }

    /// A setting without its `COMFY_ROUTER__`; it is in force from the next start on.
    House set(String name, String value) {
        settings.put("COMFY_ROUTER__" + name, value);
        return this;
    }

    /// The version that the router is of, from the next start on.
    House version(String given) {
        version = given;
        return this;
    }

    /// Is reached by the name of a local network, without TLS.
    House inLan() {
        host = LAN_NAME;
        return this;
    }

    /// A simulated node, which the router does not know yet.
    FakeComfyServer node(FakeComfyBuilder builder) {
        FakeComfyServer node = builder.start();
        nodes.add(node);
        return node;
    }

    /// An address at which connections are refused, and which nobody else can get meanwhile.
    String nobody() throws IOException {
        Socket bound = new Socket();
        kept.add(bound);
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return "127.0.0.1:" + bound.getLocalPort();
    }

    /// Starts the router with one plain node, called gpu-01, and waits until it gets work.
    FakeComfyServer openWithOneNode() throws IOException, InterruptedException {
        FakeComfyServer node = node(FakeComfyServer.builder());
        open();
        join(node, "gpu-01");
        return node;
    }

    /// Starts the router.
    void open() throws IOException, InterruptedException {
        RouterServer started = Routers.start(RouterConfig.load(settings, folder), version);
        router = Optional.of(started);
        caller = Optional.of(new Caller(started.port(), settings.getOrDefault("COMFY_ROUTER__PASSWORD", PASSWORD)));
        cable.leadTo(started.port());
    }

    /// Starts the router of the built distribution in a process of its own, with the same settings and folders.
    void openApart() throws IOException, InterruptedException {
        RouterProcess started = RouterProcess.start(folder, folder.resolve("log"), settings);
        process = Optional.of(started);
        caller = Optional.of(new Caller(started.port(), PASSWORD));
        cable.leadTo(started.port());
    }

    /// SIGKILL to that process, which can say goodbye to nobody.
    void kill() throws InterruptedException {
        caller.ifPresent(Caller::close);
        caller = Optional.empty();
        if (process.isPresent()) {
            process.get().kill();
            process = Optional.empty();
        }
    }

    /// Stops the router, as its end would look to a browser.
    void stop() {
        caller.ifPresent(Caller::close);
        router.ifPresent(RouterServer::close);
        router = Optional.empty();
        caller = Optional.empty();
    }

    /// Tells the router of a node, by name, and waits until it gets work.
    String join(FakeComfyServer node, String name) throws IOException, InterruptedException {
        String id = caller().post("/cluster/nodes", "{\"url\":\"" + node.url() + "\",\"name\":\"" + name + "\"}")
                .path("id")
                .asText();
        await("/cluster/nodes/" + id, state -> state.path("status").asText().equals("idle"));
        return id;
    }

    /// Submits a workflow of SD 1.5.
    String submit(String prompt) throws IOException, InterruptedException {
        return caller().post("/workflow", request(prompt)).path("id").asText();
    }

    /// Submits it to a node that is held, and waits until the router, too, says that it runs.
    String runs(String prompt) throws IOException, InterruptedException {
        String id = submit(prompt);
        await("/workflow/" + id, task -> task.path("status").asText().equals("running"));
        return id;
    }

    /// Submits it and waits for the end.
    JsonNode run(String prompt) throws IOException, InterruptedException {
        return caller().run(request(prompt));
    }

    private static String request(String prompt) {
        return "{\"type\":\"SD15\",\"params\":{\"prompt\":\"" + prompt
                + "\",\"checkpoint\":\"v1-5.safetensors\",\"width\":64,\"height\":64}}";
    }

    /// Asks until the answer is as wished; the request before is the clock, so nothing sleeps.
    JsonNode await(String path, Predicate<JsonNode> wished) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        JsonNode answer = caller().get(path);
        while (!wished.test(answer)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(path + " still answers " + answer);
            }
            answer = caller().get(path);
        }
        return answer;
    }

    Caller caller() {
        return caller.orElseThrow();
    }

    /// The router's own port, behind the cable.
    int routerPort() {
        return router.orElseThrow().port();
    }

    Cable cable() {
        return cable;
    }

    Path folder() {
        return folder;
    }

    /// An address of the router as browsers see it.
    String url(String path) {
        return "http://" + host + ":" + cable.port() + path;
    }

    @Override
    public void close() {
        cable.close();
        stop();
        try {
            kill();
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(FakeComfyServer::close);
        for (Socket socket : kept) {
            try {
                socket.close();
            } catch (IOException ignored) {
                // It is gone then.
            }
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}

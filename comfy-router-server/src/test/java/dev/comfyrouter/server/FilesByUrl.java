package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Where files by URL are tested from end to end: a web server, the real router with its cache, a simulated node that
/// shares the router's models folder and one that has a folder of its own.
abstract class FilesByUrl {
    static final Duration LONG = Duration.ofMinutes(2);
    static final byte[] TINY = FileHost.model(100_000, 1);

    @TempDir
    Path directory;

    final FakeComfyServer own = FakeComfyServer.start();
    private Map<String, String> given = Map.of();
    FakeComfyServer shared;
    FileHost web;

    @SuppressWarnings("NullAway.Init") // each test starts its own
    RouterServer router;

    @SuppressWarnings("NullAway.Init")
    Caller caller;

    @BeforeEach
    void start() throws Exception {
        shared = sharing(directory.resolve("comfyui/models"));
        web = FileHost.start();
    }

    @AfterEach
    void stop() {
        stopRouter();
        web.close();
        shared.close();
        own.close();
    }

    static boolean running(JsonNode cache) {
        for (JsonNode download : cache.path("downloads")) {
            if (download.path("status").asText().equals("running")) {
                return true;
            }
        }
        return false;
    }

    String filesWord(FakeComfyServer node) throws Exception {
        String word = "unknown";
        long end = System.nanoTime() + LONG.toNanos();
        while (word.equals("unknown") && System.nanoTime() < end) {
            for (JsonNode known : caller.get("/cluster/nodes").path("nodes")) {
                if (known.path("url").asText().startsWith(node.url().toString())) {
                    word = known.path("files").asText();
                }
            }
        }
        return word;
    }

    static FakeComfyServer sharing(Path models) {
        return FakeComfyServer.builder().modelsDirectory(models).start();
    }

    static String sd15(String checkpoint) {
        return sd15ref("\"" + checkpoint + "\"");
    }

    static String sd15ref(String checkpoint) {
        return "{\"type\":\"SD15\",\"params\":{\"prompt\":\"a cat\",\"width\":64,\"height\":64,\"steps\":2,\"checkpoint\":"
                + checkpoint + "}}";
    }

    String img2img() {
        return "{\"type\":\"SD15\",\"params\":{\"prompt\":\"a cat\",\"checkpoint\":\"v1-5.safetensors\",\"steps\":2,"
                + "\"denoise\":0.5,\"input_image\":\"" + web.url("/cat.png") + "\"}}";
    }

    static byte[] png(int width, int height) throws IOException {
        return picture("png", width, height);
    }

    static byte[] picture(String format, int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, bytes);
        return bytes.toByteArray();
    }

    JsonNode run(String body) throws Exception {
        return awaitEnd(submit(body));
    }

    String submit(String body) throws Exception {
        JsonNode answer = caller.post("/workflow", body);
        assertThat(answer.has("id")).as(answer.toString()).isTrue();
        return answer.path("id").asText();
    }

    String retry(JsonNode task) throws Exception {
        JsonNode answer = caller.post("/workflow/" + task.path("id").asText() + "/retry", "");
        assertThat(answer.has("id")).as(answer.toString()).isTrue();
        return answer.path("id").asText();
    }

    static Predicate<JsonNode> reason(String part) {
        return task -> task.path("reason").asText().contains(part);
    }

    JsonNode awaitEnd(String id) throws Exception {
        return await(id, task -> !task.path("finishedAt").isNull());
    }

    /// Asks until it is so; each answer is the clock of the next question, so nothing sleeps.
    JsonNode await(String id, Predicate<JsonNode> wanted) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode task = caller.get("/workflow/" + id);
        while (!wanted.test(task)) {
            assertThat(System.nanoTime()).as(task.toString()).isLessThan(end);
            task = caller.get("/workflow/" + id);
        }
        return task;
    }

    void startRouter(Map<String, String> more, FakeComfyServer... nodes) throws Exception {
        Map<String, String> settings = TestSettings.in(directory);
        settings.put("COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE", "127.0.0.1");
        settings.put("COMFY_ROUTER__NODE__CHECK_INTERVAL", "300ms");
        settings.put(
                "COMFY_ROUTER__NODES",
                String.join(
                        ",", Stream.of(nodes).map(node -> node.url().toString()).toList()));
        settings.putAll(more);
        given = Map.copyOf(settings);
        router = RouterServer.start(RouterConfig.load(settings, directory));
        caller = new Caller(router.port());
    }

    /// What the router was started with.
    String setting(String name) {
        return String.valueOf(given.get(name));
    }

    void stopRouter() {
        caller.close();
        router.close();
    }
}

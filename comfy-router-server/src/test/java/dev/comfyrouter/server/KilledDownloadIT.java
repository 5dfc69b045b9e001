package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real process, killed in the middle of a download: the next one goes on where it was.
class KilledDownloadIT {
    private static final int SIZE = 20_000_000;
    private static final long SIXTY_PERCENT = SIZE * 6L / 10;
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @Test
    void aRouterKilledInTheMiddleOfADownloadGoesOnWithARangeAndTheTaskEndsWell() throws Exception {
        try (FakeComfyServer node = FakeComfyServer.builder()
                        .modelsDirectory(directory.resolve("comfyui/models"))
                        .start();
                FileHost web = FileHost.start()) {
            web.pausing("/m.safetensors", FileHost.model(SIZE, 1), SIXTY_PERCENT);
            RouterProcess router = start(node);
            String id;
            try (Caller caller = new Caller(router.port())) {
                id = caller.post(
                                "/workflow",
                                "{\"type\":\"SD15\",\"params\":{\"prompt\":\"a cat\",\"width\":64,\"height\":64,\"checkpoint\":\""
                                        + web.url("/m.safetensors") + "\"}}")
                        .path("id")
                        .asText();
                await(caller, id, task -> task.path("reason").asText().contains("m.safetensors, 60 %"));
            } finally {
                router.kill();
            }

            web.release("/m.safetensors");
            RouterProcess next = start(node);
            try (Caller caller = new Caller(next.port())) {
                JsonNode task =
                        await(caller, id, ended -> !ended.path("finishedAt").isNull());
                assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
            } finally {
                next.kill();
            }

            assertThat(web.asked("/m.safetensors")).hasSize(2);
            assertThat(web.asked("/m.safetensors").getLast().range()).contains("bytes=" + SIXTY_PERCENT + "-");
        }
    }

    private RouterProcess start(FakeComfyServer node) throws Exception {
        return RouterProcess.start(
                directory,
                directory.resolve("router.log"),
                Map.of(
                        "COMFY_ROUTER__NODES", node.url().toString(),
                        "COMFY_ROUTER__NODE__CHECK_INTERVAL", "500ms",
                        "COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE", "127.0.0.1"));
    }

    /// Asks until it is so; each answer is the clock of the next question, so nothing sleeps.
    private static JsonNode await(Caller caller, String id, Predicate<JsonNode> wanted) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode task = caller.get("/workflow/" + id);
        while (!wanted.test(task)) {
            assertThat(System.nanoTime()).as(task.toString()).isLessThan(end);
            task = caller.get("/workflow/" + id);
        }
        return task;
    }
}

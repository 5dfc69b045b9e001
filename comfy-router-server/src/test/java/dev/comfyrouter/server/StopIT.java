package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real process, told by SIGTERM to stop while it is in full use.
class StopIT {
    private static final String SDXL = """
            {"type":"SDXL","params":{"prompt":"a cat","checkpoint":"sdxl-base.safetensors"}}""";
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration PROMISED = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    @Test
    void itEndsInTimeWhoeverListensAndGoesOnWithWhatRunsWhenItIsStartedAgain() throws Exception {
        try (FakeComfyServer node = FakeComfyServer.start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            node.holdExecutions();
            RouterProcess router = start(node);
            String running;
            try (Caller caller = new Caller(router.port())) {
                running = caller.post("/workflow", SDXL).path("id").asText();
                String prompt = node.awaitRunning(LONG);
                InputStream all = caller.stream("/events");
                InputStream one = caller.stream("/workflow/" + running + "/events");
                assertThat(all.read()).isPositive();
                assertThat(one.read()).isPositive();
                CompletableFuture<Caller.Answer> waits = CompletableFuture.supplyAsync(() -> waiting(caller), threads);
                while (caller.get("/workflow?status=pending").path("tasks").isEmpty()) {} // until it has been accepted

                long asked = System.nanoTime();
                int code = router.stop();
                Duration took = Duration.ofNanos(System.nanoTime() - asked);

                assertThat(code).isZero();
                assertThat(took).isLessThan(PROMISED);
                assertThat(waits.get().status()).isEqualTo(202);
                assertThat(new String(all.readAllBytes(), StandardCharsets.UTF_8))
                        .contains("hello");
                assertThat(new String(one.readAllBytes(), StandardCharsets.UTF_8))
                        .contains("status");
                assertThat(node.timesStarted(prompt)).isOne();
            }

            RouterProcess next = start(node);
            try (Caller caller = new Caller(next.port())) {
                node.releaseAll();
                assertThat(end(caller, running).path("status").asText()).isEqualTo("done");
                assertThat(end(caller, running).path("attempts").asInt()).isOne();
                String waited =
                        caller.get("/workflow?limit=1").at("/tasks/0/id").asText();
                assertThat(end(caller, waited).path("status").asText()).isEqualTo("done");
                assertThat(node.startedExecutions()).isEqualTo(2);
            } finally {
                assertThat(next.stop()).isZero();
            }
        }
    }

    private static Caller.Answer waiting(Caller caller) {
        try {
            return caller.call("POST", "/workflow?wait=300", SDXL);
        } catch (java.io.IOException | InterruptedException failed) {
            throw new AssertionError("the caller who waits got no answer", failed);
        }
    }

    private RouterProcess start(FakeComfyServer node) throws Exception {
        return RouterProcess.start(
                directory,
                directory.resolve("router.log"),
                Map.of("COMFY_ROUTER__NODES", node.url().toString()));
    }

    /// Asks until it has ended; each answer is the clock of the next question, so nothing sleeps.
    private static JsonNode end(Caller caller, String id) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode task = caller.get("/workflow/" + id);
        while (task.path("finishedAt").isNull() && System.nanoTime() < end) {
            task = caller.get("/workflow/" + id);
        }
        return task;
    }
}

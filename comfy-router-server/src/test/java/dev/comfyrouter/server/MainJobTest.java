package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.cache.CacheUnusable;
import dev.comfyrouter.server.config.Directories;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.HttpFault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The main job from end to end: the real router, simulated nodes, nothing else replaced.
class MainJobTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String SDXL =
            "{\"type\":\"SDXL\",\"params\":{\"prompt\":\"a cat\",\"checkpoint\":\"sdxl-base.safetensors\"}}";

    @TempDir
    private Path directory;

    private FakeComfyServer node;
    private RouterServer router;
    private Caller caller;

    @BeforeEach
    void start() throws Exception {
        node = FakeComfyServer.start();
        startRouter();
    }

    @AfterEach
    void stop() {
        caller.close();
        router.close();
        node.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    SD15 | "checkpoint":"v1-5.safetensors" | 512
                    SDXL | "checkpoint":"sdxl-base.safetensors" | 1024
                    Flux | "unet":"flux1-dev.safetensors","t5xxl":"t5xxl_fp16.safetensors","clip":"clip_l.safetensors","vae":"ae.safetensors" | 1024
                    """)
    void aTypedWorkflowGivesAPicture(String type, String models, int size) throws Exception {
        JsonNode task =
                caller.run("{\"type\":\"" + type + "\",\"params\":{\"prompt\":\"a lighthouse\"," + models + "}}");

        assertThat(task.path("status").asText()).isEqualTo("done");
        assertThat(task.path("images")).hasSize(1);
        assertThat(task.at("/images/0/width").asInt()).isEqualTo(size);
        byte[] png = caller.bytes(task.at("/images/0/url").asText());
        assertThat(png).startsWith(0x89, 'P', 'N', 'G');
        assertThat(png).hasSize(task.at("/images/0/bytes").asInt());
    }

    @Test
    void aGraphGivesAPictureUnderANameOfItsOwn() throws Exception {
        JsonNode task = caller.run("""
                {"type":"Graph","params":{"workflow":{
                  "1":{"class_type":"EmptyImage","inputs":{"width":64,"height":32,"batch_size":1,"color":255}},
                  "2":{"class_type":"SaveImage","inputs":{"images":["1",0],"filename_prefix":"mine"}}}}}""");

        assertThat(task.path("status").asText()).isEqualTo("done");
        assertThat(task.at("/images/0/name").asText()).matches("mine_[0-9a-f]{8}_00001_\\.png");
    }

    @Test
    void eachNodeRunsOneTaskAtATimeInOrderOfArrival() throws Exception {
        node.holdExecutions();
        String first = caller.post("/workflow", SDXL).path("id").asText();
        node.awaitRunning(LONG);
        String second = caller.post("/workflow", SDXL).path("id").asText();
        String third = caller.post("/workflow", SDXL).path("id").asText();

        assertThat(await(first, task -> task.path("status").asText().equals("running"))
                        .path("status")
                        .asText())
                .isEqualTo("running");
        assertThat(caller.get("/workflow/" + second).path("position").asInt()).isEqualTo(1);
        assertThat(caller.get("/workflow/" + third).path("position").asInt()).isEqualTo(2);
        node.releaseAll();
        node.awaitExecutions(3, LONG);
        assertThat(node.mostPromptsAtOnce()).isEqualTo(1);
    }

    @Test
    void aRunningTaskIsTakenOffItsNodeWhenItIsCancelled() throws Exception {
        node.holdExecutions();
        String id = caller.post("/workflow", SDXL).path("id").asText();
        node.awaitRunning(LONG);

        caller.delete("/workflow/" + id);
        node.awaitIdle(LONG);

        node.releaseAll();
        JsonNode next = caller.run(SDXL);
        assertThat(next.path("status").asText()).isEqualTo("done");
        assertThat(caller.get("/workflow/" + id).path("status").asText()).isEqualTo("cancelled");
        assertThat(caller.get("/workflow/" + id).path("images")).isEmpty();
    }

    @Test
    void aRouterThatStartsAgainGoesOnWithWhatRunsOnItsNodesAndSubmitsNothingTwice() throws Exception {
        node.holdExecutions();
        String running = caller.post("/workflow", SDXL).path("id").asText();
        String prompt = node.awaitRunning(LONG);
        String waiting = caller.post("/workflow", SDXL).path("id").asText();

        caller.close();
        router.close();
        startRouter();
        node.releaseAll();

        assertThat(awaitEnd(running).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(waiting).path("status").asText()).isEqualTo("done");
        assertThat(node.timesStarted(prompt)).isEqualTo(1);
        assertThat(node.startedExecutions()).isEqualTo(2);
    }

    @Test
    void aModelThatNoNodeHasFailsTheTaskAndSaysWhatIsMissingWhere() throws Exception {
        JsonNode task = caller.run(SDXL.replace("sdxl-base", "no-such-model"));

        assertThat(task.path("status").asText()).isEqualTo("error");
        assertThat(task.at("/error/class").asText()).isEqualTo("impossible");
        assertThat(task.at("/error/message").asText())
                .contains(node.url().toString())
                .contains("no-such-model.safetensors");
    }

    @Test
    void aRouterDoesNotStartWhileAnotherHasItsCacheFolder() {
        Map<String, String> settings = TestSettings.in(directory);
        settings.put("COMFY_ROUTER__DATA_DIR", directory.resolve("other").toString());
        RouterConfig config = RouterConfig.load(settings, directory);
        Directories.prepare(config);

        assertThatThrownBy(() -> RouterServer.start(config))
                .isInstanceOf(CacheUnusable.class)
                .hasMessageContaining(directory.resolve("cache").toString())
                .hasMessageContaining("in use");
        assertThatCode(() -> TaskStore.open(directory.resolve("other"), InstantSource.system(), event -> {})
                        .close())
                .as("the data directory is free again")
                .doesNotThrowAnyException();
    }

    @Test
    void anAnswerThatIsLostIsAskedForAndThePromptIsNotSentAgain() throws Exception {
        node.faults().next("POST /prompt", HttpFault.LOSE_ANSWER);

        JsonNode task = caller.run(SDXL);

        assertThat(task.path("status").asText()).isEqualTo("done");
        assertThat(task.path("attempts").asInt()).isEqualTo(1);
        assertThat(node.startedExecutions()).isEqualTo(1);
    }

    private JsonNode awaitEnd(String id) throws IOException, InterruptedException {
        return await(id, task -> !task.path("finishedAt").isNull());
    }

    /// Asks until the task is so; the request before it is the clock, so nothing sleeps.
    private JsonNode await(String id, Predicate<JsonNode> is) throws IOException, InterruptedException {
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode task;
        do {
            task = caller.get("/workflow/" + id);
        } while (!is.test(task) && System.nanoTime() < end);
        return task;
    }

    @Test
    void aDiskThatIsNearlyFullTakesNothingNewAndSaysWhatToDo() throws Exception {
        caller.close();
        router.close();
        router = router(Map.of("COMFY_ROUTER__DATA__MIN_FREE_BYTES", "512TiB"));
        caller = new Caller(router.port());

        Caller.Answer refused = caller.post("/workflow", SDXL, "a key");

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body().path("detail").asText())
                .contains("MiB left", "COMFY_ROUTER__DATA__MIN_FREE_BYTES", "Free some space");
        assertThat(caller.get("/workflow").path("tasks")).isEmpty();
    }

    private void startRouter() throws Exception {
        router = router(Map.of());
        caller = new Caller(router.port());
    }

    private RouterServer router(Map<String, String> more) throws Exception {
        Map<String, String> settings = TestSettings.in(directory);
        settings.put("COMFY_ROUTER__NODES", node.url().toString());
        settings.putAll(more);
        RouterConfig config = RouterConfig.load(settings, directory);
        Directories.prepare(config);
        return RouterServer.start(config);
    }
}

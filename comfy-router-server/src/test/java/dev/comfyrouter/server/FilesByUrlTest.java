package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files by URL from end to end: a web server, the real router with its cache, a simulated node that shares the
/// router's models folder and one that has a folder of its own.
class FilesByUrlTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final byte[] TINY = FileHost.model(100_000, 1);

    @TempDir
    private Path directory;

    private final FakeComfyServer own = FakeComfyServer.start();
    private FakeComfyServer shared;
    private FileHost web;

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RouterServer router;

    @SuppressWarnings("NullAway.Init")
    private Caller caller;

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

    @Test
    void aCheckpointByUrlIsLoadedByANodeUnderANameOfItsContent() throws Exception {
        startRouter(Map.of(), shared);
        web.file("/files/tiny.safetensors", TINY);

        JsonNode task = run(sd15(web.url("/files/tiny.safetensors?token=secret") + ""));

        assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
        JsonNode graph = caller.get("/workflow/" + task.path("id").asText() + "/graph");
        assertThat(graph.toString()).containsPattern("\"ckpt_name\":\"tiny-[0-9a-f]{8}\\.safetensors\"");
        assertThat(task.toString()).doesNotContain("secret");
    }

    @Test
    void manyTasksOfOneUrlFetchItOnce() throws Exception {
        startRouter(Map.of(), shared);
        web.pausing("/m.safetensors", TINY, 50_000);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ids.add(submit(sd15(web.url("/m.safetensors") + "")));
        }
        for (String id : ids) {
            await(id, reason("50 %"));
        }

        web.release("/m.safetensors");

        for (String id : ids) {
            assertThat(awaitEnd(id).path("status").asText()).isEqualTo("done");
        }
        assertThat(web.asked("/m.safetensors")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /gone.safetensors | ''                                                     | HTTP 404
                    /page.safetensors | ''                                                     | page
                    /m.safetensors    | 0000000000000000000000000000000000000000000000000000000000000000 | sha256
                    """)
    void aFileThatCannotBeHadFailsItsTaskAndSaysWhy(String path, String sha256, String why) throws Exception {
        startRouter(Map.of(), shared);
        web.file("/m.safetensors", TINY);
        web.page("/page.safetensors", 200, "<!doctype html><html><body>Sign in to download</body></html>");
        String url = web.url(path + "?token=secret") + "";

        JsonNode task = run(
                sha256.isEmpty()
                        ? sd15(url)
                        : sd15ref("{\"type\":\"custom\",\"name\":\"" + url + "\",\"sha256\":\"" + sha256 + "\"}"));

        assertThat(task.path("status").asText()).isEqualTo("error");
        assertThat(task.at("/error/class").asText()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .contains(web.url(path).toString())
                .contains(why)
                .doesNotContain("secret");
        assertThat(shared.startedExecutions()).isZero();
    }

    @Test
    void aServerThatStaysBusyEndsTheTaskAtTheTimeOutForDownloads() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__TIMEOUT", "1500ms"), shared);
        web.page("/m.safetensors", 503, "later");

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.at("/error/class").asText()).isEqualTo("expired");
        assertThat(task.at("/error/message").asText()).contains("download time-out");
    }

    @Test
    void aPictureByUrlIsUploadedOnceToTheNodeThatRunsItsTasks() throws Exception {
        startRouter(Map.of(), own); // pictures need no shared folder
        web.file("/cat.png", png(96, 64));

        JsonNode first = run(img2img());
        JsonNode second = run(img2img());

        assertThat(List.of(first.path("status").asText(), second.path("status").asText()))
                .as(first.toString())
                .containsOnly("done");
        assertThat(own.requests("POST", "/upload/image")).hasSize(1);
        assertThat(web.asked("/cat.png")).hasSize(1);
        assertThat(first.at("/images/0/width").asInt()).isEqualTo(96);
    }

    @Test
    void whatIsNoPictureNeverReachesANode() throws Exception {
        startRouter(Map.of(), own);
        web.file("/cat.png", picture("gif", 64, 64));

        JsonNode task = run(img2img());

        assertThat(task.at("/error/class").asText()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .contains(web.url("/cat.png").toString())
                .contains("no PNG, JPEG or WebP");
        assertThat(own.requests("POST", "/upload/image")).isEmpty();
    }

    @Test
    void filesByUrlInAGraphAreFetchedAndReplaced() throws Exception {
        startRouter(Map.of(), shared);
        web.file("/m.safetensors", TINY).file("/cat.png", png(64, 64));

        JsonNode task = run("""
                {"type":"Graph","params":{
                  "workflow":{
                    "1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"%s"}},
                    "2":{"class_type":"LoadImage","inputs":{"image":"%s"}},
                    "3":{"class_type":"VAELoader","inputs":{"vae_name":"here it goes"}},
                    "4":{"class_type":"VAEEncode","inputs":{"pixels":["2",0],"vae":["3",0]}},
                    "5":{"class_type":"VAEDecode","inputs":{"samples":["4",0],"vae":["1",2]}},
                    "6":{"class_type":"SaveImage","inputs":{"images":["5",0],"filename_prefix":"x"}}},
                  "files":[{"node":"3","input":"vae_name","folder":"vae","url":"%s"}]}}""".formatted(web.url("/m.safetensors"), web.url("/cat.png"), web.url("/v.safetensors")));

        assertThat(task.at("/error/message").asText())
                .contains(web.url("/v.safetensors").toString());
        web.file("/v.safetensors", FileHost.model(9000, 3));
        JsonNode again = caller.post("/workflow/" + task.path("id").asText() + "/retry", "");
        JsonNode done = awaitEnd(again.path("id").asText());
        assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
        String graph =
                caller.get("/workflow/" + done.path("id").asText() + "/graph").toString();
        assertThat(graph)
                .containsPattern("\"ckpt_name\":\"m-[0-9a-f]{8}\\.safetensors\"")
                .containsPattern("\"vae_name\":\"v-[0-9a-f]{8}\\.safetensors\"")
                .containsPattern("\"image\":\"comfy-router/[0-9a-f]{64}\\.png\"");
    }

    @Test
    void modelsByUrlGoToNodesThatShareTheFolderAndOthersGoAnywhere() throws Exception {
        startRouter(Map.of(), own, shared);
        web.file("/m.safetensors", TINY);
        shared.holdExecutions();
        String first = submit(sd15(web.url("/m.safetensors") + ""));
        shared.awaitRunning(LONG);

        String second = submit(sd15(web.url("/m.safetensors") + ""));
        JsonNode named = run(sd15("v1-5.safetensors"));

        assertThat(named.path("node").asText()).startsWith(own.url().toString());
        await(second, reason("waits for a free node"));
        shared.releaseAll();
        assertThat(awaitEnd(first).path("node").asText())
                .startsWith(shared.url().toString());
        assertThat(awaitEnd(second).path("node").asText())
                .startsWith(shared.url().toString());
        assertThat(filesWord(own)).isEqualTo("own");
        assertThat(filesWord(shared)).isEqualTo("shared");
    }

    @Test
    void aTaskThatNoNodeCouldSeeTheFilesOfFailsByName() throws Exception {
        startRouter(Map.of(), own);
        web.file("/m.safetensors", TINY);

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.at("/error/class").asText()).as(task.toString()).isEqualTo("impossible");
        assertThat(task.at("/error/message").asText())
                .contains(own.url().toString())
                .contains("does not see files linked into models/checkpoints: is ROOT_DIR its models folder?");
    }

    @Test
    void aNodeThatSharesOnlySomeFoldersIsFoundOutAndAnotherRunsTheTask() throws Exception {
        Path models = directory.resolve("comfyui/models");
        Path half = Files.createDirectories(directory.resolve("half"));
        Files.createDirectories(models.resolve("checkpoints"));
        Files.createSymbolicLink(half.resolve("checkpoints"), models.resolve("checkpoints"));
        Files.createDirectories(half.resolve("loras"));
        try (FakeComfyServer partly = sharing(half)) {
            startRouter(Map.of(), shared);
            shared.holdExecutions();
            submit(sd15("v1-5.safetensors"));
            shared.awaitRunning(LONG);
            caller.post("/cluster/nodes", "{\"url\":\"" + partly.url() + "\"}");
            web.file("/m.safetensors", TINY).file("/l.safetensors", FileHost.model(5000, 2));
            String id = submit(
                    "{\"type\":\"SD15\",\"params\":{\"prompt\":\"a cat\",\"width\":64,\"height\":64,\"checkpoint\":\""
                            + web.url("/m.safetensors") + "\",\"loras\":[{\"model\":\"" + web.url("/l.safetensors")
                            + "\"}]}}");
            JsonNode refused = await(
                    id,
                    task -> task.path("attempts").asInt() == 1
                            && task.path("status").asText().equals("pending")
                            && reason("waits for a free node").test(task));
            assertThat(refused.at("/attemptList/0/error").asText()).isEqualTo("missing");

            shared.releaseAll();

            JsonNode done = awaitEnd(id);
            assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
            assertThat(done.path("node").asText()).startsWith(shared.url().toString());
            assertThat(partly.startedExecutions()).isZero();
        }
    }

    @Test
    void whenSpaceIsShortAWaitingTaskGivesItsFilesToOneThatGoesBeforeIt() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__MAX_CACHE_BYTES", "1000000"), shared);
        web.file("/a.safetensors", FileHost.model(600_000, 7))
                .pausing("/b.safetensors", FileHost.model(600_000, 8), 300_000);
        shared.holdExecutions();
        submit(sd15("v1-5.safetensors"));
        shared.awaitRunning(LONG);
        String later = submit(sd15(web.url("/a.safetensors") + ""));
        await(later, reason("waits for a free node"));

        String sooner = submit(sd15(web.url("/b.safetensors") + "").replace("{\"type\"", "{\"priority\":9,\"type\""));

        await(sooner, reason("50 %"));
        await(later, reason("a.safetensors"));
        web.release("/b.safetensors");
        shared.releaseAll();
        assertThat(awaitEnd(sooner).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(later).path("status").asText()).isEqualTo("done");
        assertThat(web.asked("/a.safetensors")).as("fetched again").hasSizeGreaterThan(1);
    }

    @Test
    void aTaskWithoutRoomSaysSoWhileOnesBeforeItUseTheSpace() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__MAX_CACHE_BYTES", "1000000"), shared);
        web.file("/a.safetensors", FileHost.model(600_000, 7)).file("/b.safetensors", FileHost.model(600_000, 8));
        shared.holdExecutions();
        String first = submit(sd15(web.url("/a.safetensors") + ""));
        shared.awaitRunning(LONG);

        String second = submit(sd15(web.url("/b.safetensors") + ""));

        await(second, reason("waits for room in the cache for b.safetensors").and(reason("a.safetensors (in use)")));
        shared.releaseAll();
        assertThat(awaitEnd(first).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(second).path("status").asText()).isEqualTo("done");
        try (Stream<Path> links = Files.list(directory.resolve("comfyui/models/checkpoints"))) {
            assertThat(links.map(link -> link.getFileName().toString()))
                    .as("the link of the evicted file is gone")
                    .singleElement()
                    .asString()
                    .startsWith("b-");
        }
    }

    @Test
    void aCancelledTaskStopsItsDownloadAtOnce() throws Exception {
        startRouter(Map.of(), shared);
        web.pausing("/m.safetensors", TINY, 50_000);
        String id = submit(sd15(web.url("/m.safetensors") + ""));
        await(id, reason("50 %"));

        caller.delete("/workflow/" + id);

        assertThat(awaitEnd(id).path("status").asText()).isEqualTo("cancelled");
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode cache = caller.get("/cache");
        while (running(cache)) {
            assertThat(System.nanoTime()).as(cache.toString()).isLessThan(end);
            cache = caller.get("/cache");
        }
        assertThat(cache.path("files")).isEmpty();
    }

    @Test
    void aRouterThatStartsAgainGoesOnWithTheBytesThatItHas() throws Exception {
        startRouter(Map.of(), shared);
        web.pausing("/m.safetensors", TINY, 60_000);
        String id = submit(sd15(web.url("/m.safetensors") + ""));
        await(id, reason("60 %"));

        stopRouter();
        web.release("/m.safetensors");
        startRouter(Map.of(), shared);

        assertThat(awaitEnd(id).path("status").asText()).isEqualTo("done");
        assertThat(web.asked("/m.safetensors").getLast().range()).contains("bytes=60000-");
    }

    @Test
    void aTaskThatWaitsForANodeKeepsItsFileOverARestart() throws Exception {
        startRouter(Map.of(), shared);
        web.file("/a.safetensors", FileHost.model(600_000, 7)).file("/b.safetensors", FileHost.model(300_000, 8));
        shared.holdExecutions();
        submit(sd15("v1-5.safetensors"));
        shared.awaitRunning(LONG);
        String kept = submit(sd15(web.url("/a.safetensors") + ""));
        await(kept, reason("waits for a free node"));

        stopRouter();
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__MAX_CACHE_BYTES", "500000"), shared);
        String other = submit(sd15(web.url("/b.safetensors") + ""));
        await(other, reason("waits for room in the cache for b.safetensors"));
        shared.releaseAll();

        assertThat(awaitEnd(kept).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(other).path("status").asText()).isEqualTo("done");
        assertThat(web.asked("/a.safetensors")).hasSize(1);
    }

    private static boolean running(JsonNode cache) {
        for (JsonNode download : cache.path("downloads")) {
            if (download.path("status").asText().equals("running")) {
                return true;
            }
        }
        return false;
    }

    private String filesWord(FakeComfyServer node) throws Exception {
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

    private static FakeComfyServer sharing(Path models) {
        return FakeComfyServer.builder().modelsDirectory(models).start();
    }

    private static String sd15(String checkpoint) {
        return sd15ref("\"" + checkpoint + "\"");
    }

    private static String sd15ref(String checkpoint) {
        return "{\"type\":\"SD15\",\"params\":{\"prompt\":\"a cat\",\"width\":64,\"height\":64,\"steps\":2,\"checkpoint\":"
                + checkpoint + "}}";
    }

    private String img2img() {
        return "{\"type\":\"SD15\",\"params\":{\"prompt\":\"a cat\",\"checkpoint\":\"v1-5.safetensors\",\"steps\":2,"
                + "\"denoise\":0.5,\"input_image\":\"" + web.url("/cat.png") + "\"}}";
    }

    private static byte[] png(int width, int height) throws IOException {
        return picture("png", width, height);
    }

    private static byte[] picture(String format, int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, bytes);
        return bytes.toByteArray();
    }

    private JsonNode run(String body) throws Exception {
        return awaitEnd(submit(body));
    }

    private String submit(String body) throws Exception {
        JsonNode answer = caller.post("/workflow", body);
        assertThat(answer.has("id")).as(answer.toString()).isTrue();
        return answer.path("id").asText();
    }

    private static Predicate<JsonNode> reason(String part) {
        return task -> task.path("reason").asText().contains(part);
    }

    private JsonNode awaitEnd(String id) throws Exception {
        return await(id, task -> !task.path("finishedAt").isNull());
    }

    /// Asks until it is so; each answer is the clock of the next question, so nothing sleeps.
    private JsonNode await(String id, Predicate<JsonNode> wanted) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        JsonNode task = caller.get("/workflow/" + id);
        while (!wanted.test(task)) {
            assertThat(System.nanoTime()).as(task.toString()).isLessThan(end);
            task = caller.get("/workflow/" + id);
        }
        return task;
    }

    private void startRouter(Map<String, String> more, FakeComfyServer... nodes) throws Exception {
        Map<String, String> settings = TestSettings.in(directory);
        settings.put("COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE", "127.0.0.1");
        settings.put("COMFY_ROUTER__NODE__CHECK_INTERVAL", "300ms");
        settings.put(
                "COMFY_ROUTER__NODES",
                String.join(
                        ",", Stream.of(nodes).map(node -> node.url().toString()).toList()));
        settings.putAll(more);
        router = RouterServer.start(RouterConfig.load(settings, directory));
        caller = new Caller(router.port());
    }

    private void stopRouter() {
        caller.close();
        router.close();
    }
}

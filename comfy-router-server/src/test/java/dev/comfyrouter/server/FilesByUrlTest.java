package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What becomes of the files that tasks name by URL, and which nodes get them.
class FilesByUrlTest extends FilesByUrl {
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

    @Test
    void aRetryAsksForTheSameSignedUrlWhichNobodyIsShown() throws Exception {
        startRouter(Map.of(), shared);
        web.signed("/m.safetensors", "signature=secret"); // and not there yet
        JsonNode first = run(sd15(web.url("/m.safetensors?signature=secret") + ""));
        assertThat(first.at("/error/message").asText()).contains("HTTP 404");
        web.file("/m.safetensors", TINY);

        JsonNode done = awaitEnd(retry(first));
        JsonNode again = awaitEnd(retry(done));

        assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
        assertThat(again.path("status").asText()).as(again.toString()).isEqualTo("done");
        assertThat(caller.get("/workflow").toString() + first + done + caller.get("/cache"))
                .contains("m.safetensors")
                .doesNotContain("secret");
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
        JsonNode done = awaitEnd(retry(task));
        assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
        String graph =
                caller.get("/workflow/" + done.path("id").asText() + "/graph").toString();
        assertThat(graph)
                .containsPattern("\"ckpt_name\":\"m-[0-9a-f]{8}\\.safetensors\"")
                .containsPattern("\"vae_name\":\"v-[0-9a-f]{8}\\.safetensors\"")
                .containsPattern("\"image\":\"comfy-router/[0-9a-f]{64}\\.png\"");
    }

    @Test
    void aPickleGoesOnlyToANodeThatLoadsItWithoutRunningIt() throws Exception {
        try (FakeComfyServer careless = FakeComfyServer.builder()
                .modelsDirectory(directory.resolve("comfyui/models"))
                .pytorch("2.3.1+cu121")
                .start()) {
            startRouter(Map.of(), careless);
            web.file("/m.ckpt", FileHost.pickle());
            String url = web.url("/m.ckpt") + "";
            JsonNode refused = run(sd15(url));
            assertThat(refused.at("/error/class").asText())
                    .as(refused.toString())
                    .isEqualTo("impossible");
            assertThat(refused.at("/error/message").asText())
                    .contains(careless.url().toString())
                    .contains("PyTorch 2.3.1")
                    .contains("a .safetensors file");

            caller.post("/cluster/nodes", "{\"url\":\"" + shared.url() + "\"}");
            assertThat(filesWord(shared)).isEqualTo("shared");
            JsonNode done = run(sd15(url));

            assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
            assertThat(done.path("node").asText()).startsWith(shared.url().toString());
            assertThat(careless.startedExecutions()).isZero();
        }
    }

    @Test
    void linksSayWhereTheCacheIsForTheNodes() throws Exception {
        Path elsewhere = directory.resolve("mounted-there");
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__CACHE_DIR_ON_NODES", elsewhere.toString()), shared);
        Files.createSymbolicLink(elsewhere, Path.of(setting("COMFY_ROUTER__DOWNLOAD__CACHE_DIR")));
        web.file("/m.safetensors", TINY);

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
        try (Stream<Path> links = Files.list(directory.resolve("comfyui/models/checkpoints"))) {
            assertThat(links.filter(link -> link.getFileName().toString().startsWith("m-")))
                    .singleElement()
                    .satisfies(link -> {
                        assertThat(Files.readSymbolicLink(link)).startsWith(elsewhere);
                        assertThat(link).hasBinaryContent(TINY);
                    });
        }
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
            JsonNode refused = await( // its reason may be newer than its attempts
                    id,
                    task -> task.at("/attemptList/0/error").asText().equals("missing")
                            && reason("waits for a free node").test(task));
            assertThat(refused.path("attempts").asInt()).isEqualTo(1);
            assertThat(refused.path("status").asText()).isEqualTo("pending");

            shared.releaseAll();

            JsonNode done = awaitEnd(id);
            assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
            assertThat(done.path("node").asText()).startsWith(shared.url().toString());
            assertThat(partly.startedExecutions()).isZero();
        }
    }
}

package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Tasks that wait for their files: short space, cancelling, and a router that starts again.
class WaitingForFilesTest extends FilesByUrl {
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
    void onlyTheLastWaitingTaskGivesItsFilesBack() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__MAX_CACHE_BYTES", "1000000"), shared);
        web.file("/a.safetensors", FileHost.model(400_000, 7))
                .file("/b.safetensors", FileHost.model(400_000, 8))
                .pausing("/c.safetensors", FileHost.model(400_000, 9), 200_000);
        shared.holdExecutions();
        submit(sd15("v1-5.safetensors"));
        shared.awaitRunning(LONG);
        String first = submit(sd15(web.url("/a.safetensors") + ""));
        await(first, reason("waits for a free node"));
        String last = submit(sd15(web.url("/b.safetensors") + ""));
        await(last, reason("waits for a free node"));

        String sooner = submit(sd15(web.url("/c.safetensors") + "").replace("{\"type\"", "{\"priority\":9,\"type\""));

        await(sooner, reason("50 %"));
        await(last, reason("b.safetensors"));
        assertThat(caller.get("/workflow/" + first).path("reason").asText()).contains("waits for a free node");
        web.release("/c.safetensors");
        shared.releaseAll();
        assertThat(awaitEnd(sooner).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(first).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(last).path("status").asText()).isEqualTo("done");
        assertThat(web.asked("/a.safetensors")).as("it kept its file").hasSize(1);
    }

    @Test
    void theCacheNamesTheTasksThatWaitForAFile() throws Exception {
        startRouter(Map.of(), shared);
        web.pausing("/m.safetensors", TINY, 50_000);
        String one = submit(sd15(web.url("/m.safetensors?token=secret") + ""));
        await(one, reason("50 %"));
        String two = submit(sd15(web.url("/m.safetensors?token=secret") + ""));
        await(two, reason("50 %"));

        JsonNode download = caller.get("/cache").at("/downloads/0");
        JsonNode live = caller.get("/state").at("/downloads/0");

        assertThat(download.path("tasks").asInt()).isEqualTo(2);
        assertThat(texts(download.path("taskIds"))).containsExactly(one, two);
        assertThat(texts(live.path("taskIds"))).containsExactly(one, two);
        web.release("/m.safetensors");
        assertThat(awaitEnd(one).path("status").asText()).isEqualTo("done");
        assertThat(awaitEnd(two).path("status").asText()).isEqualTo("done");
        assertThat(texts(caller.get("/cache").at("/downloads/0/taskIds"))).isEmpty();
    }

    @Test
    void aDownloadThatAnOperatorCancelsFailsItsTasksWhichMayBeRetried() throws Exception {
        startRouter(Map.of(), shared);
        web.pausing("/m.safetensors", TINY, 50_000);
        String id = submit(sd15(web.url("/m.safetensors") + ""));
        await(id, reason("50 %"));
        String download = caller.get("/cache").at("/downloads/0/id").asText();

        caller.post("/cache/downloads/" + download + "/cancel", "{}");

        JsonNode failed = awaitEnd(id);
        assertThat(failed.at("/error/class").asText()).isEqualTo("input");
        assertThat(failed.at("/error/message").asText())
                .contains(web.url("/m.safetensors").toString())
                .endsWith("retry the task to fetch it again");
        web.release("/m.safetensors");
        JsonNode done = awaitEnd(retry(failed));
        assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
        assertThat(web.asked("/m.safetensors").getLast().range()).contains("bytes=50000-");
    }

    @Test
    void aFailedDownloadThatAnOperatorBeginsAgainServesTheNextTask() throws Exception {
        startRouter(Map.of(), shared);
        JsonNode failed = run(sd15(web.url("/m.safetensors") + ""));
        assertThat(failed.at("/error/message").asText()).contains("HTTP 404");
        web.file("/m.safetensors", TINY);
        String download = caller.get("/cache").at("/downloads/0/id").asText();

        caller.post("/cache/downloads/" + download + "/retry", "{}");

        JsonNode done = awaitEnd(retry(failed));
        assertThat(done.path("status").asText()).as(done.toString()).isEqualTo("done");
        assertThat(web.asked("/m.safetensors"))
                .as("one in vain, one with the file")
                .hasSize(2);
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).toList();
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
}

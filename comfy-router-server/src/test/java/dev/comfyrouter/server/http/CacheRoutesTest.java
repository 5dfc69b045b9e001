package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.cache.DownloadRequest;
import dev.comfyrouter.cache.FileKind;
import dev.comfyrouter.cache.Leases;
import dev.comfyrouter.cache.ProgressListener;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CacheRoutesTest extends AtTheDoor {
    private static final byte[] MODEL = FileHost.safetensors(50_000);

    private FileHost host;

    @BeforeEach
    void open() throws Exception {
        host = FileHost.start();
    }

    @AfterEach
    void close() {
        host.close();
    }

    private HttpResponse<String> prefetch(String path, String folder) throws Exception {
        return door.post("/cache/prefetch", """
                {"url":"%s","folder":"%s"}""".formatted(host.url(path), folder));
    }

    private JsonNode cache() throws Exception {
        return Door.json(door.get("/cache"));
    }

    private JsonNode cacheWhen(Predicate<JsonNode> state) throws Exception {
        while (true) {
            JsonNode cache = cache();
            if (state.test(cache)) {
                return cache;
            }
            Thread.onSpinWait();
        }
    }

    /// The only file of the cache, when nobody uses it.
    private JsonNode file() throws Exception {
        return cacheWhen(cache -> cache.path("files").size() == 1
                        && cache.at("/files/0/leased").asInt() == 0
                        && cache.at("/files/0/uses").asInt() > 0)
                .at("/files/0");
    }

    private Leases lease(String path) throws InterruptedException {
        return door.cache.acquire(
                List.of(DownloadRequest.of(URI.create(host.url(path)), FileKind.MODEL)), ProgressListener.NONE);
    }

    private List<String> acts() throws Exception {
        return Door.json(door.get("/activity?kind=act")).path("entries").findValuesAsText("text");
    }

    @Test
    void anEmptyCacheHasItsLimitsAndNothingElse() throws Exception {
        JsonNode cache = cache();

        assertThat(cache.path("bytes").asLong()).isZero();
        assertThat(cache.path("limit").asLong()).isEqualTo(64L << 30);
        assertThat(cache.path("free").asLong()).isPositive();
        assertThat(cache.path("files")).isEmpty();
        assertThat(cache.path("folders")).isEmpty();
        assertThat(cache.path("downloads")).isEmpty();
        assertThat(cache.path("problem").isNull()).isTrue();
    }

    @Test
    void aModelIsPrefetchedIntoItsFolder() throws Exception {
        host.serve("/ink.safetensors", MODEL);

        assertThat(prefetch("/ink.safetensors?token=s3cret", "loras").statusCode())
                .isEqualTo(202);

        JsonNode file = file();
        assertThat(file.path("name").asText()).isEqualTo("ink.safetensors");
        assertThat(file.path("folder").asText()).isEqualTo("loras");
        assertThat(file.path("bytes").asLong()).isEqualTo(MODEL.length);
        assertThat(file.path("from").asText()).isEqualTo(host.url("/ink.safetensors"));
        assertThat(file.path("pinned").asBoolean()).isFalse();
        JsonNode cache = cache();
        assertThat(cache.at("/folders/0/folder").asText()).isEqualTo("loras");
        assertThat(cache.at("/folders/0/bytes").asLong()).isEqualTo(MODEL.length);
        assertThat(cache.at("/downloads/0/status").asText()).isEqualTo("done");
        assertThat(cache.toString()).doesNotContain("s3cret");
        try (Stream<Path> links = Files.list(door.models.resolve("loras"))) {
            assertThat(links)
                    .singleElement()
                    .satisfies(link -> assertThat(Files.readAllBytes(link)).isEqualTo(MODEL));
        }
        assertThat(acts()).containsExactly("Asked for ink.safetensors from localhost for loras");
        assertThat(door.get("/activity").body()).doesNotContain("s3cret");
    }

    @Test
    void everyMistakeOfAPrefetchIsNamed() throws Exception {
        HttpResponse<String> refused = door.post("/cache/prefetch", """
                {"url":"no url","folder":"custom_nodes","name":"../x","sha256":"12","colour":1}""");

        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(Door.json(refused).path("errors").findValuesAsText("pointer"))
                .containsExactlyInAnyOrder("/url", "/folder", "/name", "/sha256", "/colour");
        for (String url : List.of("file:///etc/passwd", "ftp://localhost/x", "")) {
            HttpResponse<String> one = door.post("/cache/prefetch", """
                    {"url":"%s","folder":"loras"}""".formatted(url));
            assertThat(one.statusCode()).as(url).isEqualTo(422);
            assertThat(Door.json(one).at("/errors/0/pointer").asText()).isEqualTo("/url");
        }
        assertThat(cache().path("downloads")).isEmpty();
    }

    @Test
    void aPinnedFileStaysUntilItIsUnpinned() throws Exception {
        host.serve("/m.safetensors", MODEL);
        lease("/m.safetensors").close();
        String path = "/cache/" + file().path("id").asText();

        assertThat(Door.json(door.post(path + "/pin", "{}")).path("pinned").asBoolean())
                .isTrue();
        HttpResponse<String> refused = door.delete(path);
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(Door.json(refused).path("detail").asText()).isEqualTo("m.safetensors is pinned. Unpin it first.");
        assertThat(Door.json(door.post(path + "/unpin", "{}")).path("pinned").asBoolean())
                .isFalse();
        assertThat(door.delete(path).statusCode()).isEqualTo(204);

        assertThat(cache().path("files")).isEmpty();
        assertThat(acts()).containsExactly("Deleted m.safetensors", "Unpinned m.safetensors", "Pinned m.safetensors");
    }

    @Test
    void aFileInUseIsNotDeleted() throws Exception {
        host.serve("/m.safetensors", MODEL);
        try (Leases one = lease("/m.safetensors");
                Leases two = lease("/m.safetensors")) {
            JsonNode file = cache().at("/files/0");
            assertThat(file.path("leased").asInt()).isEqualTo(2);
            assertThat(file.path("lastUsedAt").isNull()).isTrue();
            HttpResponse<String> refused = door.delete("/cache/" + one.get(0).sha256());
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(Door.json(refused).path("detail").asText()).startsWith("2 tasks use m.safetensors");
            assertThat(two.get(0).path()).exists();
        }
        assertThat(file().path("lastUsedAt").isTextual()).isTrue();
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        for (String path : List.of("/cache/" + "0".repeat(64), "/cache/x")) {
            assertThat(door.delete(path).statusCode()).isEqualTo(404);
            assertThat(door.post(path + "/pin", "{}").statusCode()).isEqualTo(404);
            assertThat(door.post(path + "/unpin", "{}").statusCode()).isEqualTo(404);
        }
        assertThat(door.post("/cache/downloads/x/cancel", "{}").statusCode()).isEqualTo(404);
        assertThat(door.post("/cache/downloads/x/retry", "{}").statusCode()).isEqualTo(404);
    }

    @Test
    void aDownloadIsCancelledAndBegunAgain() throws Exception {
        CountDownLatch rest = host.serveInHalves("/m.safetensors", MODEL);
        prefetch("/m.safetensors", "vae");
        JsonNode running = cacheWhen(cache -> cache.at("/downloads/0/bytes").asLong() == MODEL.length / 2)
                .at("/downloads/0");
        assertThat(running.path("status").asText()).isEqualTo("running");
        assertThat(running.path("folder").asText()).isEqualTo("vae");
        assertThat(running.path("from").asText()).isEqualTo("localhost");
        assertThat(running.path("size").asLong()).isEqualTo(MODEL.length);
        assertThat(running.path("tasks").asInt()).as("a prefetch is no task").isZero();
        String path = "/cache/downloads/" + running.path("id").asText();
        assertThat(door.post(path + "/retry", "{}").statusCode()).isEqualTo(409);

        assertThat(door.post(path + "/cancel", "{}").statusCode()).isEqualTo(204);
        cacheWhen(cache -> cache.at("/downloads/0/status").asText().equals("cancelled"));
        rest.countDown();
        assertThat(door.post(path + "/retry", "{}").statusCode()).isEqualTo(202);

        assertThat(file().path("folder").asText()).isEqualTo("vae");
        JsonNode done = cache().at("/downloads/0");
        assertThat(done.path("status").asText()).isEqualTo("done");
        assertThat(door.post("/cache/downloads/" + done.path("id").asText() + "/cancel", "{}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(acts())
                .startsWith("Started the download of m.safetensors again", "Cancelled the download of m.safetensors");
    }

    @Test
    void aFailedDownloadSaysWhyAndGoesWhenItIsDismissed() throws Exception {
        host.refuse("/m.safetensors", 404);
        prefetch("/m.safetensors?token=s3cret", "vae");
        JsonNode failed = cacheWhen(
                        cache -> cache.at("/downloads/0/status").asText().equals("failed"))
                .at("/downloads/0");
        assertThat(failed.path("error").asText()).contains("404").doesNotContain("s3cret");

        assertThat(door.post("/cache/downloads/" + failed.path("id").asText() + "/cancel", "{}")
                        .statusCode())
                .isEqualTo(204);

        assertThat(cache().path("downloads")).isEmpty();
    }

    @Test
    void livePagesSeeADownloadFromItsBeginningToItsEnd() throws Exception {
        CountDownLatch rest = host.serveInHalves("/m.safetensors", MODEL);
        JsonNode state = Door.json(door.get("/state"));
        assertThat(state.path("downloads")).isEmpty();
        assertThat(state.at("/cache/limit").asLong()).isEqualTo(64L << 30);
        try (EventReader events = EventReader.open(
                door, door.request("/events?since=" + state.path("since").asText()))) {
            prefetch("/m.safetensors", "vae");
            JsonNode change = change(events);
            String id = change.path("id").asText();
            while (change.path("bytes").asLong() != MODEL.length / 2) {
                change = change(events);
            }
            assertThat(Door.json(door.get("/state")).at("/downloads/0/id").asText())
                    .isEqualTo(id);
            rest.countDown();
            while (!change.path("status").asText().equals("done")) {
                change = change(events);
                assertThat(change.path("id").asText()).isEqualTo(id);
            }
            assertThat(change.path("bytes").asLong()).isEqualTo(MODEL.length);
            JsonNode totals = Json.kept(events.next("delta").data()).path("cache");
            while (totals.path("bytes").asLong() == 0) {
                totals = Json.kept(events.next("delta").data()).path("cache");
            }
            assertThat(totals.path("bytes").asLong()).isGreaterThanOrEqualTo(MODEL.length);
        }
    }

    /// The next change of a download.
    private static JsonNode change(EventReader events) throws Exception {
        while (true) {
            JsonNode changes = Json.kept(events.next("delta").data()).path("d");
            if (!changes.isEmpty()) {
                assertThat(changes).hasSize(1);
                assertThat(changes.path(0).path("v").asLong()).isPositive();
                return changes.path(0);
            }
        }
    }

    @Test
    void filesAreListedInTheOrderInWhichTheyWouldGo() throws Exception {
        for (int i = 0; i < 3; i++) {
            host.serve("/" + i + ".safetensors", FileHost.safetensors(1000 + i));
            lease("/" + i + ".safetensors").close();
        }
        lease("/0.safetensors").close();

        assertThat(cache().path("files").findValuesAsText("name"))
                .containsExactly("1.safetensors", "2.safetensors", "0.safetensors");
    }

    @Test
    void whatIsMeasuredOfTheCache() throws Exception {
        host.serve("/m.safetensors", MODEL);
        lease("/m.safetensors").close();
        lease("/m.safetensors").close();

        assertThat(door.get("/metrics").body())
                .contains("comfyrouter_cache_requests_total{outcome=\"hit\"} 1.0")
                .contains("comfyrouter_cache_requests_total{outcome=\"miss\"} 1.0")
                .contains("comfyrouter_cache_received_bytes_total " + (double) MODEL.length)
                .contains("comfyrouter_cache_files 1.0")
                .doesNotContain("m.safetensors");
    }
}

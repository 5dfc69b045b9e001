package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulationTest {

    private static final Duration PATIENCE = TestClient.PATIENCE;

    private FakeComfyServer server = FakeComfyServer.start();
    private TestClient client = new TestClient(server);

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void thePictureHasTheSizeThatFollowsFromTheGraph() throws Exception {
        ObjectNode prompt = Graphs.textToImage("a cat", 1, 2);
        prompt.set(
                "10",
                Json.objectOf("{\"class_type\": \"LatentUpscaleBy\", \"inputs\": {\"samples\": [\"3\", 0],"
                        + " \"upscale_method\": \"nearest-exact\", \"scale_by\": 1.5}}"));
        prompt.set(
                "11",
                Json.objectOf("{\"class_type\": \"UpscaleModelLoader\","
                        + " \"inputs\": {\"model_name\": \"4x-ultrasharp.pth\"}}"));
        prompt.set(
                "12",
                Json.objectOf("{\"class_type\": \"ImageUpscaleWithModel\","
                        + " \"inputs\": {\"upscale_model\": [\"11\", 0], \"image\": [\"8\", 0]}}"));
        inputs(prompt, "8").set("samples", link("10"));
        inputs(prompt, "9").set("images", link("12"));

        assertThat(sizes(run(prompt))).containsExactly(new ImageSize(384, 384));
    }

    @Test
    void anUploadedPictureKeepsItsSizeAndABatchGivesSeveralFiles() throws Exception {
        byte[] picture = Png.ofOneColour(120, 80, 0x336699, "");
        client.upload("photo.png", picture);
        ObjectNode prompt = Json.objectOf("""
                {"1": {"class_type": "LoadImage", "inputs": {"image": "photo.png"}},
                 "2": {"class_type": "RepeatImageBatch", "inputs": {"image": ["1", 0], "amount": 2}},
                 "9": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}}}""");

        assertThat(sizes(run(prompt))).containsExactly(new ImageSize(120, 80), new ImageSize(120, 80));
    }

    @Test
    void anIdenticalGraphIsNotRunAgainAndShowsTheOldFile() throws Exception {
        ObjectNode prompt = Graphs.textToImage("a cat", 1, 2);
        JsonNode first = run(prompt);

        try (TestSocket socket = client.open("me")) {
            JsonNode second = run(prompt.deepCopy());

            assertThat(second.path("outputs")).isEqualTo(first.path("outputs"));
            assertThat(socket.typesToTheEnd()).doesNotContain("progress").contains("executed", "execution_success");
        }
    }

    @Test
    void paintedPicturesShowWordsAndDifferBySeed() throws Exception {
        Picture base = Picture.empty(256, 192, 1);
        byte[] one =
                Painting.of(base.sampled("a cat", java.math.BigInteger.ONE), 0).png("");
        byte[] two =
                Painting.of(base.sampled("a cat", java.math.BigInteger.TWO), 0).png("");
        byte[] other =
                Painting.of(base.sampled("a dog", java.math.BigInteger.ONE), 0).png("");

        assertThat(ImageSize.of(one)).isEqualTo(Optional.of(new ImageSize(256, 192)));
        assertThat(one).isNotEqualTo(two).isNotEqualTo(other);
        assertThat(ImageSize.of(Painting.of(base, 0).jpeg(0.3))).isEqualTo(Optional.of(new ImageSize(256, 192)));
    }

    @Test
    void negotiatedClientsGetPreviewsWithMetadataBeforeTheProgress() throws Exception {
        server.close();
        server = FakeComfyServer.builder().previewMethod("auto").start();
        client.close();
        client = new TestClient(server);
        try (TestSocket socket = client.open("me")) {
            socket.send("{\"type\":\"feature_flags\",\"data\":{\"supports_preview_metadata\":true}}");
            socket.until("feature_flags");
            client.submit(UUID.randomUUID().toString(), "me", 1, Graphs.textToImage("a cat", 1, 1));

            List<String> frames = socket.until("\"type\":\"progress\",");

            assertThat(frames.get(frames.size() - 2))
                    .startsWith("preview with")
                    .contains("\"image_type\":\"image/jpeg\"");
        }
    }

    @Test
    void theTimeOfAnExecutionIsSpentInItsSampler() throws Exception {
        server.close();
        server = FakeComfyServer.builder().executionTime(Duration.ofMillis(200)).start();
        client.close();
        client = new TestClient(server);
        long before = System.nanoTime();

        run(Graphs.textToImage("a cat", 1, 4));

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void aPreviewOfAPictureCanBeWebpOrJpeg() throws Exception {
        client.upload("photo.png", Png.ofOneColour(33, 17, 0x336699, ""));

        for (String format : List.of("webp", "jpeg")) {
            byte[] preview = client.get("/view?filename=photo.png&type=input&preview=" + format + ";70")
                    .body();
            assertThat(ImageSize.of(preview)).isEqualTo(Optional.of(new ImageSize(33, 17)));
        }
    }

    private JsonNode run(ObjectNode prompt) throws Exception {
        String id = UUID.randomUUID().toString();
        int before = server.executions().size();
        assertThat(client.submit(id, "me", 1, prompt).statusCode()).isEqualTo(200);
        server.awaitExecutions(before + 1, PATIENCE);
        JsonNode entry = client.json("/history/" + id).path(id);
        assertThat(entry.path("status").path("status_str").asText())
                .as(entry.toString())
                .isEqualTo("success");
        return entry;
    }

    private List<ImageSize> sizes(JsonNode entry) throws Exception {
        List<ImageSize> sizes = new java.util.ArrayList<>();
        for (JsonNode image : entry.path("outputs").path("9").path("images")) {
            byte[] file = client.get("/view?filename=" + image.path("filename").asText() + "&type="
                            + image.path("type").asText())
                    .body();
            sizes.add(ImageSize.of(file).orElseThrow());
        }
        return sizes;
    }

    private static ObjectNode inputs(ObjectNode prompt, String node) {
        return (ObjectNode) prompt.path(node).path("inputs");
    }

    private static JsonNode link(String node) {
        return Json.array().add(node).add(0);
    }
}

package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {

    private static final Duration PATIENCE = TestClient.PATIENCE;

    @TempDir
    Path models;

    @TempDir
    Path store;

    private FakeComfyServer server = FakeComfyServer.builder().start();
    private TestClient client = new TestClient(server);

    @BeforeEach
    void useTheDirectory() throws Exception {
        server.close();
        client.close();
        Files.createDirectories(models.resolve("checkpoints"));
        server = FakeComfyServer.builder().noModels().modelsDirectory(models).start();
        client = new TestClient(server);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void aLinkIsSeenByTheVeryNextRequestWithItsSize() throws Exception {
        assertThat(client.json("/models/checkpoints")).isEmpty();
        Path file = Files.write(store.resolve("a1b2"), new byte[1234]);
        Files.createSymbolicLink(models.resolve("checkpoints/linked.safetensors"), file);

        assertThat(client.json("/models/checkpoints").toString()).isEqualTo("[\"linked.safetensors\"]");
        JsonNode listed = client.json("/experiment/models/checkpoints").path(0);
        assertThat(listed.path("name").asText()).isEqualTo("linked.safetensors");
        assertThat(listed.path("size").asLong()).isEqualTo(1234);
        assertThat(submit("linked.safetensors")).isEqualTo(Execution.Outcome.SUCCESS);
    }

    @Test
    void aBrokenLinkIsListedAndValidAndFailsWhenItIsLoaded() throws Exception {
        Files.createSymbolicLink(models.resolve("checkpoints/broken.safetensors"), store.resolve("gone"));

        assertThat(client.json("/models/checkpoints").toString()).isEqualTo("[\"broken.safetensors\"]");
        assertThat(client.json("/experiment/models/checkpoints")).isEmpty();
        assertThat(submit("broken.safetensors")).isEqualTo(Execution.Outcome.ERROR);
    }

    @Test
    void filesInSubFoldersCarryTheFolderAndOldFolderNamesAreRead() throws Exception {
        Files.createDirectories(models.resolve("unet/flux"));
        Files.write(models.resolve("unet/flux/dev.safetensors"), new byte[1]);
        Files.write(models.resolve("unet/flux/notes.txt"), new byte[1]);

        assertThat(client.json("/models/diffusion_models").toString()).isEqualTo("[\"flux/dev.safetensors\"]");
        assertThat(client.get("/models/unet").statusCode()).isEqualTo(404);
    }

    private Execution.Outcome submit(String checkpoint) throws Exception {
        ObjectNode prompt = Graphs.textToImage("a cat", 1, 1);
        ((ObjectNode) prompt.path("4").path("inputs")).put("ckpt_name", checkpoint);
        assertThat(client.submit(UUID.randomUUID().toString(), "me", 1, prompt).statusCode())
                .isEqualTo(200);
        server.awaitExecutions(1, PATIENCE);
        return server.executions().getFirst().outcome();
    }
}

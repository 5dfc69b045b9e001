package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of the outputs of a node, from its history entry to the answer of the router.
class ResultKindsTest {
    @TempDir
    private Path directory;

    private FakeComfyServer node;
    private RouterServer router;
    private Caller caller;

    @BeforeEach
    void start() throws Exception {
        node = FakeComfyServer.builder()
                .behaviour("SaveImage", call -> {
                    call.show("""
                            {"images":[{"filename":"clip.mp4","subfolder":"","type":"input"}],"animated":[true],
                             "audio":[{"filename":"song.flac","subfolder":"","type":"input"}],
                             "3d":[{"filename":"mesh.glb","subfolder":"","type":"input"}],
                             "gifs":[{"filename":"page.html","subfolder":"","type":"input"}],
                             "text":["a cat <script>"]}""");
                    return List.of();
                })
                .start();
        Map<String, String> settings = TestSettings.in(directory);
        settings.put("COMFY_ROUTER__NODES", node.url().toString());
        router = RouterServer.start(RouterConfig.load(settings, directory));
        caller = new Caller(router.port());
    }

    @AfterEach
    void stop() {
        caller.close();
        router.close();
        node.close();
    }

    @ParameterizedTest
    @CsvSource({"png, image/png, .png", "jpeg, image/jpeg, .jpg", "webp, image/webp, .webp"})
    void aTypedWorkflowGivesItsPicturesInTheFormatThatWasAskedFor(String format, String type, String extension)
            throws Exception {
        JsonNode task = caller.run("""
                {"type":"SD15","params":{"prompt":"a lighthouse","checkpoint":"v1-5.safetensors","width":128,"height":64,
                 "batch_size":2,"output_format":"%s"}}""".formatted(format));

        assertThat(task.path("images")).hasSize(2);
        for (JsonNode image : task.path("images")) {
            assertThat(image.path("contentType").asText()).isEqualTo(type);
            assertThat(image.path("name").asText()).endsWith(extension);
            assertThat(image.path("width").asInt()).isEqualTo(128);
            assertThat(caller.bytes(image.path("url").asText()))
                    .hasSize(image.path("bytes").asInt());
        }
        try (var kept = Files.list(directory.resolve("data/results/1"))) {
            assertThat(kept).as("the other form is not kept").hasSize(2);
        }
    }

    @Test
    void aGraphGivesWhateverItsNodesWrite() throws Exception {
        upload("clip.mp4", "....ftypisom....");
        upload("song.flac", "fLaC....");
        upload("mesh.glb", "glTF....");
        upload("page.html", "<script>alert(1)</script>");

        JsonNode task = caller.run("""
                {"type":"Graph","params":{"workflow":{
                  "1":{"class_type":"EmptyImage","inputs":{"width":64,"height":32,"batch_size":1,"color":255}},
                  "2":{"class_type":"SaveImage","inputs":{"images":["1",0],"filename_prefix":"mine"}}}}}""");

        assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
        assertThat(task.path("images")).isEmpty();
        assertThat(task.path("files"))
                .extracting(file -> file.path("contentType").asText())
                .containsExactlyInAnyOrder(
                        "video/mp4",
                        "audio/flac",
                        "model/gltf-binary",
                        "text/html; charset=utf-8",
                        "text/plain; charset=utf-8");
        for (JsonNode file : task.path("files")) {
            boolean shown = file.path("contentType").asText().matches("(video|audio)/.*|text/plain.*");
            assertThat(caller.header(file.path("url").asText(), "Content-Disposition"))
                    .as(file.path("name").asText())
                    .startsWith(shown ? "inline" : "attachment");
            assertThat(caller.header(file.path("url").asText(), "Content-Security-Policy"))
                    .isEqualTo("default-src 'none'; sandbox");
        }
    }

    private void upload(String name, String content) throws Exception {
        try (ComfyClient client = ComfyClient.builder(node.url()).build()) {
            Path file = Files.writeString(directory.resolve(name), content, StandardCharsets.ISO_8859_1);
            client.uploadImage(name, file, "", true);
        }
    }
}

package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of recipe runs on a node with the models of the demonstration and gives pictures of the right
/// size.
class RecipesTest {

    private static final String PHOTO = "\"input_image\": \"https://pictures.example/photo.png\"";
    private static final String MASK = PHOTO + ", \"input_mask\": \"https://pictures.example/mask.png\"";
    private static final String FLUX = """
            "prompt": "a cat", "t5xxl": "t5xxl_fp16.safetensors", "clip": "clip_l.safetensors", "vae": "ae.safetensors", \
            """;

    static Stream<Arguments> requests() {
        return Stream.of("0.3.64", "0.33.0")
                .flatMap(version -> Stream.of(
                        sd15(version, "", 512, 512),
                        sd15(version, ", \"vae\": \"vae-ft-mse.safetensors\", \"clip_skip\": 2", 512, 512),
                        sd15(version, ", \"loras\": [{\"model\": \"detail-lora.safetensors\"}]", 512, 512),
                        sd15(version, ", " + PHOTO, 96, 64),
                        sd15(version, ", " + MASK, 96, 64),
                        sd15(version, ", \"hires\": {\"scale\": 1.5}", 768, 768),
                        sd15(version, ", \"upscale\": {\"model\": \"4x-ultrasharp.pth\", \"scale\": 2}", 1024, 1024),
                        sd15(
                                version,
                                ", \"controlnets\": [{\"model\": \"control-canny.safetensors\","
                                        + " \"image\": \"https://pictures.example/a.png\", \"preprocessor\": \"canny\"}]",
                                512,
                                512),
                        arguments(version, "SDXL", sdxl(""), 1024, 1024),
                        arguments(
                                version,
                                "SDXL",
                                sdxl(", \"refiner\": {\"model\": \"sdxl-refiner.safetensors\"}"),
                                1024,
                                1024),
                        arguments(version, "Flux", FLUX + "\"unet\": \"flux1-dev.safetensors\"", 1024, 1024),
                        arguments(version, "Flux", FLUX + "\"unet\": \"flux1-schnell.safetensors\"", 1024, 1024),
                        arguments(
                                version,
                                "Flux",
                                FLUX + "\"unet\": \"flux1-dev.safetensors\","
                                        + "\"kontext\": {\"images\": [\"https://pictures.example/a.png\"]}",
                                1248,
                                832),
                        arguments(
                                version,
                                "Flux",
                                FLUX + "\"unet\": \"flux1-dev.safetensors\", \"redux\": {\"image\":"
                                        + " \"https://pictures.example/a.png\", \"style_model\":"
                                        + " \"flux1-redux-dev.safetensors\", \"clip_vision\":"
                                        + " \"sigclip_vision_patch14_384.safetensors\"}",
                                1024,
                                1024)));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aRecipeRunsAndItsPictureHasTheRightSize(String version, String type, String params, int width, int height)
            throws Exception {
        Recipe recipe = Recipe.parse(type, "{" + params + ", \"steps\": 4}");
        try (FakeComfyServer server = FakeComfyServer.builder().version(version).start();
                TestClient client = new TestClient(server)) {
            client.upload("photo.png", Png.ofOneColour(96, 64, 0x336699, ""));
            String id = UUID.randomUUID().toString();

            HttpResponse<byte[]> answer = client.submit(
                    id, "me", 1, Json.objectOf(recipe.workflow(new OnePicture()).toJson()));

            assertThat(TestClient.json(answer).path("node_errors").toString()).isEqualTo("{}");
            server.awaitExecutions(1, TestClient.PATIENCE);
            JsonNode entry = client.json("/history/" + id).path(id);
            assertThat(entry.path("status").path("status_str").asText())
                    .as(entry.toString())
                    .isEqualTo("success");
            assertThat(sizes(client, entry)).containsExactly(new ImageSize(width, height));
        }
    }

    private static List<ImageSize> sizes(TestClient client, JsonNode entry) throws Exception {
        List<ImageSize> sizes = new java.util.ArrayList<>();
        for (JsonNode node : entry.path("outputs")) {
            for (JsonNode image : node.path("images")) {
                sizes.add(ImageSize.of(
                                client.get("/view?type=" + image.path("type").asText() + "&filename="
                                                + image.path("filename").asText())
                                        .body())
                        .orElseThrow());
            }
        }
        return sizes;
    }

    private static Arguments sd15(String version, String more, int width, int height) {
        return arguments(
                version, "SD15", "\"prompt\": \"a cat\", \"checkpoint\": \"v1-5.safetensors\"" + more, width, height);
    }

    private static String sdxl(String more) {
        return "\"prompt\": \"a cat\", \"checkpoint\": \"sdxl-base.safetensors\"" + more;
    }

    private static Arguments arguments(String version, String type, String params, int width, int height) {
        return Arguments.of(version, type, params, width, height);
    }

    private static final class OnePicture implements Recipe.Files {
        @Override
        public String model(ModelUse use) {
            return ((ModelRef.Named) use.ref()).name();
        }

        @Override
        public Picture image(ImageUse use) {
            return new Picture("photo.png", 96, 64);
        }
    }
}

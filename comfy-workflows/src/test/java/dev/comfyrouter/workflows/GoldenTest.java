package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The exact graph of every variant. To see what a change does to them, run with `-Dgolden.write=true` and
/// look at the difference; a graph that changes is computed anew by every ComfyUI that had it in its cache.
class GoldenTest {
    private static final String SD = "\"prompt\":\"a cat\",\"checkpoint\":\"v1-5.safetensors\",\"seed\":7";
    private static final String XL =
            "\"prompt\":\"a cat\",\"negative_prompt\":\"blurry\",\"checkpoint\":\"sdxl-base.safetensors\",\"seed\":\"18446744073709551615\"";
    private static final String DEV =
            "\"prompt\":\"a cat\",\"unet\":\"flux1-dev.safetensors\",\"t5xxl\":\"t5.safetensors\",\"clip\":\"clip_l.safetensors\",\"vae\":\"ae.safetensors\",\"seed\":7";
    private static final String PHOTO = ",\"input_image\":\"https://pictures.example/photo.png\"";
    private static final String MASK = PHOTO + ",\"input_mask\":\"https://pictures.example/mask.png\"";

    static Map<String, String[]> variants() {
        var all = new LinkedHashMap<String, String[]>();
        all.put("sd15-text", request("SD15", SD));
        all.put(
                "sd15-all-settings",
                request(
                        "SD15",
                        SD + ",\"negative_prompt\":\"dog\",\"width\":640,\"height\":384,\"batch_size\":3,\"steps\":33,"
                                + "\"cfg_scale\":0.30000000000000004,\"sampler\":\"ddim\",\"scheduler\":\"ddim_uniform\",\"denoise\":0.9,\"clip_skip\":2,\"vae\":\"ft.safetensors\","
                                + "\"loras\":[{\"model\":\"a.safetensors\"},{\"model\":\"b/b.safetensors\",\"weight\":-0.5}],\"keep_on_node\":true"));
        all.put("sd15-image", request("SD15", SD + PHOTO + ",\"batch_size\":2"));
        all.put("sd15-image-scaled", request("SD15", SD + PHOTO + ",\"width\":512,\"height\":512,\"denoise\":0.4"));
        all.put("sd15-inpaint", request("SD15", SD + MASK + ",\"batch_size\":2,\"mask_grow\":8"));
        all.put(
                "sd15-inpaint-alpha",
                request("SD15", SD + PHOTO + ",\"mask_from_alpha\":true,\"width\":512,\"height\":512"));
        all.put("sd15-inpaint-hires", request("SD15", SD + MASK + ",\"hires\":{\"scale\":1.5}"));
        all.put(
                "sd15-controlnets",
                request(
                        "SD15",
                        SD + ",\"controlnets\":["
                                + "{\"model\":\"canny.safetensors\",\"image\":\"https://pictures.example/a.png\",\"preprocessor\":\"canny\",\"preprocessor_params\":{\"low_threshold\":0.2}},"
                                + "{\"model\":\"depth.safetensors\",\"image\":\"https://pictures.example/b.png\",\"preprocessor\":\"depth\",\"weight\":0.8,\"start_at\":0.1,\"end_at\":0.9,\"resize_mode\":\"Just Resize\"},"
                                + "{\"model\":\"union.safetensors\",\"image\":\"https://pictures.example/c.png\",\"resize_mode\":\"pad\",\"union_type\":\"openpose\"}]"));
        all.put(
                "sd15-hires-upscale",
                request(
                        "SD15",
                        SD
                                + ",\"hires\":{\"scale\":2,\"denoise\":0.55,\"steps\":12},\"upscale\":{\"model\":\"4x.pth\",\"scale\":2}"));
        all.put("sdxl-text", request("SDXL", XL));
        all.put("sdxl-clip-skip-1", request("SDXL", XL + ",\"clip_skip\":1"));
        all.put("sdxl-refiner", request("SDXL", XL + ",\"refiner\":{\"model\":\"sdxl-refiner.safetensors\"}"));
        all.put(
                "sdxl-refiner-image",
                request(
                        "SDXL",
                        XL + PHOTO
                                + ",\"denoise\":0.6,\"vae\":\"sdxl.safetensors\",\"refiner\":{\"model\":\"sdxl-refiner.safetensors\",\"switch_at\":0.75}"));
        all.put("flux-dev", request("Flux", DEV));
        all.put(
                "flux-dev-old-names",
                request("Flux", DEV + ",\"cfg_scale\":2.5,\"unet_dtype\":\"fp8_e4m3fn\",\"unet_type\":\"dev\""));
        all.put(
                "flux-dev-true-cfg",
                request(
                        "Flux",
                        DEV + ",\"true_cfg\":3,\"negative_prompt\":\"dog\",\"loras\":[{\"model\":\"a.safetensors\"}]"));
        all.put(
                "flux-schnell-single-file",
                request("Flux", "\"prompt\":\"a cat\",\"checkpoint\":\"flux1-schnell-fp8.safetensors\",\"seed\":7"));
        all.put("flux-fill", request("Flux", DEV.replace("flux1-dev", "flux1-fill-dev") + MASK));
        all.put("flux-image", request("Flux", DEV + PHOTO));
        all.put(
                "flux-controlnet-input-image",
                request(
                        "Flux",
                        DEV + PHOTO + ",\"controlnets\":[{\"model\":\"union.safetensors\",\"union_type\":\"tile\"}]"));
        all.put(
                "flux-kontext",
                request(
                        "Flux",
                        DEV
                                + ",\"kontext\":{\"images\":[\"https://pictures.example/a.png\",\"https://pictures.example/b.png\"]}"));
        all.put(
                "flux-redux",
                request(
                        "Flux",
                        DEV
                                + ",\"redux\":{\"image\":\"https://pictures.example/a.png\",\"style_model\":\"redux.safetensors\",\"clip_vision\":\"sigclip.safetensors\",\"strength\":0.7}"));
        return all;
    }

    private static String[] request(String type, String members) {
        return new String[] {type, "{" + members + "}"};
    }

    static java.util.stream.Stream<Arguments> requests() {
        return variants().entrySet().stream()
                .map(entry -> Arguments.of(entry.getKey(), entry.getValue()[0], entry.getValue()[1]));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void theGraphIsExactlyTheOneOnFile(String name, String type, String params) throws IOException {
        var graph =
                Recipe.parse(type, params).workflow(new SampleFiles(1003, 701)).toJson();

        assertThat(graph).isEqualTo(onFile(name, graph));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void theGraphFitsTheCatalogsAndIsTheSameAfterBeingStored(String name, String type, String params)
            throws IOException {
        var files = new SampleFiles(1003, 701);
        var recipe = Recipe.parse(type, params);

        assertThat(SampleFiles.check(NodeCatalog.core(), recipe, files)).isEmpty();
        if (Recordings.present())
            for (var version : Recordings.VERSIONS)
                assertThat(SampleFiles.check(Recordings.catalog(version), recipe, files))
                        .isEmpty();
        assertThat(Recipe.restore(type, recipe.storedJson()).workflow(files)).isEqualTo(recipe.workflow(files));
    }

    /// One node a line, so that people can read them; the graph itself has no line breaks.
    private static String onFile(String name, String graph) throws IOException {
        var file = Path.of("src/test/resources/golden", name + ".json");
        if (Boolean.getBoolean("golden.write")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, graph.replaceAll("(\"[0-9]+\":\\{\"class_type\")", "\n$1") + "\n");
        }
        try (var in = GoldenTest.class.getResourceAsStream("/golden/" + name + ".json")) {
            var bytes = in == null ? Files.readAllBytes(file) : in.readAllBytes();
            return new String(bytes, StandardCharsets.UTF_8).replace("\n", "");
        }
    }
}

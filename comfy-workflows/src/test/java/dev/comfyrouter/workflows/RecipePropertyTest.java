package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds for every request. The seeds are fixed: a failure names its request and comes again.
class RecipePropertyTest {
    private static final int REQUESTS = 150;

    @ParameterizedTest
    @ValueSource(strings = {"SD15", "SDXL", "Flux"})
    void everyValidRequestGivesAGraphThatEveryKnownServerTakes(String type) throws IOException {
        var catalogs = new ArrayList<>(List.of(NodeCatalog.core(), NodeCatalog.core("0.3.64")));
        if (Recordings.present()) for (var version : Recordings.VERSIONS) catalogs.add(Recordings.catalog(version));
        for (int seed = 0; seed < REQUESTS; seed++) {
            var random = new Random(seed);
            var params = RandomRequest.of(type, random);
            var files = new SampleFiles(random.nextInt(600, 1200), random.nextInt(600, 1200));

            var recipe = Recipe.parse(type, params.toString());

            for (var catalog : catalogs)
                assertThat(SampleFiles.check(catalog, recipe, files))
                        .as(params.toString())
                        .isEmpty();
            assertThat(recipe.workflow(files).samplingSteps())
                    .as(params.toString())
                    .isNotEmpty()
                    .allSatisfy((node, steps) -> assertThat(steps).isPositive());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SD15", "SDXL", "Flux"})
    void whatIsStoredOrShownIsTheSameRecipeAgain(String type) {
        for (int seed = 0; seed < REQUESTS; seed++) {
            var params = RandomRequest.of(type, new Random(seed));
            var files = new SampleFiles(900, 600);

            var recipe = Recipe.parse(type, params.toString());

            var restored = Recipe.restore(type, recipe.storedJson());
            assertThat(restored).as(params.toString()).isEqualTo(recipe).hasSameHashCodeAs(recipe);
            assertThat(restored.storedJson()).isEqualTo(recipe.storedJson());
            assertThat(restored.seedGiven()).isEqualTo(params.has("seed")).isEqualTo(recipe.seedGiven());
            assertThat(restored.workflow(files).toJson())
                    .isEqualTo(recipe.workflow(files).toJson());
            assertThat(restored.models()).isEqualTo(recipe.models());
            assertThat(restored.images()).isEqualTo(recipe.images());
            assertThat(recipe.paramsJson()).doesNotContain("token", "secret", "?x=1");
            if (!recipe.paramsJson().contains("\"base64\"")
                    && !params.toString().contains("?"))
                assertThat(Recipe.parse(type, recipe.paramsJson())).isEqualTo(recipe);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SD15", "SDXL", "Flux"})
    void everyMistakeOfARequestIsNamedAtOnceWithItsPlace(String type) {
        for (int seed = 0; seed < REQUESTS; seed++) {
            var random = new Random(seed);
            var params = RandomRequest.of(type, random);
            var expected = new TreeSet<String>();
            var mistakes = new ArrayList<>(mistakes(type).entrySet());
            Collections.shuffle(mistakes, random);
            for (var mistake : mistakes.subList(0, 1 + random.nextInt(mistakes.size()))) {
                mistake.getValue().accept(params);
                expected.add(mistake.getKey());
            }

            var refused = catchThrowableOfType(InvalidWorkflow.class, () -> Recipe.parse(type, params.toString()));

            assertThat(refused).as(params.toString()).isNotNull();
            assertThat(new TreeSet<>(
                            refused.problems().stream().map(Problem::pointer).toList()))
                    .as(params + " " + refused.problems())
                    .isEqualTo(expected);
            assertThat(refused.problems())
                    .extracting(Problem::detail)
                    .allSatisfy(detail -> assertThat(detail).hasSizeBetween(10, 400));
        }
    }

    /// Ways to spoil a request, each with the place where it must be reported.
    private static Map<String, Consumer<ObjectNode>> mistakes(String type) {
        var ways = new LinkedHashMap<String, Consumer<ObjectNode>>();
        ways.put("/promt", params -> params.put("promt", "a cat"));
        ways.put("/prompt", params -> params.remove("prompt"));
        ways.put("/width", params -> params.put("width", 1001));
        ways.put("/height", params -> params.put("height", 99_999_999_999L));
        ways.put("/batch_size", params -> params.put("batch_size", "3"));
        ways.put("/sampler", params -> params.put("sampler", "eulr"));
        ways.put("/scheduler", params -> params.put("scheduler", 3));
        ways.put("/seed", params -> params.put("seed", "18446744073709551616"));
        ways.put("/denoise", params -> params.put("denoise", 0));
        ways.put("/vae", params -> params.put("vae", "..\\..\\secrets.safetensors"));
        ways.put("/input_image", params -> params.put("input_image", "photo.png"));
        ways.put("/input_mask/type", params -> {
            params.putObject("input_mask").put("type", "file");
            if (!params.has("input_image")) params.put("input_image", "https://pictures.example/a.png");
        });
        ways.put("/mask_grow", params -> params.put("mask_grow", -1));
        ways.put(
                "/loras/0/weight",
                params -> params.putArray("loras")
                        .addObject()
                        .put("model", "a.safetensors")
                        .put("weight", 10.01));
        ways.put("/controlnets", params -> params.putObject("controlnets"));
        ways.put("/hires/scale", params -> params.putObject("hires").put("scale", 0.99));
        ways.put("/upscale/model", params -> params.putObject("upscale").put("scale", 2));
        ways.put("/output_format", params -> params.put("output_format", "gif"));
        ways.put("/keep_on_node", params -> params.put("keep_on_node", "true"));
        ways.put("/a~1b~0", params -> params.put("a/b~", 1));
        if (type.equals("Flux")) {
            ways.put("/clip_skip", params -> params.put("clip_skip", 2));
            ways.put("/unet_dtype", params -> params.put("unet_dtype", "int4"));
            ways.put("/kontext/images", params -> params.putObject("kontext").putArray("images"));
            ways.put("/true_cfg", params -> params.put("true_cfg", 0.5));
        } else {
            ways.put("/checkpoint", params -> params.put("checkpoint", "/etc/passwd"));
            ways.put("/guidance", params -> params.put("guidance", 3.5));
            ways.put("/clip_skip", params -> params.put("clip_skip", 13));
            ways.put("/cfg_scale", params -> params.put("cfg_scale", "7"));
        }
        return ways;
    }
}

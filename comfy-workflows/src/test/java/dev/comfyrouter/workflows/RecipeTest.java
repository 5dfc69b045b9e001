package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
    private static final String SD = "\"prompt\":\"a cat\",\"checkpoint\":\"v1-5.safetensors\"";
    private static final String FLUX = "\"prompt\":\"a cat\",\"checkpoint\":\"flux1-dev.safetensors\"";

    @Test
    void anUnknownNameIsRefusedWithTheOneThatWasMeant() {
        assertThat(problems("SD15", "\"promt\":\"a cat\",\"checkpoint\":\"v1-5.safetensors\""))
                .containsExactly("/promt: promt: unknown; did you mean prompt?", "/prompt: prompt is required");
        assertThat(problems("SD15", SD + ",\"refiner\":{}"))
                .containsExactly("/refiner: refiner: SD15 has no such parameter; it is one of SDXL");
        assertThat(problems("Flux", FLUX + ",\"clip_skip\":2"))
                .containsExactly("/clip_skip: clip_skip: Flux has no such parameter; it is one of SD15, SDXL");
    }

    @Test
    void anUnknownRecipeIsRefusedWithThoseThereAre() {
        assertThatThrownBy(() -> Recipe.parse("SD3", "{}"))
                .hasMessage("there is no recipe \"SD3\"; there is SD15, SDXL, Flux");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "\"steps\":\"20\"             | /steps: steps is a whole number from 1 to 1000, not \"20\"",
                "\"steps\":0                  | /steps: steps is 0; allowed is a whole number from 1 to 1000",
                "\"steps\":2.5                | /steps: steps is a whole number from 1 to 1000, not 2.5",
                "\"steps\":1e999999999        | /steps: steps is a whole number from 1 to 1000, not 1E+999999999",
                "\"cfg_scale\":1e999999999    | /cfg_scale: cfg_scale is 1E+999999999; allowed is a number from 0 to 100",
                "\"cfg_scale\":\"7\"          | /cfg_scale: cfg_scale is a number from 0 to 100, not \"7\"; write it without quotes",
                "\"denoise\":0.0000001        | /denoise: denoise is 0.0; allowed is a number above 0 and at most 1",
                "\"width\":513                | /width: width is 513; allowed is a whole number from 16 to 8192, a multiple of 8, such as 512",
                "\"seed\":-1                  | '/seed: seed is a whole number from 0 to 18446744073709551615 (also as text, for JavaScript), not -1'",
                "\"seed\":\"0x10\"            | '/seed: seed is a whole number from 0 to 18446744073709551615 (also as text, for JavaScript), not \"0x10\"'",
                "\"sampler\":\"eulr\"         | /sampler: sampler \"eulr\" is unknown; did you mean euler?",
                "\"prompt\":7                 | /prompt: prompt is a text in quotes, not 7",
                "\"keep_on_node\":1           | /keep_on_node: keep_on_node is true or false without quotes, not 1",
                "\"loras\":{}                 | '/loras: loras is a list in [ ], not an object'",
                "\"loras\":[{}]               | /loras/0/model: model is required",
                "\"hires\":{}                 | /hires/scale: scale is required",
                "\"input_mask\":\"https://a.example/b.png\" | /input_mask: input_mask needs input_image: give the picture that is painted anew where input_mask is white",
                "\"controlnets\":[{\"model\":\"c\"}] | '/controlnets/0/image: image is required, here or as the input_image of the request'",
                "\"controlnets\":[{\"model\":\"c\",\"image\":\"https://a.example/b.png\",\"start_at\":0.6,\"end_at\":0.5}] | '/controlnets/0/start_at: start_at is 0.6, behind end_at 0.5; exchange them'",
                "\"controlnets\":[{\"model\":\"c\",\"image\":\"https://a.example/b.png\",\"preprocessor\":\"LoadFile\"}] | '/controlnets/0/preprocessor: preprocessor \"LoadFile\" is unknown; it is one of canny, depth, openpose, lineart, softedge, scribble, normal, tile'",
                "\"controlnets\":[{\"model\":\"c\",\"image\":\"https://a.example/b.png\",\"preprocessor\":\"canny\",\"preprocessor_params\":{\"path\":\"/etc\"}}] | '/controlnets/0/preprocessor_params/path: path: unknown to canny, which has low_threshold, high_threshold'",
                "\"controlnets\":[{\"model\":\"c\",\"image\":\"https://a.example/b.png\",\"preprocessor_params\":{\"path\":\"/etc\"}}] | /controlnets/0/preprocessor_params: preprocessor_params belongs to a preprocessor; give its name in preprocessor"
            })
    void everyMistakeIsASentence(String member, String problem) {
        var rest = member.contains("\"prompt\"") ? "\"checkpoint\":\"v1-5.safetensors\"" : SD;
        assertThat(problems("SD15", rest + "," + member)).containsExactly(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.safetensors",
                "a/../../b",
                "/etc/passwd",
                "C:/a",
                "c:a",
                "a\\\\b",
                "a//b",
                "a/",
                "./a",
                "~/a",
                "a\\u0000b",
                "a\\nb",
                "",
                " "
            })
    void aModelNameThatCouldLeaveItsFolderIsRefused(String name) {
        assertThat(problems("SD15", "\"prompt\":\"\",\"checkpoint\":\"" + name + "\""))
                .singleElement()
                .asString()
                .startsWith("/checkpoint: ");
        assertThat(problems("SD15", "\"prompt\":\"\",\"checkpoint\":{\"type\":\"build_in\",\"name\":\"" + name + "\"}"))
                .singleElement()
                .asString()
                .startsWith("/checkpoint/name: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.safetensors", "styles/ink v1.2 (final)..safetensors", "mäkelä-猫.ckpt", "..a", "a..b/c"})
    void anOrdinaryModelNameIsTaken(String name) {
        assertThat(Recipe.parse("SD15", "{\"prompt\":\"\",\"checkpoint\":\"" + name + "\"}")
                        .models())
                .containsExactly(new ModelUse("/checkpoint", ModelFolder.CHECKPOINTS, new ModelRef.Named(name)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://a.example/b",
                "file:///etc/passwd",
                "https:///b",
                "https://a b.example/",
                "http://a.example:99999/"
            })
    void aUrlThatCannotBeFetchedIsRefusedWithoutRepeatingIt(String url) {
        assertThat(problems("SD15", "\"prompt\":\"\",\"checkpoint\":\"" + url + "\""))
                .singleElement()
                .asString()
                .doesNotContain(url);
    }

    @Test
    void modelsComeInAllFormsOfTheApi() {
        var hash = "AB".repeat(32);
        var recipe = Recipe.parse("SD15", """
                {"prompt":"","checkpoint":{"type":"build_in","name":"v1-5.safetensors"},
                 "vae":{"type":"custom","name":"https://user:pass@models.example/vae.pt?token=secret#part","sha256":"%s"},
                 "loras":[{"model":"https://models.example/ink.safetensors"}]}""".formatted(hash));

        assertThat(recipe.models())
                .extracting(ModelUse::ref)
                .containsExactly(
                        new ModelRef.Named("v1-5.safetensors"),
                        new ModelRef.Remote(
                                URI.create("https://user:pass@models.example/vae.pt?token=secret#part"),
                                Optional.of("ab".repeat(32))),
                        new ModelRef.Remote(URI.create("https://models.example/ink.safetensors")));
        assertThat(recipe.paramsJson())
                .contains("https://models.example/vae.pt\"")
                .doesNotContain("secret", "pass", "part");
        assertThat(recipe.toString() + recipe.models()).doesNotContain("secret", "pass@");
        assertThat(recipe.storedJson()).contains("https://user:pass@models.example/vae.pt?token=secret#part");
    }

    @Test
    void anInlinePictureIsDecodedAndItsHeaderChecked() {
        var png = SamplePictures.png(640, 480);
        var encoded = Base64.getEncoder().encodeToString(png);

        for (var form : List.of(
                SamplePictures.base64(png),
                "\"data:image/png;base64," + encoded + "\"",
                "{\"type\":\"base64\",\"content\":\"data:image/png;base64," + encoded + "\"}",
                "{\"type\":\"base64\",\"content\":\"" + encoded.replaceAll("(.{20})", "$1\\\\n") + "\"}",
                "{\"type\":\"base64\",\"content\":\""
                        + Base64.getUrlEncoder().withoutPadding().encodeToString(png) + "\"}")) {
            var image = Recipe.parse("SD15", "{" + SD + ",\"input_image\":" + form + "}")
                    .images()
                    .getFirst();
            assertThat(image.pointer()).isEqualTo("/input_image");
            assertThat(image.ref()).isInstanceOfSatisfying(ImageRef.Inline.class, inline -> {
                assertThat(inline.bytes()).hasValue(png);
                assertThat(inline.header())
                        .isEqualTo(new PictureHeader(PictureHeader.Format.PNG, 640, 480, false, false));
            });
        }
    }

    @Test
    void aBrokenOrHugeInlinePictureIsRefusedAtItsPlace() {
        var huge = SamplePictures.base64(SamplePictures.png(8001, 8000));
        var text = SamplePictures.base64("GIF89a, or so".getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(problems("SD15", SD + ",\"input_image\":" + huge))
                .containsExactly("/input_image/content: content: the picture is 8001 × 8000, more than 64 megapixels");
        assertThat(problems("SD15", SD + ",\"input_image\":" + text))
                .containsExactly("/input_image/content: content: this is no PNG, JPEG or WebP, or it is cut off");
        assertThat(problems("SD15", SD + ",\"input_image\":{\"type\":\"base64\",\"content\":\"!!!\"}"))
                .singleElement()
                .asString()
                .startsWith("/input_image/content: content is not base64");
        assertThat(problems("SD15", SD + ",\"input_image\":{\"type\":\"base64\",\"sha256\":\"00\",\"bytes\":1}"))
                .isNotEmpty();
    }

    @Test
    void aSeedIsDrawnBelow2To53UnlessItIsGiven() {
        var drawn = Recipe.parse("SD15", "{" + SD + "}");
        var given = Recipe.parse("SD15", "{" + SD + ",\"seed\":\"18446744073709551615\"}");

        assertThat(drawn.seedGiven()).isFalse();
        assertThat(drawn.seed().bitLength()).isLessThanOrEqualTo(53);
        assertThat(drawn.paramsJson()).contains("\"seed\":" + drawn.seed());
        assertThat(drawn.withDrawnSeed().seed()).isNotEqualTo(drawn.seed());
        assertThat(given.seedGiven()).isTrue();
        assertThat(given.seed()).isEqualTo(BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
        assertThat(given.withSeed(BigInteger.TEN)
                        .workflow(new SampleFiles(1, 1))
                        .toJson())
                .contains("\"seed\":10,");
        assertThatThrownBy(() -> given.withSeed(BigInteger.TWO.pow(64)))
                .hasMessageContaining("0 to 18446744073709551615");
    }

    @Test
    void fluxWantsOneWayOfNamingItsModels() {
        assertThat(problems("Flux", "\"prompt\":\"\""))
                .containsExactly("Flux needs checkpoint, or unet with t5xxl, clip and vae");
        assertThat(problems("Flux", "\"prompt\":\"\",\"unet\":\"a\",\"clip\":\"b\""))
                .extracting(problem -> problem.substring(0, problem.indexOf(':')))
                .containsExactly("/t5xxl", "/vae");
        assertThat(problems("Flux", FLUX + ",\"unet\":\"a\",\"t5xxl\":\"b\""))
                .extracting(problem -> problem.substring(0, problem.indexOf(':')))
                .containsExactly("/unet", "/t5xxl");
    }

    @Test
    void fluxTakesTheOldNameOfGuidanceAndRefusesWhatHasNoEffect() {
        assertThat(Recipe.parse("Flux", "{" + FLUX + ",\"cfg_scale\":4,\"seed\":1}"))
                .isEqualTo(Recipe.parse("Flux", "{" + FLUX + ",\"guidance\":4,\"seed\":1}"));
        assertThat(problems("Flux", FLUX + ",\"cfg_scale\":4,\"guidance\":4"))
                .singleElement()
                .asString()
                .startsWith("/cfg_scale: ");
        assertThat(problems("Flux", FLUX + ",\"negative_prompt\":\"dog\""))
                .singleElement()
                .asString()
                .startsWith("/negative_prompt: ");
        assertThat(problems("Flux", FLUX + ",\"negative_prompt\":\"dog\",\"true_cfg\":1"))
                .hasSize(1);
        assertThat(Recipe.parse("Flux", "{" + FLUX + ",\"negative_prompt\":\"\"}")
                        .warnings())
                .isEmpty();
    }

    @Test
    void schnellTakesNoGuidanceAndSaysThatCfgScaleHasNoEffect() {
        var schnell = "\"prompt\":\"\",\"checkpoint\":\"https://models.example/FLUX.1-Schnell.safetensors?x=dev\"";

        assertThat(problems("Flux", schnell + ",\"guidance\":4"))
                .singleElement()
                .asString()
                .startsWith("/guidance: ");
        var recipe = Recipe.parse("Flux", "{" + schnell + ",\"cfg_scale\":4}");
        assertThat(recipe.warnings()).containsExactly("cfg_scale has no effect on Flux schnell");
        assertThat(recipe.workflow(new SampleFiles(1, 1)).samplingSteps().values())
                .containsExactly(4);
        assertThat(problems("Flux", FLUX.replace("dev", "x") + ",\"unet_type\":\"schnell\",\"guidance\":1"))
                .hasSize(1);
    }

    @Test
    void theRefinerNeedsStepsOfItsOwnAndSoDoesTheBase() {
        var xl = SD + ",\"refiner\":{\"model\":\"r\",\"switch_at\":";

        assertThat(problems("SDXL", xl + "0.99},\"steps\":20"))
                .containsExactly(
                        "/refiner/switch_at: switch_at 0.99 of 20 steps leaves nothing to the refiner; lower it or leave the refiner out");
        assertThat(problems(
                        "SDXL", xl + "0.5},\"steps\":20,\"input_image\":\"https://a.example/b.png\",\"denoise\":0.3"))
                .containsExactly(
                        "/refiner/switch_at: switch_at 0.5 of 20 steps leaves nothing to the base model, which starts at step 14; raise it");
        var steps = Recipe.parse("SDXL", "{" + xl + "0.8},\"hires\":{\"scale\":1.5,\"steps\":7}}")
                .workflow(new SampleFiles(1, 1))
                .samplingSteps();
        assertThat(steps.values()).containsExactly(20, 5, 7);
    }

    @Test
    void whatMakesASideTooLargeIsRefusedAsSoonAsTheSizeIsKnown() {
        assertThat(problems("SD15", SD + ",\"width\":8192,\"upscale\":{\"model\":\"u\",\"scale\":3}"))
                .containsExactly(
                        "/upscale/scale: scale makes the picture 24576 × 1536; ComfyUI allows at most 16384 pixels a side");
        assertThat(problems("SD15", SD + ",\"input_image\":" + SamplePictures.base64(SamplePictures.png(9000, 100))))
                .containsExactly(
                        "/input_image: input_image: the picture is 9000 × 100; give width and height, each at most 8192");

        var remote = Recipe.parse("SD15", "{" + SD + ",\"input_image\":\"https://a.example/b.png\"}");
        assertThatThrownBy(() -> remote.workflow(new SampleFiles(9000, 100)))
                .isInstanceOf(InvalidWorkflow.class)
                .hasMessageContaining("/input_image");
    }

    @ParameterizedTest
    @CsvSource({"5, 3, 16, 16", "512, 512, , ", "517, 1023, 512, 1016"})
    void aPictureKeepsItsSizeButForTheLastPixels(int width, int height, Integer scaledWidth, Integer scaledHeight) {
        var graph = Recipe.parse("SD15", "{" + SD + ",\"input_image\":\"https://a.example/b.png\"}")
                .workflow(new SampleFiles(width, height))
                .toJson();

        if (scaledWidth == null) assertThat(graph).doesNotContain("ImageScale");
        else
            assertThat(graph)
                    .contains("\"width\":" + scaledWidth + ",\"height\":" + scaledHeight + ",\"crop\":\"center\"");
    }

    @Test
    void oneSideAloneKeepsTheShapeOfThePicture() {
        var graph = Recipe.parse("SD15", "{" + SD + ",\"input_image\":\"https://a.example/b.png\",\"width\":512}")
                .workflow(new SampleFiles(1000, 1500))
                .toJson();

        assertThat(graph).contains("\"width\":512,\"height\":768,");
    }

    @Test
    void aPictureWithManyFramesGivesItsFirst() {
        var recipe = Recipe.parse("SD15", "{" + SD + ",\"input_image\":\"https://a.example/b.webp\"}");

        var graph = recipe.workflow(new Recipe.Files() {
            @Override
            public String model(ModelUse use) {
                return "v1-5.safetensors";
            }

            @Override
            public Picture image(ImageUse use) {
                return new Picture("b.webp", 512, 512, true);
            }
        });

        assertThat(graph.toJson()).contains("ImageFromBatch");
        assertThat(NodeCatalog.core().check(graph)).isEmpty();
    }

    @Test
    void transparencyIsNeededToPaintWhereItIs() {
        var opaque =
                SD + ",\"mask_from_alpha\":true,\"input_image\":" + SamplePictures.base64(SamplePictures.png(64, 64));
        var transparent = SD + ",\"mask_from_alpha\":true,\"input_image\":"
                + SamplePictures.base64(SamplePictures.png(64, 64, true));

        assertThat(problems("SD15", opaque)).singleElement().asString().startsWith("/mask_from_alpha: ");
        assertThat(problems("SD15", SD + ",\"mask_from_alpha\":true"))
                .singleElement()
                .asString()
                .startsWith("/mask_from_alpha: ");
        assertThat(Recipe.parse("SD15", "{" + transparent + "}")
                        .workflow(new SampleFiles(1, 1))
                        .toJson())
                .contains("InpaintModelConditioning");
    }

    @Test
    void whatHasNoEffectIsSaid() {
        var recipe = Recipe.parse("SD15", "{" + SD + ",\"mask_grow\":3,\"quality\":80}");

        assertThat(recipe.warnings())
                .containsExactly("mask_grow has no effect without a mask", "quality has no effect on png");
    }

    @Test
    void nullIsTheSameAsLeavingOut() {
        assertThat(Recipe.parse("SD15", "{" + SD + ",\"seed\":1,\"vae\":null,\"loras\":null}"))
                .isEqualTo(Recipe.parse("SD15", "{" + SD + ",\"seed\":1}"));
    }

    @Test
    void namesThatOnlyTheNodesKnowAreTaken() {
        var lists = new SamplerLists(List.of("brand_new"), List.of("zigzag"));
        var params = "{" + SD + ",\"sampler\":\"brand_new\",\"scheduler\":\"zigzag\"}";

        var recipe = Recipe.parse("SD15", params, lists);

        assertThat(recipe.workflow(new SampleFiles(1, 1)).toJson()).contains("brand_new", "zigzag");
        assertThat(Recipe.restore("SD15", recipe.storedJson())).isEqualTo(recipe);
        assertThatThrownBy(() -> Recipe.parse("SD15", params)).isInstanceOf(InvalidWorkflow.class);
    }

    @Test
    void aFloodOfMistakesIsCut() {
        var flood = new StringBuilder(SD);
        for (int i = 0; i < 5000; i++) flood.append(",\"x").append(i).append("\":1");

        var refused = problems("SD15", flood.toString());

        assertThat(refused).hasSize(201).last().isEqualTo("and 4800 more problems");
    }

    @Test
    void whatIsNoObjectIsRefused() {
        assertThatThrownBy(() -> Recipe.parse("SD15", "[]"))
                .hasMessage("the parameters are a JSON object in { }, not a list");
        assertThatThrownBy(() -> Recipe.parse("SD15", "{\"prompt\":")).isInstanceOf(InvalidWorkflow.class);
        assertThatThrownBy(() -> Recipe.parse("SD15", "{" + SD + ",\"steps\":1,\"steps\":2}"))
                .hasMessageContaining("Duplicate");
        assertThatThrownBy(() -> Recipe.parse("SD15", "{" + SD + ",\"cfg_scale\":NaN}"))
                .isInstanceOf(InvalidWorkflow.class);
    }

    private static List<String> problems(String type, String members) {
        var refused = catchThrowableOfType(InvalidWorkflow.class, () -> Recipe.parse(type, "{" + members + "}"));
        assertThat(refused).as(members).isNotNull();
        return refused.problems().stream().map(Problem::toString).toList();
    }
}

package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;

class RecipeBuilderTest {
    private static final ModelRef MODEL = ModelRef.of("v1-5.safetensors");
    private static final ImageRef PHOTO = new ImageRef.Named("photo.png", 512, 512);
    private static final ImageRef MASK = new ImageRef.Named("mask.png", 512, 512);

    @Test
    void aBuiltRecipeIsTheParsedOne() {
        var built = Sdxl.builder("a cat", ModelRef.of("https://models.example/xl.safetensors"))
                .negativePrompt("dog")
                .size(1024, 768)
                .batchSize(2)
                .steps(30)
                .cfgScale(5.5)
                .sampler("ddim", "normal")
                .seed(-1)
                .clipSkip(2)
                .vae(ModelRef.of("vae.pt"))
                .lora(Lora.of("ink.safetensors", 0.7))
                .controlNet(ControlNet.builder(
                                ModelRef.of("canny.safetensors"),
                                new ImageRef.Remote(URI.create("https://pictures.example/a.png")))
                        .preprocessing(Preprocessing.canny(0.2, 0.7))
                        .weight(0.9)
                        .between(0.1, 0.8)
                        .resize(ControlNet.Resize.PAD)
                        .unionType(ControlNet.UnionType.HARD_EDGE)
                        .build())
                .hires(Hires.of(1.5, 0.4, 10))
                .refiner(Refiner.of(ModelRef.of("refiner.safetensors")))
                .upscale(Upscale.of(ModelRef.of("4x.pth"), 2))
                .output(PictureHeader.Format.WEBP, 80)
                .keepOnNode()
                .build();

        var parsed = Recipe.parse("SDXL", """
                {"prompt":"a cat","negative_prompt":"dog","checkpoint":"https://models.example/xl.safetensors","width":1024,"height":768,
                 "batch_size":2,"steps":30,"cfg_scale":5.5,"sampler":"ddim","scheduler":"normal","seed":18446744073709551615,"clip_skip":2,
                 "vae":"vae.pt","loras":[{"model":"ink.safetensors","weight":0.7}],
                 "controlnets":[{"model":"canny.safetensors","image":"https://pictures.example/a.png","preprocessor":"canny",
                  "preprocessor_params":{"low_threshold":0.2,"high_threshold":0.7},"weight":0.9,"start_at":0.1,"end_at":0.8,
                  "resize_mode":"pad","union_type":"canny/lineart/anime_lineart/mlsd"}],
                 "hires":{"scale":1.5,"denoise":0.4,"steps":10},"refiner":{"model":"refiner.safetensors"},
                 "upscale":{"model":"4x.pth","scale":2},"output_format":"webp","quality":80,"keep_on_node":true}""");

        assertThat(built).isEqualTo(parsed);
        assertThat(built.outputFormat()).isEqualTo(PictureHeader.Format.WEBP);
        assertThat(built.quality()).isEqualTo(80);
        assertThat(built.keepOnNode()).isTrue();
    }

    @Test
    void fluxIsBuiltFromFourFilesOrOne() {
        var split = Flux.builder(
                        "a cat",
                        ModelRef.of("flux1-schnell.safetensors"),
                        ModelRef.of("t5"),
                        ModelRef.of("clip"),
                        ModelRef.of("ae"))
                .weightType("fp8_e5m2")
                .kontext(Kontext.of(PHOTO))
                .redux(Redux.of(PHOTO, ModelRef.of("redux"), ModelRef.of("eye"), 0.5))
                .unwanted("dog", 2)
                .build();
        var single = Flux.builder("a cat", ModelRef.of("flux1.safetensors"))
                .variant(Flux.Variant.FILL)
                .inpaint(PHOTO, MASK, 8, 0.9)
                .build();

        assertThat(NodeCatalog.core().check(split.workflow())).isEmpty();
        assertThat(split.workflow().toJson())
                .contains("fp8_e5m2", "ReferenceLatent", "StyleModelApply")
                .doesNotContain("FluxGuidance");
        assertThat(single.workflow().toJson()).contains("\"guidance\":30.0", "\"expand\":8");
    }

    @Test
    void filesOnTheNodeNeedNoMore() {
        var recipe = Sd15.builder("a cat", MODEL).inpaint(PHOTO, MASK).build();

        assertThat(NodeCatalog.core().check(recipe.workflow())).isEmpty();
        assertThat(recipe.workflow().toJson()).contains("photo.png", "mask.png").doesNotContain("ImageScale");
        assertThatThrownBy(() -> Sd15.builder("", ModelRef.of("https://models.example/a"))
                        .build()
                        .workflow())
                .hasMessageContaining("/checkpoint is not on the node");
    }

    @Test
    void aValueOutOfRangeFailsInTheCallThatGivesIt() {
        var builder = Sd15.builder("a cat", MODEL);

        assertThatThrownBy(() -> builder.steps(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is 0; allowed is a whole number from 1 to 1000");
        assertThatThrownBy(() -> builder.size(513, 512)).hasMessageContaining("a multiple of 8, such as 512");
        assertThatThrownBy(() -> builder.cfgScale(Double.POSITIVE_INFINITY)).hasMessageContaining("finite");
        assertThatThrownBy(() -> builder.imageToImage(PHOTO, 0))
                .hasMessage("denoise is 0.0; allowed is a number above 0 and at most 1");
        assertThatThrownBy(() -> Lora.of("a", 11)).hasMessage("weight is 11.0; allowed is a number from -10 to 10");
        assertThatThrownBy(() -> Hires.of(5)).hasMessage("scale is 5.0; allowed is a number from 1 to 4");
        assertThatThrownBy(() -> ModelRef.of("../a")).hasMessageContaining("\"..\"");
        assertThatThrownBy(() -> Kontext.of()).hasMessage("images has 0 entries; at least 1 may be given");
        assertThatThrownBy(() -> Preprocessing.named("LoadFile")).hasMessageContaining("there is canny, depth");
        assertThatThrownBy(() -> Preprocessing.canny(0, 0.5))
                .hasMessage("low_threshold is 0.0; allowed is a number from 0.01 to 0.99");
        assertThatThrownBy(() -> Preprocessing.named("tile").with("path", "/etc"))
                .hasMessageContaining("unknown to tile");
        assertThatThrownBy(() -> ControlNet.builder(MODEL).between(0.6, 0.5)).hasMessageContaining("exchange them");
        assertThatThrownBy(() -> Sd15.builder("x".repeat(10_001), MODEL))
                .hasMessage("prompt has 10001 characters; at most 10000 are allowed");
        for (int index = 0; index < 16; index++) builder.lora(Lora.of("a", 1));
        assertThatThrownBy(() -> builder.lora(Lora.of("a", 1)))
                .hasMessage("loras has 17 entries; at most 16 may be given");
    }

    @Test
    void whatDoesNotGoTogetherFailsWhenItIsBuilt() {
        assertThatThrownBy(() -> Sd15.builder("", MODEL)
                        .controlNet(ControlNet.builder(MODEL).build())
                        .build())
                .isInstanceOf(InvalidWorkflow.class)
                .hasMessageContaining("/controlnets/0/image");
        assertThatThrownBy(() -> Flux.builder("", ModelRef.of("schnell.safetensors"))
                        .guidance(3)
                        .build())
                .isInstanceOf(InvalidWorkflow.class)
                .hasMessageContaining("schnell");
    }
}

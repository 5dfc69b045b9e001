package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeCatalogTest {
    private static final String GOOD = """
            {"1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"a.safetensors"}},
             "2":{"class_type":"CLIPTextEncode","inputs":{"text":"a cat","clip":["1",1]}},
             "3":{"class_type":"EmptyLatentImage","inputs":{"width":512,"height":512,"batch_size":1}},
             "4":{"class_type":"KSampler","inputs":{"model":["1",0],"seed":1,"steps":20,"cfg":7,"sampler_name":"euler",
                  "scheduler":"normal","positive":["2",0],"negative":["2",0],"latent_image":["3",0],"denoise":1.0}},
             "5":{"class_type":"VAEDecode","inputs":{"samples":["4",0],"vae":["1",2]}},
             "6":{"class_type":"PreviewImage","inputs":{"images":["5",0]}}}""";

    @Test
    void aGraphThatFitsHasNoProblems() {
        assertThat(NodeCatalog.core().check(Workflow.parse(GOOD))).isEmpty();
        assertThat(NodeCatalog.core().lint(Workflow.parse(GOOD))).isEmpty();
    }

    @Test
    void everyMistakeIsFoundAtOnceWithItsPlace() {
        var broken = GOOD.replace("\"steps\":20", "\"steps\":0")
                .replace("\"cfg\":7", "\"cfg\":101")
                .replace("\"euler\"", "\"eulr\"")
                .replace("\"seed\":1", "\"sed\":1")
                .replace("\"clip\":[\"1\",1]", "\"clip\":[\"1\",2]")
                .replace("\"vae\":[\"1\",2]", "\"vae\":\"a.vae\"")
                .replace("\"latent_image\":[\"3\",0]", "\"latent_image\":[\"33\",0]")
                .replace("\"samples\":[\"4\",0]", "\"samples\":[\"4\",1]");

        assertThat(NodeCatalog.core().check(Workflow.parse(broken)))
                .extracting(Problem::pointer, Problem::detail)
                .containsExactly(
                        tuple(
                                "/2/inputs/clip",
                                "node 2 (CLIPTextEncode): clip takes CLIP; output 2 of node 1 (CheckpointLoaderSimple) is VAE"),
                        tuple(
                                "/4/inputs",
                                "node 4 (KSampler) needs the input seed, a whole number; ComfyUI fills in no default; is \"sed\" meant to be it?"),
                        tuple("/4/inputs/steps", "node 4 (KSampler): steps is 0; the smallest allowed value is 1"),
                        tuple("/4/inputs/cfg", "node 4 (KSampler): cfg is 101; the largest allowed value is 100"),
                        tuple(
                                "/4/inputs/sampler_name",
                                "node 4 (KSampler): sampler_name is \"eulr\"; it is none of the 44; did you mean euler?"),
                        tuple(
                                "/4/inputs/latent_image",
                                "node 4 (KSampler): latent_image is linked to node 33, which the graph does not have"),
                        tuple(
                                "/5/inputs/samples",
                                "node 5 (VAEDecode): samples takes output 1 of node 4 (KSampler), which has 1, counted from 0"),
                        tuple(
                                "/5/inputs/vae",
                                "node 5 (VAEDecode): vae takes a VAE from another node: write [node id, slot]"));
        assertThat(NodeCatalog.core().lint(Workflow.parse(broken)))
                .extracting(Problem::detail)
                .containsExactly("node 4 (KSampler): sed is not known to KSampler and ignored; did you mean seed?");
    }

    @Test
    void anUnknownClassIsNamedWithWhatWasMeantOrWhereItComesFrom() {
        var graph = Workflow.parse("""
                {"1":{"class_type":"LoadImag","inputs":{}},
                 "2":{"class_type":"TilePreprocessor","inputs":{},"_meta":{"title":"Tile"}}}""");

        assertThat(NodeCatalog.core().check(graph))
                .extracting(Problem::toString)
                .containsExactly(
                        "/1/class_type: node 1 is of class LoadImag, which the server does not have; did you mean LoadImage?",
                        "/2/class_type: node 2 \"Tile\" is of class TilePreprocessor, which the server does not have; it belongs to the"
                                + " node pack comfyui_controlnet_aux, which is not installed there");
    }

    @Test
    void aGraphWithNothingToRunAndACircleAreFound() {
        var nothing = Workflow.parse("{\"1\":{\"class_type\":\"InvertMask\",\"inputs\":{\"mask\":[\"1\",0]}}}");
        var circle = Workflow.parse("""
                {"1":{"class_type":"ImageInvert","inputs":{"image":["2",0]}},"2":{"class_type":"ImageInvert","inputs":{"image":["1",0]}},
                 "3":{"class_type":"PreviewImage","inputs":{"images":["1",0]}}}""");

        assertThat(NodeCatalog.core().check(nothing))
                .singleElement()
                .satisfies(problem -> assertThat(problem.detail()).contains("nothing to run"));
        assertThat(NodeCatalog.core().check(circle))
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem.detail()).contains("1, 2").contains("circle"));
    }

    @Test
    void anythingThatLeadsNowhereIsNotCheckedAsComfyuiDoesNot() {
        var graph =
                Workflow.parse(GOOD.replace("{\"1\":{", "{\"0\":{\"class_type\":\"KSampler\",\"inputs\":{}},\"1\":{"));

        assertThat(NodeCatalog.core().check(graph)).isEmpty();
    }

    @Test
    void aDeepGraphAndADenseOneAreWalkedInReasonableTime() {
        var deep = new StringBuilder(
                "{\"0\":{\"class_type\":\"EmptyImage\",\"inputs\":{\"width\":1,\"height\":1,\"batch_size\":1,\"color\":0}}");
        for (int i = 1; i <= 20_000; i++)
            deep.append(
                    ",\"%d\":{\"class_type\":\"ImageBatch\",\"inputs\":{\"image1\":[\"%d\",0],\"image2\":[\"%d\",0]}}"
                            .formatted(i, i - 1, i - 1));
        deep.append(",\"p\":{\"class_type\":\"PreviewImage\",\"inputs\":{\"images\":[\"20000\",0]}}}");

        assertThat(NodeCatalog.core().check(Workflow.parse(deep.toString()))).isEmpty();
    }

    @Test
    void bothSpellingsOfListsAndPythonsNumbersAreRead() throws IOException {
        var catalog = parse("""
                {"UpscaleModelLoader":{"input":{"required":{"model_name":["COMBO",{"multiselect":false,"options":["4x.pth"]}]}},
                   "output":["UPSCALE_MODEL"],"output_name":["UPSCALE_MODEL"],"output_node":false},
                 "LoraLoaderModelOnly":{"input":{"required":{"lora_name":[["ink.safetensors"],{}]},"optional":{"x":["FLOAT",{"max":NaN,"min":-Infinity}]}},
                   "output":["MODEL"],"output_node":false},
                 "Mine":{"input":{"required":{"mode":[["fast","slow"]],"count":[[1,2]],"any":["*"],"curve":["CURVE",{}]}},"output":[["a","b"]],"output_node":true},
                 "Broken":"no object"}""");

        assertThat(catalog.classes()).containsExactly("UpscaleModelLoader", "LoraLoaderModelOnly", "Mine");
        assertThat(catalog.models(ModelFolder.UPSCALE_MODELS)).containsExactly("4x.pth");
        assertThat(catalog.options("Mine", "mode")).containsExactly("fast", "slow");
        assertThat(catalog.type("Mine").orElseThrow().outputs()).containsExactly(new NodeOutput("COMBO", "COMBO"));
        assertThat(
                        catalog.check(
                                Workflow.parse(
                                        "{\"1\":{\"class_type\":\"Mine\",\"inputs\":{\"mode\":\"fast\",\"count\":2,\"any\":3,\"curve\":[\"2\",0]}},"
                                                + "\"2\":{\"class_type\":\"Mine\",\"inputs\":{\"mode\":\"slow\",\"count\":1,\"any\":true,\"curve\":\"x\"}}}")))
                .extracting(Problem::pointer)
                .containsExactly("/1/inputs/curve");
    }

    @Test
    void filesThatAreAboutToBeLinkedCanBeAddedToACatalog() throws IOException {
        var catalog = parse("""
                {"LoraLoaderModelOnly":{"input":{"required":{"model":["MODEL"],"lora_name":[["ink.safetensors"],{}],"strength_model":["FLOAT",{}]}},
                   "output":["MODEL"],"output_node":true}}""");
        var graph = Workflow.parse(
                "{\"1\":{\"class_type\":\"LoraLoaderModelOnly\",\"inputs\":{\"model\":[\"1\",0],\"lora_name\":\"new.safetensors\",\"strength_model\":1}}}");

        assertThat(catalog.check(graph)).extracting(Problem::pointer).containsExactly("/1/inputs/lora_name", "/1");
        assertThat(catalog.withModels(Map.of(ModelFolder.LORAS, List.of("new.safetensors")))
                        .check(graph))
                .extracting(Problem::pointer)
                .containsExactly("/1");
    }

    @Test
    void anOlderComfyuiHasFewerNodesInputsAndNames() {
        var old = NodeCatalog.core("0.3.64");

        assertThat(old.classes()).doesNotContain("EmptyFlux2LatentImage");
        assertThat(NodeCatalog.core().classes()).contains("EmptyFlux2LatentImage");
        assertThat(old.type("PreviewImage").orElseThrow().outputs()).isEmpty();
        assertThat(NodeCatalog.core("v0.26.0")
                        .type("PreviewImage")
                        .orElseThrow()
                        .outputs())
                .hasSize(1);
        assertThat(old.options("KSampler", "sampler_name")).hasSize(42);
        assertThat(NodeCatalog.core("0.33.0-4-gabc").options("KSampler", "sampler_name"))
                .hasSize(44);
    }

    private static NodeCatalog parse(String json) throws IOException {
        return NodeCatalog.parse(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }
}

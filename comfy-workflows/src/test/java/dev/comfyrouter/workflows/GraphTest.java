package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphTest {
    @TempDir
    private Path classes;

    @Test
    void equalCallsGiveEqualGraphsWithNodesNumberedInOrder() {
        assertThat(textToImage().toJson()).isEqualTo(textToImage().toJson());
        assertThat(textToImage().nodes())
                .extracting(Workflow.Node::id)
                .containsExactly("1", "2", "3", "4", "5", "6", "7");
        assertThat(textToImage().nodes()).extracting(Workflow.Node::title).doesNotContain("");
        assertThat(NodeCatalog.core().check(textToImage())).isEmpty();
    }

    private static Workflow textToImage() {
        var graph = new Graph();
        var base = graph.loadCheckpoint("v1-5.safetensors");
        var positive = graph.encodeText(base.clip(), "a lighthouse in a storm");
        var negative = graph.encodeText(base.clip(), "");
        var latent = graph.emptyLatent(512, 512, 1);
        var sampled = graph.sample(
                base.model(),
                positive,
                negative,
                latent,
                Sampling.of(-1).steps(30).cfg(0.1 + 0.2));
        graph.images().save(graph.decode(base.vae(), sampled), "sd15");
        return graph.workflow();
    }

    @Test
    void decimalsHaveNoTailAndSeedsAllTheirBits() {
        assertThat(textToImage().toJson()).contains("\"cfg\":0.3,").contains("\"seed\":18446744073709551615,");
    }

    @Test
    void aSamplerOfPartsFitsTheCatalog() {
        var graph = new Graph();
        var model = graph.loadDiffusionModel("flux1-dev.safetensors", "default");
        var clip = graph.loadTextEncoders("t5.safetensors", "clip_l.safetensors", "flux");
        var parts = graph.customSampling();
        var split = parts.split(parts.schedule(model, "simple", 20, 1), 8);
        var guider = parts.guide(model, graph.steering().guideFlux(graph.encodeText(clip, "a cat"), 3.5));
        var high = parts.sample(
                parts.noise(java.math.BigInteger.ONE),
                guider,
                parts.sampler("euler"),
                split.high(),
                graph.emptyWideLatent(1024, 1024, 1));
        var low = parts.sample(parts.noNoise(), guider, parts.sampler("euler"), split.low(), high);
        graph.images().preview(graph.decode(graph.loadVae("ae.safetensors"), low));

        assertThat(NodeCatalog.core().check(graph.workflow())).isEmpty();
        assertThat(graph.workflow().samplingSteps().values()).containsExactly(8, 12);
    }

    @Test
    void anyNodeOfAnyPackCanBeWiredIn() {
        final class Pose extends Slot.Custom {}
        WireType<Pose> poseType = WireType.custom("POSE");
        var graph = new Graph();
        var image = graph.images().load("photo.png").image();
        var pose = graph.node("PoseFinder")
                .title("Find the pose")
                .with("image", image)
                .with("quality", 0.5)
                .add()
                .out(0, poseType);
        var drawn = graph.node("PoseDrawer")
                .with("pose", pose)
                .with("thick", true)
                .with("lines", 3)
                .add()
                .out(0, WireType.IMAGE);
        graph.images().preview(drawn);

        assertThat(graph.workflow().toJson())
                .contains(
                        "\"2\":{\"class_type\":\"PoseFinder\",\"inputs\":{\"image\":[\"1\",0],\"quality\":0.5},\"_meta\":{\"title\":\"Find the pose\"}}",
                        "\"3\":{\"class_type\":\"PoseDrawer\",\"inputs\":{\"pose\":[\"2\",0],\"thick\":true,\"lines\":3},");
    }

    @Test
    void aCallThatComfyuiWouldRefuseFailsAtOnceAndSaysWhy() {
        var graph = new Graph();
        var other = new Graph().loadVae("a.safetensors");

        assertThatThrownBy(() -> graph.emptyLatent(8, 512, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width is 8; the smallest allowed value is 16");
        assertThatThrownBy(() -> graph.loadDiffusionModel("a", "fp9")).hasMessageContaining("\"fp9\"");
        assertThatThrownBy(() -> graph.node("KSampler").with("steps", 1).add())
                .hasMessageContaining("needs the input model");
        assertThatThrownBy(() ->
                        graph.node("VAELoader").with("vae_name", "a").add().out(0, WireType.MODEL))
                .hasMessage("output 0 of VAELoader is VAE, not MODEL");
        assertThatThrownBy(
                        () -> graph.encode(other, graph.images().load("a.png").image()))
                .hasMessageContaining("another graph");
        assertThatThrownBy(() -> graph.node("X").with("a", 1).with("a", 2)).hasMessageContaining("twice");
        assertThatThrownBy(() -> graph.node("X").with("a", Double.NaN)).hasMessageContaining("finite");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "graph.decode(base.vae(), latent)                                              | true",
                "graph.decode(base.model(), latent)                                            | false",
                "graph.encodeText(base.vae(), \"a\")                                           | false",
                "graph.encode(base.vae(), latent)                                              | false",
                "graph.images().preview(latent)                                                | false",
                "graph.sample(base.model(), latent, latent, latent, Sampling.of(1))            | false",
                "Sd15.builder(\"a\", ModelRef.of(\"b\")).clipSkip(2).refiner(null)             | false",
                "Flux.builder(\"a\", ModelRef.of(\"b\")).guidance(3)                           | true",
                "Flux.builder(\"a\", ModelRef.of(\"b\")).clipSkip(2)                           | false",
                "Flux.builder(\"a\", ModelRef.of(\"b\"), ModelRef.of(\"c\"))                   | false",
                "Sdxl.builder(\"a\", ModelRef.of(\"b\")).inpaint(new ImageRef.Named(\"m\", 1, 1)) | false"
            })
    void javacRefusesWiresAndCallsThatDoNotFit(String expression, boolean compiles) {
        var source =
                "import dev.comfyrouter.workflows.*; class Probe { void probe(Graph graph, Graph.Checkpoint base, Wire<Slot.Latent> latent) { "
                        + expression.strip() + "; } }";

        assertThat(compiles(source)).isEqualTo(compiles);
    }

    private boolean compiles(String source) {
        var file = new SimpleJavaFileObject(URI.create("string:///Probe.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        var options = List.of(
                "-proc:none",
                "-classpath",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                "-implicit:none",
                "-XDshould-stop.ifNoError=FLOW");
        return ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, new DiagnosticCollector<>(), options, null, List.of(file))
                .call();
    }
}

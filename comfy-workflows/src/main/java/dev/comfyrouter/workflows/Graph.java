package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Slot.Clip;
import dev.comfyrouter.workflows.Slot.Conditioning;
import dev.comfyrouter.workflows.Slot.Image;
import dev.comfyrouter.workflows.Slot.Latent;
import dev.comfyrouter.workflows.Slot.Model;
import dev.comfyrouter.workflows.Slot.Vae;
import dev.comfyrouter.workflows.Workflow.Input;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/// A graph that grows node by node, with wires whose types javac checks.
///
/// Nodes are numbered in the order of the calls, from 1, so that equal calls give equal JSON. A value that
/// a node of ComfyUI would refuse fails in the call that gives it. Not for several threads at once.
///
/// ```java
/// var graph = new Graph();
/// var base = graph.loadCheckpoint("v1-5.safetensors");
/// var positive = graph.encodeText(base.clip(), "a lighthouse in a storm");
/// var negative = graph.encodeText(base.clip(), "");
/// var sampled = graph.sample(base.model(), positive, negative, graph.emptyLatent(512, 512, 1), Sampling.of(42));
/// graph.images().preview(graph.decode(base.vae(), sampled));
/// var workflow = graph.workflow();
/// ```
public final class Graph {
    private final Map<String, Workflow.Node> nodes = new LinkedHashMap<>();

    /// What a checkpoint file holds.
    public record Checkpoint(Wire<Model> model, Wire<Clip> clip, Wire<Vae> vae) {}

    /// A model with the text encoder that belongs to it.
    public record Patched(Wire<Model> model, Wire<Clip> clip) {}

    /// What a sampler is steered to and away from.
    public record Steering(Wire<Conditioning> positive, Wire<Conditioning> negative) {}

    /// Steering and latent of inpainting.
    public record Inpainting(Wire<Conditioning> positive, Wire<Conditioning> negative, Wire<Latent> latent) {}

    /// The graph as it is now.
    public Workflow workflow() {
        return Workflow.of(nodes.values());
    }

    /// A node of any class: the way to nodes for which there is no method here.
    public GraphNode node(String classType) {
        return new GraphNode(this, classType);
    }

    String add(String classType, String title, Map<String, Input> inputs) {
        var node = new Workflow.Node(Integer.toString(nodes.size() + 1), classType, title, inputs);
        GraphCheck.problems(NodeCatalog.core(), Workflow.over(nodes), node).stream()
                // A server may have samplers that we do not know yet.
                .filter(problem -> !problem.pointer().endsWith("/sampler_name")
                        && !problem.pointer().endsWith("/scheduler"))
                .findFirst()
                .ifPresent(problem -> {
                    throw new IllegalArgumentException(problem.detail());
                });
        nodes.put(node.id(), node);
        return node.id();
    }

    /// Nodes for pictures and masks.
    public ImageNodes images() {
        return new ImageNodes(this);
    }

    /// Nodes for what a sampler is steered by, beyond texts.
    public SteeringNodes steering() {
        return new SteeringNodes(this);
    }

    /// Nodes for samplers made of parts.
    public CustomSampling customSampling() {
        return new CustomSampling(this);
    }

    /// Loads a model with its text encoder and VAE.
    ///
    /// @param name a file of `models/checkpoints`
    public Checkpoint loadCheckpoint(String name) {
        return loadCheckpoint(name, "Checkpoint");
    }

    Checkpoint loadCheckpoint(String name, String title) {
        var node = node("CheckpointLoaderSimple")
                .title(title)
                .with("ckpt_name", name)
                .add();
        return new Checkpoint(node.out(0, WireType.MODEL), node.out(1, WireType.CLIP), node.out(2, WireType.VAE));
    }

    /// Loads a model alone.
    ///
    /// @param name a file of `models/diffusion_models`
    /// @param weightType `default`, `fp8_e4m3fn`, `fp8_e4m3fn_fast` or `fp8_e5m2`
    public Wire<Model> loadDiffusionModel(String name, String weightType) {
        return node("UNETLoader")
                .title("Diffusion model")
                .with("unet_name", name)
                .with("weight_dtype", weightType)
                .add()
                .out(0, WireType.MODEL);
    }

    /// Two files of `models/text_encoders` that work together.
    ///
    /// @param type the family they belong to, such as `flux` or `sdxl`
    public Wire<Clip> loadTextEncoders(String first, String second, String type) {
        return node("DualCLIPLoader")
                .title("Text encoders")
                .with("clip_name1", first)
                .with("clip_name2", second)
                .with("type", type)
                .add()
                .out(0, WireType.CLIP);
    }

    /// Loads a VAE.
    ///
    /// @param name a file of `models/vae`
    public Wire<Vae> loadVae(String name) {
        return node("VAELoader").title("VAE").with("vae_name", name).add().out(0, WireType.VAE);
    }

    /// Lays a LoRA over model and text encoder.
    ///
    /// @param name a file of `models/loras`
    /// @param strength -100 to 100, for model and text encoder alike
    public Patched applyLora(Wire<Model> model, Wire<Clip> clip, String name, double strength) {
        return applyLora(model, clip, name, Numbers.tidy(strength));
    }

    Patched applyLora(Wire<Model> model, Wire<Clip> clip, String name, BigDecimal strength) {
        var node = node("LoraLoader")
                .title("LoRA")
                .with("model", model)
                .with("clip", clip)
                .with("lora_name", name)
                .with("strength_model", strength)
                .with("strength_clip", strength)
                .add();
        return new Patched(node.out(0, WireType.MODEL), node.out(1, WireType.CLIP));
    }

    /// Takes the text from an earlier layer of CLIP.
    ///
    /// @param skip the layer that is used, counted from the last one, which is 1; up to 24
    public Wire<Clip> skipLayers(Wire<Clip> clip, int skip) {
        return node("CLIPSetLastLayer")
                .title("CLIP skip")
                .with("clip", clip)
                .with("stop_at_clip_layer", -skip)
                .add()
                .out(0, WireType.CLIP);
    }

    public Wire<Conditioning> encodeText(Wire<Clip> clip, String text) {
        return encodeText(clip, text, "Prompt");
    }

    Wire<Conditioning> encodeText(Wire<Clip> clip, String text, String title) {
        return node("CLIPTextEncode")
                .title(title)
                .with("text", text)
                .with("clip", clip)
                .add()
                .out(0, WireType.CONDITIONING);
    }

    /// The text for the SDXL refiner.
    ///
    /// @param aestheticScore 0 to 1000; 6 is usual for what is wanted, 2.5 for what is not
    public Wire<Conditioning> encodeRefinerText(
            Wire<Clip> clip, String text, double aestheticScore, int width, int height) {
        return node("CLIPTextEncodeSDXLRefiner")
                .title("Refiner prompt")
                .with("ascore", aestheticScore)
                .with("width", width)
                .with("height", height)
                .with("text", text)
                .with("clip", clip)
                .add()
                .out(0, WireType.CONDITIONING);
    }

    /// A latent for SD1.5 and SDXL; sides 16 to 16384 pixels, a multiple of 8.
    public Wire<Latent> emptyLatent(int width, int height, int batch) {
        return empty("EmptyLatentImage", width, height, batch);
    }

    /// A latent of 16 channels, for Flux and SD3; sides 16 to 16384 pixels, a multiple of 16.
    public Wire<Latent> emptyWideLatent(int width, int height, int batch) {
        return empty("EmptySD3LatentImage", width, height, batch);
    }

    private Wire<Latent> empty(String classType, int width, int height, int batch) {
        return node(classType)
                .title("Empty latent")
                .with("width", width)
                .with("height", height)
                .with("batch_size", batch)
                .add()
                .out(0, WireType.LATENT);
    }

    public Wire<Latent> encode(Wire<Vae> vae, Wire<Image> pixels) {
        return node("VAEEncode")
                .title("Encode")
                .with("pixels", pixels)
                .with("vae", vae)
                .add()
                .out(0, WireType.LATENT);
    }

    public Wire<Image> decode(Wire<Vae> vae, Wire<Latent> samples) {
        return node("VAEDecode")
                .title("Decode")
                .with("samples", samples)
                .with("vae", vae)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// Makes a batch of one latent.
    ///
    /// @param amount 1 to 64
    public Wire<Latent> repeat(Wire<Latent> samples, int amount) {
        return node("RepeatLatentBatch")
                .title("Batch")
                .with("samples", samples)
                .with("amount", amount)
                .add()
                .out(0, WireType.LATENT);
    }

    /// Enlarges a latent, without smoothing.
    ///
    /// @param factor 0.01 to 8
    public Wire<Latent> enlarge(Wire<Latent> samples, double factor) {
        return node("LatentUpscaleBy")
                .title("Enlarge latent")
                .with("samples", samples)
                .with("upscale_method", "nearest-exact")
                .with("scale_by", factor)
                .add()
                .out(0, WireType.LATENT);
    }

    public Wire<Latent> sample(
            Wire<Model> model,
            Wire<Conditioning> positive,
            Wire<Conditioning> negative,
            Wire<Latent> latent,
            Sampling sampling) {
        return sample(model, new Steering(positive, negative), latent, sampling, "Sample");
    }

    Wire<Latent> sample(Wire<Model> model, Steering steering, Wire<Latent> latent, Sampling sampling, String title) {
        return node("KSampler")
                .title(title)
                .with("model", model)
                .with("seed", sampling.seed())
                .with("steps", sampling.steps())
                .with("cfg", sampling.cfg())
                .with("sampler_name", sampling.sampler())
                .with("scheduler", sampling.scheduler())
                .with("positive", steering.positive())
                .with("negative", steering.negative())
                .with("latent_image", latent)
                .with("denoise", sampling.denoise())
                .add()
                .out(0, WireType.LATENT);
    }

    /// Samples a part of the steps; `denoise` of `sampling` is not used.
    ///
    /// @param part which steps
    public Wire<Latent> samplePart(
            Wire<Model> model, Steering steering, Wire<Latent> latent, Sampling sampling, StepRange part) {
        return node("KSamplerAdvanced")
                .title(part.addNoise() ? "Sample" : "Refine")
                .with("model", model)
                .with("add_noise", part.addNoise() ? "enable" : "disable")
                .with("noise_seed", sampling.seed())
                .with("steps", sampling.steps())
                .with("cfg", sampling.cfg())
                .with("sampler_name", sampling.sampler())
                .with("scheduler", sampling.scheduler())
                .with("positive", steering.positive())
                .with("negative", steering.negative())
                .with("latent_image", latent)
                .with("start_at_step", part.start())
                .with("end_at_step", part.end())
                .with("return_with_leftover_noise", part.keepNoise() ? "enable" : "disable")
                .add()
                .out(0, WireType.LATENT);
    }

    /// Some of a sampler's steps.
    ///
    /// @param addNoise whether this is the first part
    /// @param start 0 to 10000
    /// @param end 0 to 10000; more than there are means up to the last
    /// @param keepNoise whether another part follows
    public record StepRange(boolean addNoise, int start, int end, boolean keepNoise) {
        public static StepRange firstPart(int start, int end) {
            return new StepRange(true, start, end, true);
        }

        public static StepRange rest(int start) {
            return new StepRange(false, start, 10_000, false);
        }
    }
}

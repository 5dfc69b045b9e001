package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Slot.Conditioning;
import dev.comfyrouter.workflows.Slot.Guider;
import dev.comfyrouter.workflows.Slot.Latent;
import dev.comfyrouter.workflows.Slot.Model;
import dev.comfyrouter.workflows.Slot.Noise;
import dev.comfyrouter.workflows.Slot.Sampler;
import dev.comfyrouter.workflows.Slot.Sigmas;
import java.math.BigInteger;

/// The nodes of a [Graph] from which a sampler is put together: noise, guider, sampler and schedule.
public final class CustomSampling {
    private final Graph graph;

    CustomSampling(Graph graph) {
        this.graph = graph;
    }

    /// The schedule in two parts.
    public record Split(Wire<Sigmas> high, Wire<Sigmas> low) {}

    /// Noise of a seed.
    ///
    /// @param seed 0 to 2⁶⁴−1
    public Wire<Noise> noise(BigInteger seed) {
        return graph.node("RandomNoise")
                .title("Noise")
                .with("noise_seed", seed)
                .add()
                .out(0, WireType.NOISE);
    }

    public Wire<Noise> noNoise() {
        return graph.node("DisableNoise").title("No noise").add().out(0, WireType.NOISE);
    }

    /// For models that are guided by what they were taught, such as Flux.
    public Wire<Guider> guide(Wire<Model> model, Wire<Conditioning> conditioning) {
        return graph.node("BasicGuider")
                .title("Guide")
                .with("model", model)
                .with("conditioning", conditioning)
                .add()
                .out(0, WireType.GUIDER);
    }

    /// For models that are steered to one text and away from another.
    ///
    /// @param cfg 0 to 100
    public Wire<Guider> guide(Wire<Model> model, Wire<Conditioning> positive, Wire<Conditioning> negative, double cfg) {
        return graph.node("CFGGuider")
                .title("Guide")
                .with("model", model)
                .with("positive", positive)
                .with("negative", negative)
                .with("cfg", cfg)
                .add()
                .out(0, WireType.GUIDER);
    }

    /// The algorithm, for [#sample].
    ///
    /// @param name ComfyUI's name, such as `euler`
    public Wire<Sampler> sampler(String name) {
        return graph.node("KSamplerSelect")
                .title("Sampler")
                .with("sampler_name", name)
                .add()
                .out(0, WireType.SAMPLER);
    }

    /// The noise levels of the steps.
    ///
    /// @param scheduler ComfyUI's name, such as `simple`
    /// @param steps 1 to 10000
    /// @param denoise 0 to 1
    public Wire<Sigmas> schedule(Wire<Model> model, String scheduler, int steps, double denoise) {
        return graph.node("BasicScheduler")
                .title("Schedule")
                .with("model", model)
                .with("scheduler", scheduler)
                .with("steps", steps)
                .with("denoise", denoise)
                .add()
                .out(0, WireType.SIGMAS);
    }

    /// Cuts a schedule in two.
    ///
    /// @param step 0 to 10000: the first step of the low part
    public Split split(Wire<Sigmas> sigmas, int step) {
        var node = graph.node("SplitSigmas")
                .title("Split")
                .with("sigmas", sigmas)
                .with("step", step)
                .add();
        return new Split(node.out(0, WireType.SIGMAS), node.out(1, WireType.SIGMAS));
    }

    public Wire<Latent> sample(
            Wire<Noise> noise, Wire<Guider> guider, Wire<Sampler> sampler, Wire<Sigmas> sigmas, Wire<Latent> latent) {
        return graph.node("SamplerCustomAdvanced")
                .title("Sample")
                .with("noise", noise)
                .with("guider", guider)
                .with("sampler", sampler)
                .with("sigmas", sigmas)
                .with("latent_image", latent)
                .add()
                .out(0, WireType.LATENT);
    }
}

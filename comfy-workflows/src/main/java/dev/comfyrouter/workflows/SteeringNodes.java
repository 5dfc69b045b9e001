package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Graph.Inpainting;
import dev.comfyrouter.workflows.Graph.Steering;
import dev.comfyrouter.workflows.Slot.ClipVision;
import dev.comfyrouter.workflows.Slot.ClipVisionOutput;
import dev.comfyrouter.workflows.Slot.Conditioning;
import dev.comfyrouter.workflows.Slot.Control;
import dev.comfyrouter.workflows.Slot.Image;
import dev.comfyrouter.workflows.Slot.Latent;
import dev.comfyrouter.workflows.Slot.Mask;
import dev.comfyrouter.workflows.Slot.StyleModel;
import dev.comfyrouter.workflows.Slot.Vae;
import java.math.BigDecimal;

/// The nodes of a [Graph] that change what a sampler is steered by: guidance, pictures, ControlNets, masks.
public final class SteeringNodes {
    private final Graph graph;

    SteeringNodes(Graph graph) {
        this.graph = graph;
    }

    /// Says how closely a Flux model follows the text.
    ///
    /// @param guidance 0 to 100
    public Wire<Conditioning> guideFlux(Wire<Conditioning> conditioning, double guidance) {
        return guideFlux(conditioning, Numbers.tidy(guidance));
    }

    Wire<Conditioning> guideFlux(Wire<Conditioning> conditioning, BigDecimal guidance) {
        return graph.node("FluxGuidance")
                .title("Guidance")
                .with("conditioning", conditioning)
                .with("guidance", guidance)
                .add()
                .out(0, WireType.CONDITIONING);
    }

    /// Steering to nothing, for models that want none to be steered away from.
    public Wire<Conditioning> zeroOut(Wire<Conditioning> conditioning) {
        return graph.node("ConditioningZeroOut")
                .title("Nothing unwanted")
                .with("conditioning", conditioning)
                .add()
                .out(0, WireType.CONDITIONING);
    }

    public Wire<Conditioning> combine(Wire<Conditioning> one, Wire<Conditioning> other) {
        return graph.node("ConditioningCombine")
                .title("Both")
                .with("conditioning_1", one)
                .with("conditioning_2", other)
                .add()
                .out(0, WireType.CONDITIONING);
    }

    /// Lets an edit model such as Flux Kontext see a picture.
    public Wire<Conditioning> refer(Wire<Conditioning> conditioning, Wire<Latent> picture) {
        return graph.node("ReferenceLatent")
                .title("Reference")
                .with("conditioning", conditioning)
                .with("latent", picture)
                .add()
                .out(0, WireType.CONDITIONING);
    }

    /// Loads a style model, such as Flux Redux.
    ///
    /// @param name a file of `models/style_models`
    public Wire<StyleModel> loadStyleModel(String name) {
        return graph.node("StyleModelLoader")
                .title("Style model")
                .with("style_model_name", name)
                .add()
                .out(0, WireType.STYLE_MODEL);
    }

    /// Loads the half of CLIP that sees.
    ///
    /// @param name a file of `models/clip_vision`
    public Wire<ClipVision> loadClipVision(String name) {
        return graph.node("CLIPVisionLoader")
                .title("CLIP vision")
                .with("clip_name", name)
                .add()
                .out(0, WireType.CLIP_VISION);
    }

    /// The square in the middle of the picture, as CLIP sees it.
    public Wire<ClipVisionOutput> look(Wire<ClipVision> eye, Wire<Image> image) {
        return graph.node("CLIPVisionEncode")
                .title("Look at the picture")
                .with("clip_vision", eye)
                .with("image", image)
                .with("crop", "center")
                .add()
                .out(0, WireType.CLIP_VISION_OUTPUT);
    }

    /// Adds what was seen to the text.
    ///
    /// @param strength 0 to 10
    public Wire<Conditioning> applyStyle(
            Wire<Conditioning> conditioning, Wire<StyleModel> model, Wire<ClipVisionOutput> seen, double strength) {
        return graph.node("StyleModelApply")
                .title("Redux")
                .with("conditioning", conditioning)
                .with("style_model", model)
                .with("clip_vision_output", seen)
                .with("strength", strength)
                .with("strength_type", "multiply")
                .add()
                .out(0, WireType.CONDITIONING);
    }

    /// Loads a ControlNet.
    ///
    /// @param name a file of `models/controlnet`
    public Wire<Control> loadControlNet(String name) {
        return graph.node("ControlNetLoader")
                .title("ControlNet model")
                .with("control_net_name", name)
                .add()
                .out(0, WireType.CONTROL_NET);
    }

    public Wire<Control> unionType(Wire<Control> model, ControlNet.UnionType type) {
        return graph.node("SetUnionControlNetType")
                .title("ControlNet type")
                .with("control_net", model)
                .with("type", type.word())
                .add()
                .out(0, WireType.CONTROL_NET);
    }

    /// Steers by a picture.
    ///
    /// @param strength 0 to 10
    /// @param startAt the share of the steps after which it begins, 0 to 1
    /// @param endAt the share of the steps after which it ends, 0 to 1
    public Steering applyControlNet(
            Steering steering,
            Wire<Control> model,
            Wire<Image> image,
            Wire<Vae> vae,
            double strength,
            double startAt,
            double endAt) {
        var node = graph.node("ControlNetApplyAdvanced")
                .title("ControlNet")
                .with("positive", steering.positive())
                .with("negative", steering.negative())
                .with("control_net", model)
                .with("image", image)
                .with("strength", strength)
                .with("start_percent", startAt)
                .with("end_percent", endAt)
                .with("vae", vae)
                .add();
        return new Steering(node.out(0, WireType.CONDITIONING), node.out(1, WireType.CONDITIONING));
    }

    /// Steering and latent to paint anew where the mask is white; for ordinary and for inpainting models.
    public Inpainting inpaint(Steering steering, Wire<Vae> vae, Wire<Image> pixels, Wire<Mask> mask) {
        var node = graph.node("InpaintModelConditioning")
                .title("Inpaint")
                .with("positive", steering.positive())
                .with("negative", steering.negative())
                .with("vae", vae)
                .with("pixels", pixels)
                .with("mask", mask)
                .with("noise_mask", true)
                .add();
        return new Inpainting(
                node.out(0, WireType.CONDITIONING), node.out(1, WireType.CONDITIONING), node.out(2, WireType.LATENT));
    }
}

package dev.comfyrouter.workflows;

/// ComfyUI's name for what a wire carries, with the Java type that javac checks.
///
/// @param name as `/object_info` spells it
// The type is for javac alone.
@SuppressWarnings("UnusedTypeParameter")
public record WireType<T extends Slot>(String name) {
    public static final WireType<Slot.Model> MODEL = new WireType<>("MODEL");
    public static final WireType<Slot.Clip> CLIP = new WireType<>("CLIP");
    public static final WireType<Slot.Vae> VAE = new WireType<>("VAE");
    public static final WireType<Slot.Conditioning> CONDITIONING = new WireType<>("CONDITIONING");
    public static final WireType<Slot.Latent> LATENT = new WireType<>("LATENT");
    public static final WireType<Slot.Image> IMAGE = new WireType<>("IMAGE");
    public static final WireType<Slot.Mask> MASK = new WireType<>("MASK");
    public static final WireType<Slot.Control> CONTROL_NET = new WireType<>("CONTROL_NET");
    public static final WireType<Slot.ClipVision> CLIP_VISION = new WireType<>("CLIP_VISION");
    public static final WireType<Slot.ClipVisionOutput> CLIP_VISION_OUTPUT = new WireType<>("CLIP_VISION_OUTPUT");
    public static final WireType<Slot.StyleModel> STYLE_MODEL = new WireType<>("STYLE_MODEL");
    public static final WireType<Slot.UpscaleModel> UPSCALE_MODEL = new WireType<>("UPSCALE_MODEL");
    public static final WireType<Slot.Sampler> SAMPLER = new WireType<>("SAMPLER");
    public static final WireType<Slot.Sigmas> SIGMAS = new WireType<>("SIGMAS");
    public static final WireType<Slot.Noise> NOISE = new WireType<>("NOISE");
    public static final WireType<Slot.Guider> GUIDER = new WireType<>("GUIDER");

    /// A type of somebody's own nodes: `static final WireType<Pose> POSE = WireType.custom("POSE")` with
    /// `final class Pose extends Slot.Custom`.
    public static <T extends Slot.Custom> WireType<T> custom(String name) {
        return new WireType<>(name);
    }
}

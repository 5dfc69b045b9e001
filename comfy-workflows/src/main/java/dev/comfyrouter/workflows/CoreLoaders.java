package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Declaration.node;

import java.util.List;

/// ComfyUI's nodes that load models and patch what was loaded.
final class CoreLoaders {
    private static final String[] CLIP_TYPES = {
        "stable_diffusion",
        "stable_cascade",
        "sd3",
        "stable_audio",
        "mochi",
        "ltxv",
        "pixart",
        "cosmos",
        "lumina2",
        "wan",
        "hidream",
        "chroma",
        "ace",
        "omnigen2",
        "qwen_image",
        "hunyuan_image"
    };
    private static final String[] NEWER_CLIP_TYPES = {
        "flux2",
        "ovis",
        "longcat_image",
        "cogvideox",
        "lens",
        "pixeldit",
        "ideogram4",
        "boogu",
        "krea2",
        "joyimage",
        "mage",
        "minimax"
    };

    private CoreLoaders() {}

    static List<Declaration> nodes() {
        return List.of(
                node("CheckpointLoaderSimple", "loaders")
                        .model("ckpt_name", ModelFolder.CHECKPOINTS)
                        .out("MODEL")
                        .out("CLIP")
                        .out("VAE"),
                node("unCLIPCheckpointLoader", "loaders")
                        .model("ckpt_name", ModelFolder.CHECKPOINTS)
                        .out("MODEL")
                        .out("CLIP")
                        .out("VAE")
                        .out("CLIP_VISION"),
                node("UNETLoader", "loaders")
                        .model("unet_name", ModelFolder.DIFFUSION_MODELS)
                        .choice("weight_dtype", "default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")
                        .out("MODEL"),
                node("CLIPLoader", "loaders")
                        .model("clip_name", ModelFolder.TEXT_ENCODERS)
                        .choice("type", CLIP_TYPES)
                        .moreSince("0.33.0", NEWER_CLIP_TYPES)
                        .choice("device", "default", "cpu")
                        .optional()
                        .out("CLIP"),
                node("DualCLIPLoader", "loaders")
                        .model("clip_name1", ModelFolder.TEXT_ENCODERS)
                        .model("clip_name2", ModelFolder.TEXT_ENCODERS)
                        .choice("type", "sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image")
                        .moreSince(
                                "0.33.0", "hunyuan_video_15", "kandinsky5", "kandinsky5_image", "ltxv", "newbie", "ace")
                        .choice("device", "default", "cpu")
                        .optional()
                        .out("CLIP"),
                node("TripleCLIPLoader", "loaders")
                        .model("clip_name1", ModelFolder.TEXT_ENCODERS)
                        .model("clip_name2", ModelFolder.TEXT_ENCODERS)
                        .model("clip_name3", ModelFolder.TEXT_ENCODERS)
                        .out("CLIP"),
                node("QuadrupleCLIPLoader", "loaders")
                        .model("clip_name1", ModelFolder.TEXT_ENCODERS)
                        .model("clip_name2", ModelFolder.TEXT_ENCODERS)
                        .model("clip_name3", ModelFolder.TEXT_ENCODERS)
                        .model("clip_name4", ModelFolder.TEXT_ENCODERS)
                        .out("CLIP"),
                node("VAELoader", "loaders").model("vae_name", ModelFolder.VAE).out("VAE"),
                node("LoraLoader", "loaders")
                        .wire("model", "MODEL")
                        .wire("clip", "CLIP")
                        .model("lora_name", ModelFolder.LORAS)
                        .decimal("strength_model", "1.0", "-100.0", "100.0", "0.01")
                        .decimal("strength_clip", "1.0", "-100.0", "100.0", "0.01")
                        .out("MODEL")
                        .out("CLIP"),
                node("LoraLoaderModelOnly", "loaders")
                        .wire("model", "MODEL")
                        .model("lora_name", ModelFolder.LORAS)
                        .decimal("strength_model", "1.0", "-100.0", "100.0", "0.01")
                        .out("MODEL"),
                node("ControlNetLoader", "loaders")
                        .model("control_net_name", ModelFolder.CONTROLNET)
                        .out("CONTROL_NET"),
                node("DiffControlNetLoader", "loaders")
                        .wire("model", "MODEL")
                        .model("control_net_name", ModelFolder.CONTROLNET)
                        .out("CONTROL_NET"),
                node("UpscaleModelLoader", "loaders")
                        .model("model_name", ModelFolder.UPSCALE_MODELS)
                        .out("UPSCALE_MODEL"),
                node("CLIPVisionLoader", "loaders")
                        .model("clip_name", ModelFolder.CLIP_VISION)
                        .out("CLIP_VISION"),
                node("StyleModelLoader", "loaders")
                        .model("style_model_name", ModelFolder.STYLE_MODELS)
                        .out("STYLE_MODEL"),
                node("ModelMergeSimple", "model merging")
                        .wire("model1", "MODEL")
                        .wire("model2", "MODEL")
                        .decimal("ratio", "1.0", "0.0", "1.0", "0.01")
                        .out("MODEL"),
                node("CLIPMergeSimple", "model merging")
                        .wire("clip1", "CLIP")
                        .wire("clip2", "CLIP")
                        .decimal("ratio", "1.0", "0.0", "1.0", "0.01")
                        .out("CLIP"),
                node("FreeU_V2", "model patches")
                        .wire("model", "MODEL")
                        .decimal("b1", "1.3", "0.0", "10.0", "0.01")
                        .decimal("b2", "1.4", "0.0", "10.0", "0.01")
                        .decimal("s1", "0.9", "0.0", "10.0", "0.01")
                        .decimal("s2", "0.2", "0.0", "10.0", "0.01")
                        .out("MODEL"),
                node("RescaleCFG", "model patches")
                        .wire("model", "MODEL")
                        .decimal("multiplier", "0.7", "0.0", "1.0", "0.01")
                        .out("MODEL"),
                node("PerturbedAttentionGuidance", "model patches")
                        .wire("model", "MODEL")
                        .decimal("scale", "3.0", "0.0", "100.0", "0.01")
                        .out("MODEL"),
                node("DifferentialDiffusion", "model patches")
                        .wire("model", "MODEL")
                        .decimal("strength", "1.0", "0.0", "1.0", "0.01")
                        .optional()
                        .out("MODEL"),
                node("ModelSamplingDiscrete", "model patches")
                        .wire("model", "MODEL")
                        .choice("sampling", "eps", "v_prediction", "lcm", "x0", "img_to_img")
                        .moreSince("0.33.0", "img_to_img_flow")
                        .flag("zsnr", false)
                        .out("MODEL"),
                node("ModelSamplingFlux", "model patches")
                        .wire("model", "MODEL")
                        .decimal("max_shift", "1.15", "0.0", "100.0", "0.01")
                        .decimal("base_shift", "0.5", "0.0", "100.0", "0.01")
                        .whole("width", 1024, 16, 16384, 8)
                        .whole("height", 1024, 16, 16384, 8)
                        .out("MODEL"),
                node("ModelSamplingSD3", "model patches")
                        .wire("model", "MODEL")
                        .decimal("shift", "3.0", "0.0", "100.0", "0.01")
                        .out("MODEL"));
    }
}

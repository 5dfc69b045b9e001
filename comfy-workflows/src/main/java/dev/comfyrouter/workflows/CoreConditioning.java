package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Declaration.node;

import java.util.List;

/// ComfyUI's nodes that turn texts and pictures into what a sampler is steered by.
final class CoreConditioning {
    private static final String CONDITIONING = "CONDITIONING";

    private CoreConditioning() {}

    static List<Declaration> nodes() {
        return List.of(
                node("CLIPTextEncode", "conditioning")
                        .text("text")
                        .wire("clip", "CLIP")
                        .out(CONDITIONING),
                node("CLIPSetLastLayer", "conditioning")
                        .wire("clip", "CLIP")
                        .whole("stop_at_clip_layer", -1, -24, -1, 1)
                        .out("CLIP"),
                node("CLIPTextEncodeSDXL", "conditioning")
                        .wire("clip", "CLIP")
                        .whole("width", 1024, 0, 16384)
                        .whole("height", 1024, 0, 16384)
                        .whole("crop_w", 0, 0, 16384)
                        .whole("crop_h", 0, 0, 16384)
                        .whole("target_width", 1024, 0, 16384)
                        .whole("target_height", 1024, 0, 16384)
                        .text("text_g")
                        .text("text_l")
                        .out(CONDITIONING),
                node("CLIPTextEncodeSDXLRefiner", "conditioning")
                        .decimal("ascore", "6.0", "0.0", "1000.0", "0.01")
                        .whole("width", 1024, 0, 16384)
                        .whole("height", 1024, 0, 16384)
                        .text("text")
                        .wire("clip", "CLIP")
                        .out(CONDITIONING),
                node("CLIPTextEncodeSD3", "conditioning")
                        .wire("clip", "CLIP")
                        .text("clip_l")
                        .text("clip_g")
                        .text("t5xxl")
                        .choice("empty_padding", "none", "empty_prompt")
                        .out(CONDITIONING),
                node("CLIPTextEncodeFlux", "conditioning/flux")
                        .wire("clip", "CLIP")
                        .text("clip_l")
                        .text("t5xxl")
                        .decimal("guidance", "3.5", "0.0", "100.0", "0.1")
                        .out(CONDITIONING),
                node("FluxGuidance", "conditioning/flux")
                        .wire("conditioning", CONDITIONING)
                        .decimal("guidance", "3.5", "0.0", "100.0", "0.1")
                        .out(CONDITIONING),
                node("FluxDisableGuidance", "conditioning/flux")
                        .wire("conditioning", CONDITIONING)
                        .out(CONDITIONING),
                node("FluxKontextMultiReferenceLatentMethod", "conditioning/flux")
                        .wire("conditioning", CONDITIONING)
                        .choice("reference_latents_method", "offset", "index", "uxo/uno")
                        .moreSince("0.33.0", "index_timestep_zero")
                        .out(CONDITIONING),
                node("ReferenceLatent", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .wire("latent", "LATENT")
                        .optional()
                        .out(CONDITIONING),
                node("ConditioningZeroOut", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .out(CONDITIONING),
                node("ConditioningCombine", "conditioning")
                        .wire("conditioning_1", CONDITIONING)
                        .wire("conditioning_2", CONDITIONING)
                        .out(CONDITIONING),
                node("ConditioningConcat", "conditioning")
                        .wire("conditioning_to", CONDITIONING)
                        .wire("conditioning_from", CONDITIONING)
                        .out(CONDITIONING),
                node("ConditioningAverage", "conditioning")
                        .wire("conditioning_to", CONDITIONING)
                        .wire("conditioning_from", CONDITIONING)
                        .decimal("conditioning_to_strength", "1.0", "0.0", "1.0", "0.01")
                        .out(CONDITIONING),
                node("ConditioningSetTimestepRange", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .decimal("start", "0.0", "0.0", "1.0", "0.001")
                        .decimal("end", "1.0", "0.0", "1.0", "0.001")
                        .out(CONDITIONING),
                node("ConditioningSetMask", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .wire("mask", "MASK")
                        .decimal("strength", "1.0", "0.0", "10.0", "0.01")
                        .choice("set_cond_area", "default", "mask bounds")
                        .out(CONDITIONING),
                node("ConditioningSetArea", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .whole("width", 64, 64, 16384, 8)
                        .whole("height", 64, 64, 16384, 8)
                        .whole("x", 0, 0, 16384, 8)
                        .whole("y", 0, 0, 16384, 8)
                        .decimal("strength", "1.0", "0.0", "10.0", "0.01")
                        .out(CONDITIONING),
                node("ConditioningSetAreaPercentage", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .decimal("width", "1.0", "0", "1.0", "0.01")
                        .decimal("height", "1.0", "0", "1.0", "0.01")
                        .decimal("x", "0", "0", "1.0", "0.01")
                        .decimal("y", "0", "0", "1.0", "0.01")
                        .decimal("strength", "1.0", "0.0", "10.0", "0.01")
                        .out(CONDITIONING),
                node("CLIPVisionEncode", "conditioning")
                        .wire("clip_vision", "CLIP_VISION")
                        .wire("image", "IMAGE")
                        .choice("crop", "center", "none")
                        .out("CLIP_VISION_OUTPUT"),
                node("StyleModelApply", "conditioning")
                        .wire("conditioning", CONDITIONING)
                        .wire("style_model", "STYLE_MODEL")
                        .wire("clip_vision_output", "CLIP_VISION_OUTPUT")
                        .decimal("strength", "1.0", "0.0", "10.0", "0.001")
                        .choice("strength_type", "multiply", "attn_bias")
                        .out(CONDITIONING),
                node("InpaintModelConditioning", "conditioning")
                        .wire("positive", CONDITIONING)
                        .wire("negative", CONDITIONING)
                        .wire("vae", "VAE")
                        .wire("pixels", "IMAGE")
                        .wire("mask", "MASK")
                        .flag("noise_mask", true)
                        .out(CONDITIONING, "positive")
                        .out(CONDITIONING, "negative")
                        .out("LATENT", "latent"),
                node("SetUnionControlNetType", "conditioning/controlnet")
                        .wire("control_net", "CONTROL_NET")
                        .choice("type", CoreLists.UNION_TYPES)
                        .out("CONTROL_NET"),
                node("ControlNetApply", "conditioning/controlnet")
                        .wire("conditioning", CONDITIONING)
                        .wire("control_net", "CONTROL_NET")
                        .wire("image", "IMAGE")
                        .decimal("strength", "1.0", "0.0", "10.0", "0.01")
                        .out(CONDITIONING),
                strengthAndRange(node("ControlNetApplyAdvanced", "conditioning/controlnet")
                                .wire("positive", CONDITIONING)
                                .wire("negative", CONDITIONING)
                                .wire("control_net", "CONTROL_NET")
                                .wire("image", "IMAGE"))
                        .wire("vae", "VAE")
                        .optional()
                        .out(CONDITIONING, "positive")
                        .out(CONDITIONING, "negative"),
                strengthAndRange(node("ControlNetApplySD3", "conditioning/controlnet")
                                .wire("positive", CONDITIONING)
                                .wire("negative", CONDITIONING)
                                .wire("control_net", "CONTROL_NET")
                                .wire("vae", "VAE")
                                .wire("image", "IMAGE"))
                        .out(CONDITIONING, "positive")
                        .out(CONDITIONING, "negative"),
                strengthAndRange(node("ControlNetInpaintingAliMamaApply", "conditioning/controlnet")
                                .wire("positive", CONDITIONING)
                                .wire("negative", CONDITIONING)
                                .wire("control_net", "CONTROL_NET")
                                .wire("vae", "VAE")
                                .wire("image", "IMAGE")
                                .wire("mask", "MASK"))
                        .out(CONDITIONING, "positive")
                        .out(CONDITIONING, "negative"));
    }

    private static Declaration strengthAndRange(Declaration node) {
        return node.decimal("strength", "1.0", "0.0", "10.0", "0.01")
                .decimal("start_percent", "0.0", "0.0", "1.0", "0.001")
                .decimal("end_percent", "1.0", "0.0", "1.0", "0.001");
    }
}

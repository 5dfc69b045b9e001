package dev.comfyrouter.testkit;

import java.util.Map;

/// The models that a node of the demonstration claims to have, by folder, with the sizes of real ones in bytes.
final class DemoModels {

    private DemoModels() {}

    static Map<String, Map<String, Long>> all() {
        return Map.of(
                "checkpoints",
                Map.of(
                        "v1-5.safetensors", 4_265_146_304L,
                        "sdxl-base.safetensors", 6_938_078_334L,
                        "sdxl-refiner.safetensors", 6_075_981_930L),
                "diffusion_models",
                Map.of("flux1-dev.safetensors", 23_802_932_552L, "flux1-schnell.safetensors", 23_782_506_688L),
                "text_encoders",
                Map.of("t5xxl_fp16.safetensors", 9_787_841_024L, "clip_l.safetensors", 246_144_152L),
                "vae",
                Map.of("ae.safetensors", 335_304_388L, "vae-ft-mse.safetensors", 334_641_190L),
                "loras",
                Map.of("detail-lora.safetensors", 151_108_832L),
                "controlnet",
                Map.of("control-canny.safetensors", 1_445_157_120L),
                "upscale_models",
                Map.of("4x-ultrasharp.pth", 66_961_958L),
                "clip_vision",
                Map.of("sigclip_vision_patch14_384.safetensors", 856_505_640L),
                "style_models",
                Map.of("flux1-redux-dev.safetensors", 129_063_232L));
    }
}

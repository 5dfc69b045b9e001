package dev.comfyrouter.workflows;

import java.util.Arrays;
import java.util.Optional;

/// A folder below ComfyUI's `models/` in which a loader node looks for its files (a "category" in ComfyUI's
/// words).
public enum ModelFolder {
    CHECKPOINTS("checkpoints"),
    DIFFUSION_MODELS("diffusion_models", "unet"),
    TEXT_ENCODERS("text_encoders", "clip"),
    VAE("vae"),
    LORAS("loras"),
    CONTROLNET("controlnet", "t2i_adapter"),
    UPSCALE_MODELS("upscale_models"),
    CLIP_VISION("clip_vision"),
    STYLE_MODELS("style_models"),
    EMBEDDINGS("embeddings"),
    HYPERNETWORKS("hypernetworks"),
    GLIGEN("gligen"),
    PHOTOMAKER("photomaker"),
    VAE_APPROX("vae_approx"),
    MODEL_PATCHES("model_patches"),
    AUDIO_ENCODERS("audio_encoders"),
    LATENT_UPSCALE_MODELS("latent_upscale_models");

    private final String folder;
    private final Optional<String> oldName;

    ModelFolder(String folder) {
        this.folder = folder;
        this.oldName = Optional.empty();
    }

    ModelFolder(String folder, String oldName) {
        this.folder = folder;
        this.oldName = Optional.of(oldName);
    }

    /// The folder's name below `models/`, as `/models/{folder}` and the file system know it.
    public String folder() {
        return folder;
    }

    /// The folder of that name; `unet`, `clip` and `t2i_adapter` are accepted as the old names that ComfyUI
    /// still reads.
    public static Optional<ModelFolder> named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.folder.equals(name)
                        || each.oldName.filter(name::equals).isPresent())
                .findFirst();
    }
}

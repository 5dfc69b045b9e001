package dev.comfyrouter.workflows;

/// The settings that Stable Diffusion 1.5 and XL share, beyond those of all recipes.
///
/// @param <R> the recipe
/// @param <B> the builder itself
public abstract sealed class CheckpointBuilder<R extends Recipe, B extends CheckpointBuilder<R, B>>
        extends RecipeBuilder<R, B> permits Sd15.Builder, Sdxl.Builder {

    CheckpointBuilder(RecipeType type, String prompt, ModelRef checkpoint) {
        super(type, prompt);
        set(Table.CHECKPOINT, checkpoint);
    }

    public B negativePrompt(String text) {
        return set(Table.NEGATIVE_PROMPT, text);
    }

    /// 0 to 100.
    public B cfgScale(double scale) {
        return set(Table.CFG_SCALE, scale);
    }

    /// The layer of CLIP that is used, counted from the last one, which is 1; up to 12.
    public B clipSkip(int layer) {
        return set(Table.CLIP_SKIP, layer);
    }

    /// A VAE instead of the checkpoint's own.
    public B vae(ModelRef vae) {
        return set(Table.VAE, vae);
    }
}

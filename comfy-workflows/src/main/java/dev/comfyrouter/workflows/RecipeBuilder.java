package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The settings that all recipes share. A value out of its range fails in the call that gives it; what does
/// not go together fails in [#build()].
///
/// @param <R> the recipe
/// @param <B> the builder itself
public abstract sealed class RecipeBuilder<R extends Recipe, B extends RecipeBuilder<R, B>>
        permits CheckpointBuilder, Flux.Builder {
    private final RecipeType type;
    private final List<Lora> loras = new ArrayList<>();
    private final List<ControlNet> controlNets = new ArrayList<>();
    private Values values;

    RecipeBuilder(RecipeType type, String prompt) {
        this.type = type;
        this.values = new Values(type, Map.of());
        set(Table.PROMPT, prompt);
    }

    abstract B self();

    abstract R make(Values values);

    final <T> B set(Field<T> field, T value) {
        values = values.with(field, field.kind(type).checked(field.name(), value));
        return self();
    }

    final B set(Field<BigDecimal> field, double value) {
        if (!Double.isFinite(value))
            throw new IllegalArgumentException(field.name() + " is a finite number, not " + value);
        return set(field, Numbers.tidy(value));
    }

    /// Width and height in pixels, 16 to 8192; multiples of 8, for Flux of 16.
    public B size(int width, int height) {
        set(Table.WIDTH, width);
        return set(Table.HEIGHT, height);
    }

    /// How many pictures are made at once, 1 to 64.
    public B batchSize(int pictures) {
        return set(Table.BATCH_SIZE, pictures);
    }

    /// 1 to 1000.
    public B steps(int count) {
        return set(Table.STEPS, count);
    }

    /// ComfyUI's names, such as `euler` and `normal`.
    public B sampler(String sampler, String scheduler) {
        set(Table.SAMPLER, sampler);
        return set(Table.SCHEDULER, scheduler);
    }

    /// 0 to 2⁶⁴−1, as the bits of a `long`.
    public B seed(long seed) {
        return seed(new BigInteger(Long.toUnsignedString(seed)));
    }

    /// 0 to 2⁶⁴−1.
    public B seed(BigInteger seed) {
        return set(Table.SEED, new Numbers.Seed.Value(seed, false));
    }

    /// Another LoRA; up to 16.
    public B lora(Lora lora) {
        loras.add(lora);
        return set(Table.LORAS, List.copyOf(loras));
    }

    /// Another ControlNet; up to 8.
    public B controlNet(ControlNet net) {
        controlNets.add(net);
        return set(Table.CONTROLNETS, List.copyOf(controlNets));
    }

    /// Starts from a picture and changes it.
    ///
    /// @param denoise above 0, at most 1: how much may change
    public B imageToImage(ImageRef image, double denoise) {
        set(Table.INPUT_IMAGE, image);
        return set(Table.DENOISE, denoise);
    }

    /// Paints a picture anew where the mask is white.
    public B inpaint(ImageRef image, ImageRef mask) {
        set(Table.INPUT_IMAGE, image);
        return set(Table.INPUT_MASK, mask);
    }

    /// Paints a picture anew where the mask is white.
    ///
    /// @param grow by how many pixels the mask is widened, 0 to 256
    /// @param denoise above 0, at most 1: how much may change there
    public B inpaint(ImageRef image, ImageRef mask, int grow, double denoise) {
        set(Table.MASK_GROW, grow);
        set(Table.DENOISE, denoise);
        return inpaint(image, mask);
    }

    /// Paints a picture anew where it is transparent.
    public B inpaintTransparency(ImageRef image) {
        set(Table.INPUT_IMAGE, image);
        return set(Table.MASK_FROM_ALPHA, true);
    }

    /// A second pass of sampling on the enlarged latent.
    public B hires(Hires hires) {
        return set(Table.HIRES, hires);
    }

    /// Enlarges the finished picture.
    public B upscale(Upscale upscale) {
        return set(Table.UPSCALE, upscale);
    }

    /// The format in which a router delivers the result; ComfyUI itself always writes PNG.
    ///
    /// @param quality 1 to 100; of use for JPEG and WebP
    public B output(PictureHeader.Format format, int quality) {
        set(Table.OUTPUT_FORMAT, format.name().toLowerCase(Locale.ROOT));
        return set(Table.QUALITY, quality);
    }

    /// Keeps the picture in the output folder of the node that made it.
    public B keepOnNode() {
        return set(Table.KEEP_ON_NODE, true);
    }

    /// The recipe.
    ///
    /// @throws InvalidWorkflow with everything that does not go together
    public R build() throws InvalidWorkflow {
        return make(Request.of(values).values());
    }
}

package dev.comfyrouter.workflows;

/// Pictures with Flux: dev, schnell, Fill, Kontext and Redux.
public final class Flux extends TypedRecipe implements Recipe {
    Flux(Values values) {
        super(values);
    }

    /// A Flux in four files.
    ///
    /// @param model a file of `models/diffusion_models`; `schnell` or `fill` in its name says which Flux it is
    /// @param t5xxl a file of `models/text_encoders`
    /// @param clip a file of `models/text_encoders`
    /// @param vae a file of `models/vae`
    public static Builder builder(String prompt, ModelRef model, ModelRef t5xxl, ModelRef clip, ModelRef vae) {
        var builder = new Builder(prompt);
        builder.set(Table.UNET, model);
        builder.set(Table.T5XXL, t5xxl);
        builder.set(Table.CLIP, clip);
        return builder.set(Table.VAE, vae);
    }

    /// A Flux in one file of `models/checkpoints`.
    public static Builder builder(String prompt, ModelRef checkpoint) {
        return new Builder(prompt).set(Table.CHECKPOINT, checkpoint);
    }

    @Override
    Recipe with(Values changed) {
        return new Flux(changed);
    }

    /// Which Flux a file holds.
    public enum Variant {
        DEV("dev"),
        SCHNELL("schnell"),
        FILL("fill");

        private final String word;

        Variant(String word) {
            this.word = word;
        }
    }

    /// The settings of a recipe that may be left as they are.
    public static final class Builder extends RecipeBuilder<Flux, Builder> {
        private Builder(String prompt) {
            super(RecipeType.FLUX, prompt);
        }

        /// Needed only when the file's name does not tell.
        public Builder variant(Variant variant) {
            return set(Table.UNET_TYPE, variant.word);
        }

        /// `default`, `fp8_e4m3fn`, `fp8_e4m3fn_fast` or `fp8_e5m2`.
        public Builder weightType(String name) {
            return set(Table.UNET_DTYPE, name);
        }

        /// 0 to 100; 3.5, for Kontext 2.5, for Fill 30 unless set. Not for schnell.
        public Builder guidance(double guidance) {
            return set(Table.GUIDANCE, guidance);
        }

        /// Samples against what is not wanted as well, in twice the time.
        ///
        /// @param trueCfg above 1, at most 100
        public Builder unwanted(String text, double trueCfg) {
            set(Table.TRUE_CFG, trueCfg);
            return set(Table.NEGATIVE_PROMPT, text);
        }

        public Builder redux(Redux redux) {
            return set(Table.REDUX, redux);
        }

        public Builder kontext(Kontext kontext) {
            return set(Table.KONTEXT, kontext);
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Flux make(Values values) {
            return new Flux(values);
        }
    }
}

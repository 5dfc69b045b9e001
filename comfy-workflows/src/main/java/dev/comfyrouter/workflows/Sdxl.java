package dev.comfyrouter.workflows;

/// Pictures with Stable Diffusion XL, also with its refiner.
public final class Sdxl extends TypedRecipe implements Recipe {
    Sdxl(Values values) {
        super(values);
    }

    public static Builder builder(String prompt, ModelRef checkpoint) {
        return new Builder(prompt, checkpoint);
    }

    @Override
    Recipe with(Values changed) {
        return new Sdxl(changed);
    }

    /// The settings of a recipe that may be left as they are.
    public static final class Builder extends CheckpointBuilder<Sdxl, Builder> {
        private Builder(String prompt, ModelRef checkpoint) {
            super(RecipeType.SDXL, prompt, checkpoint);
        }

        public Builder refiner(Refiner refiner) {
            return set(Table.REFINER, refiner);
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Sdxl make(Values values) {
            return new Sdxl(values);
        }
    }
}

package dev.comfyrouter.workflows;

/// Pictures with Stable Diffusion 1.5.
///
/// ```java
/// var recipe = Sd15.builder("a lighthouse in a storm", ModelRef.of("v1-5.safetensors")).steps(30).build();
/// ```
public final class Sd15 extends TypedRecipe implements Recipe {
    Sd15(Values values) {
        super(values);
    }

    public static Builder builder(String prompt, ModelRef checkpoint) {
        return new Builder(prompt, checkpoint);
    }

    @Override
    Recipe with(Values changed) {
        return new Sd15(changed);
    }

    /// The settings of a recipe that may be left as they are.
    public static final class Builder extends CheckpointBuilder<Sd15, Builder> {
        private Builder(String prompt, ModelRef checkpoint) {
            super(RecipeType.SD15, prompt, checkpoint);
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Sd15 make(Values values) {
            return new Sd15(values);
        }
    }
}

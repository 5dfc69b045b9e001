package dev.comfyrouter.workflows;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What all recipes have in common: checked values, and what follows from them.
abstract sealed class TypedRecipe permits Sd15, Sdxl, Flux {
    private static final SecureRandom RANDOM = new SecureRandom();
    /// JavaScript reads every whole number below this exactly.
    private static final int DRAWN_BITS = 53;

    private final Values values;

    TypedRecipe(Values values) {
        this.values = values.has(Table.SEED) ? values : values.with(Table.SEED, drawn());
    }

    private static Numbers.Seed.Value drawn() {
        return new Numbers.Seed.Value(new BigInteger(DRAWN_BITS, RANDOM), true);
    }

    Values values() {
        return values;
    }

    abstract Recipe with(Values changed);

    public String type() {
        return values.type().publicName();
    }

    public String prompt() {
        return values.get(Table.PROMPT);
    }

    public BigInteger seed() {
        return values.get(Table.SEED).number();
    }

    public boolean seedGiven() {
        return !values.get(Table.SEED).drawn();
    }

    public Recipe withSeed(BigInteger seed) {
        var value = new Numbers.Seed.Value(seed, false);
        return with(values.with(Table.SEED, new Numbers.Seed().checked("seed", value)));
    }

    public Recipe withDrawnSeed() {
        return with(values.with(Table.SEED, drawn()));
    }

    public int batchSize() {
        return values.get(Table.BATCH_SIZE);
    }

    public PictureHeader.Format outputFormat() {
        return switch (values.get(Table.OUTPUT_FORMAT)) {
            case "jpeg" -> PictureHeader.Format.JPEG;
            case "webp" -> PictureHeader.Format.WEBP;
            default -> PictureHeader.Format.PNG;
        };
    }

    public int quality() {
        return values.given(Table.QUALITY).orElse(90);
    }

    public boolean keepOnNode() {
        return values.get(Table.KEEP_ON_NODE);
    }

    public List<String> warnings() {
        return Rules.warnings(values);
    }

    public String paramsJson() {
        return Json.write(Table.SHAPE.write(values, Kind.Form.PUBLIC));
    }

    public String storedJson() {
        return Json.write(Table.SHAPE.write(values, Kind.Form.STORED));
    }

    public List<ModelUse> models() {
        return Uses.models(values);
    }

    public List<ImageUse> images() {
        return Uses.images(values);
    }

    public Workflow workflow(Recipe.Files files) throws InvalidWorkflow {
        return new Pipeline(values, files).workflow();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TypedRecipe that
                && Table.SHAPE.same(values.without(Table.SEED), that.values.without(Table.SEED))
                && seed().equals(that.seed());
    }

    @Override
    public int hashCode() {
        return 31 * Table.SHAPE.hash(values.without(Table.SEED)) + seed().hashCode();
    }

    @Override
    public String toString() {
        return type() + paramsJson();
    }

    /// Every file the values name, with its place.
    private static final class Uses {
        private final List<ModelUse> models = new ArrayList<>();
        private final List<ImageUse> images = new ArrayList<>();

        static List<ModelUse> models(Values values) {
            var uses = new Uses();
            uses.collect(values);
            return List.copyOf(uses.models);
        }

        static List<ImageUse> images(Values values) {
            var uses = new Uses();
            uses.collect(values);
            return List.copyOf(uses.images);
        }

        private void collect(Values values) {
            model("/checkpoint", ModelFolder.CHECKPOINTS, values.given(Table.CHECKPOINT));
            model("/unet", ModelFolder.DIFFUSION_MODELS, values.given(Table.UNET));
            model("/t5xxl", ModelFolder.TEXT_ENCODERS, values.given(Table.T5XXL));
            model("/clip", ModelFolder.TEXT_ENCODERS, values.given(Table.CLIP));
            model("/vae", ModelFolder.VAE, values.given(Table.VAE));
            var loras = values.get(Table.LORAS);
            for (int index = 0; index < loras.size(); index++)
                model(
                        "/loras/" + index + "/model",
                        ModelFolder.LORAS,
                        Optional.of(loras.get(index).model()));
            image("/input_image", values.given(Table.INPUT_IMAGE));
            image("/input_mask", values.given(Table.INPUT_MASK));
            var nets = values.get(Table.CONTROLNETS);
            for (int index = 0; index < nets.size(); index++) {
                model(
                        "/controlnets/" + index + "/model",
                        ModelFolder.CONTROLNET,
                        Optional.of(nets.get(index).model()));
                image("/controlnets/" + index + "/image", nets.get(index).image());
            }
            values.find(Table.REDUX).ifPresent(redux -> {
                image("/redux/image", Optional.of(redux.image()));
                model("/redux/style_model", ModelFolder.STYLE_MODELS, Optional.of(redux.styleModel()));
                model("/redux/clip_vision", ModelFolder.CLIP_VISION, Optional.of(redux.clipVision()));
            });
            values.find(Table.KONTEXT).ifPresent(kontext -> {
                for (int index = 0; index < kontext.images().size(); index++)
                    image(
                            "/kontext/images/" + index,
                            Optional.of(kontext.images().get(index)));
            });
            values.find(Table.REFINER)
                    .ifPresent(
                            refiner -> model("/refiner/model", ModelFolder.CHECKPOINTS, Optional.of(refiner.model())));
            values.find(Table.UPSCALE)
                    .ifPresent(upscale ->
                            model("/upscale/model", ModelFolder.UPSCALE_MODELS, Optional.of(upscale.model())));
        }

        private void model(String pointer, ModelFolder folder, Optional<ModelRef> ref) {
            ref.ifPresent(found -> models.add(new ModelUse(pointer, folder, found)));
        }

        private void image(String pointer, Optional<ImageRef> ref) {
            ref.ifPresent(found -> images.add(new ImageUse(pointer, found)));
        }
    }
}

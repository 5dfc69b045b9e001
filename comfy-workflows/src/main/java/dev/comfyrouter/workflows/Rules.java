package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What only shows when several parameters are looked at together.
final class Rules {
    private final Values values;
    /// Whether the request has the parameter, be it right or wrong.
    private final Predicate<Field<?>> mentioned;

    private final List<Problem> problems = new ArrayList<>();

    private Rules(Values values, Predicate<Field<?>> mentioned) {
        this.values = values;
        this.mentioned = mentioned;
    }

    static List<Problem> problems(Values values, Predicate<Field<?>> mentioned) {
        var rules = new Rules(values, mentioned);
        rules.pictures();
        if (values.type() == RecipeType.FLUX) rules.flux();
        if (values.type() == RecipeType.SDXL) rules.refiner();
        rules.sizes();
        return rules.problems;
    }

    private void pictures() {
        if (mentioned.test(Table.INPUT_MASK) && !mentioned.test(Table.INPUT_IMAGE))
            problem(
                    Table.INPUT_MASK,
                    "needs input_image: give the picture that is painted anew where input_mask is white");
        if (values.get(Table.MASK_FROM_ALPHA)) {
            if (!mentioned.test(Table.INPUT_IMAGE))
                problem(
                        Table.MASK_FROM_ALPHA,
                        "needs input_image: give the picture that is painted anew where it is transparent");
            else if (!values.has(Table.INPUT_MASK)
                    && values.given(Table.INPUT_IMAGE).filter(Rules::isOpaque).isPresent())
                problem(Table.MASK_FROM_ALPHA, "needs a transparent picture; input_image has no transparency");
        }
        var nets = values.get(Table.CONTROLNETS);
        for (int index = 0; index < nets.size(); index++)
            if (nets.get(index).image().isEmpty() && !mentioned.test(Table.INPUT_IMAGE))
                problems.add(new Problem(
                        "/controlnets/" + index + "/image",
                        "image is required, here or as the input_image of the request"));
    }

    private static boolean isOpaque(ImageRef image) {
        return image instanceof ImageRef.Inline inline && !inline.header().alpha();
    }

    private void flux() {
        var split = List.of(Table.UNET, Table.T5XXL, Table.CLIP);
        if (mentioned.test(Table.CHECKPOINT)) {
            for (var field : split)
                if (mentioned.test(field))
                    problem(
                            field,
                            "does not go with checkpoint: give checkpoint alone, or unet with t5xxl, clip and vae");
        } else if (!mentioned.test(Table.UNET) && !mentioned.test(Table.T5XXL) && !mentioned.test(Table.CLIP)) {
            problems.add(new Problem("", "Flux needs checkpoint, or unet with t5xxl, clip and vae"));
        } else {
            for (var field : List.of(Table.UNET, Table.T5XXL, Table.CLIP, Table.VAE))
                if (!mentioned.test(field))
                    problem(field, "is required: unet goes with t5xxl, clip and vae (or give checkpoint alone)");
        }
        if (!isWrong(Table.TRUE_CFG)
                && values.get(Table.TRUE_CFG).compareTo(BigDecimal.ONE) <= 0
                && !values.get(Table.NEGATIVE_PROMPT).isEmpty())
            problem(
                    Table.NEGATIVE_PROMPT,
                    "has no effect on Flux unless true_cfg is above 1; leave it out or raise true_cfg");
        if (isSchnell(values)) {
            if (mentioned.test(Table.GUIDANCE))
                problem(Table.GUIDANCE, "does not go with schnell, which was taught without it");
        } else if (mentioned.test(Table.GUIDANCE) && mentioned.test(Table.CFG_SCALE)) {
            problem(Table.CFG_SCALE, "is the old name of guidance; give only guidance");
        }
    }

    private void refiner() {
        if (Stream.of(Table.STEPS, Table.DENOISE, Table.INPUT_IMAGE, Table.INPUT_MASK)
                .anyMatch(this::isWrong)) return;
        values.given(Table.REFINER).ifPresent(refiner -> {
            var steps = values.get(Table.STEPS);
            var end = switchStep(values, refiner);
            var start = startStep(values);
            var name = "switch_at " + refiner.switchAt().toPlainString() + " of " + steps + " steps ";
            if (end >= steps)
                problems.add(new Problem(
                        "/refiner/switch_at",
                        name + "leaves nothing to the refiner; lower it or leave the refiner out"));
            else if (end <= start)
                problems.add(new Problem(
                        "/refiner/switch_at",
                        name + "leaves nothing to the base model, which starts at step " + start + "; raise it"));
        });
    }

    /// The step at which the refiner takes over.
    static int switchStep(Values values, Refiner refiner) {
        return share(values.get(Table.STEPS), refiner.switchAt());
    }

    /// The step at which sampling starts when the input image is to show through.
    static int startStep(Values values) {
        return share(values.get(Table.STEPS), BigDecimal.ONE.subtract(denoise(values)));
    }

    private static int share(int steps, BigDecimal share) {
        return share.multiply(BigDecimal.valueOf(steps))
                .setScale(0, RoundingMode.HALF_UP)
                .intValueExact();
    }

    private void sizes() {
        if (Stream.of(Table.WIDTH, Table.HEIGHT, Table.INPUT_IMAGE, Table.KONTEXT)
                .anyMatch(this::isWrong)) return;
        var input = values.given(Table.INPUT_IMAGE);
        var reference =
                values.find(Table.KONTEXT).map(kontext -> kontext.images().getFirst());
        var inputSize = input.flatMap(Sizes::known);
        var referenceSize = reference.flatMap(Sizes::known);
        var isKnown = (values.has(Table.WIDTH) && values.has(Table.HEIGHT))
                || inputSize.isPresent()
                || (input.isEmpty() && (reference.isEmpty() || referenceSize.isPresent()));
        if (isKnown) problems.addAll(Sizes.of(values, inputSize, referenceSize).problems());
    }

    /// Whether the request has it, and what it has was refused: what would follow from it is not known.
    private boolean isWrong(Field<?> field) {
        return mentioned.test(field) && !values.has(field);
    }

    private void problem(Field<?> field, String predicate) {
        problems.add(new Problem(Problem.child("", field.name()), field.name() + " " + predicate));
    }

    static boolean isInpainting(Values values) {
        return values.has(Table.INPUT_IMAGE) && (values.has(Table.INPUT_MASK) || values.get(Table.MASK_FROM_ALPHA));
    }

    static BigDecimal denoise(Values values) {
        return values.given(Table.DENOISE)
                .orElse(
                        values.has(Table.INPUT_IMAGE) && !isInpainting(values)
                                ? new BigDecimal("0.75")
                                : BigDecimal.ONE);
    }

    static boolean isSchnell(Values values) {
        return variant(values).equals("schnell");
    }

    /// `dev`, `schnell` or `fill`: as given, or by the name of the file.
    static String variant(Values values) {
        return values.find(Table.UNET_TYPE).orElseGet(() -> {
            var file = values.given(Table.UNET)
                    .or(() -> values.given(Table.CHECKPOINT))
                    .map(Rules::fileName)
                    .orElse("");
            if (file.contains("schnell")) return "schnell";
            return file.contains("fill") ? "fill" : "dev";
        });
    }

    private static String fileName(ModelRef model) {
        var name = switch (model) {
            case ModelRef.Named(var file) -> file;
            case ModelRef.Remote(var url, var hash) ->
                Optional.ofNullable(url.getPath()).orElse("");
        };
        return name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    }

    static List<String> warnings(Values values) {
        var warnings = new ArrayList<String>();
        if (values.has(Table.MASK_GROW) && !isInpainting(values))
            warnings.add("mask_grow has no effect without a mask");
        if (values.get(Table.MASK_FROM_ALPHA) && values.has(Table.INPUT_MASK))
            warnings.add("mask_from_alpha has no effect beside input_mask");
        if (values.has(Table.QUALITY) && values.get(Table.OUTPUT_FORMAT).equals("png"))
            warnings.add("quality has no effect on png");
        if (values.type() != RecipeType.FLUX) return warnings;
        var variant = variant(values);
        if (values.has(Table.CFG_SCALE)) warnings.add("cfg_scale has no effect on Flux schnell");
        if (values.has(Table.CHECKPOINT) && !values.get(Table.UNET_DTYPE).equals("default"))
            warnings.add("unet_dtype has no effect on a checkpoint");
        if (variant.equals("fill") && !isInpainting(values))
            warnings.add(
                    "a Fill model paints into a picture; without input_image and input_mask it makes little sense");
        return warnings;
    }
}

package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Field.member;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The kinds of the table's nested objects: LoRAs, ControlNets, upscaling, hires, refiner, Redux, Kontext.
final class Parts {
    static final Numbers.Whole STEPS = new Numbers.Whole(1, 1000);
    static final Numbers.Decimal DENOISE = Numbers.Decimal.above("0", "1", "0.01");
    static final Numbers.Decimal SHARE = Numbers.Decimal.between("0", "1", "0.01");
    static final Numbers.Decimal LORA_WEIGHT = Numbers.Decimal.between("-10", "10", "0.05");
    static final Numbers.Decimal CONTROL_WEIGHT = Numbers.Decimal.between("0", "10", "0.05");
    static final Numbers.Decimal STRENGTH = Numbers.Decimal.between("0", "10", "0.05");
    static final Numbers.Decimal UPSCALE_SCALE = Numbers.Decimal.between("1", "8", "0.5");
    static final Numbers.Decimal HIRES_SCALE = Numbers.Decimal.between("1", "4", "0.25");
    static final BigDecimal HIRES_DENOISE = new BigDecimal("0.5");
    static final BigDecimal SWITCH_AT = new BigDecimal("0.8");
    static final Kinds.Several<ImageRef> KONTEXT_IMAGES = new Kinds.Several<>(new References.Image(), 1, 4);

    private static final BigDecimal ONE = Numbers.tidy(BigDecimal.ONE);
    private static final BigDecimal ZERO = Numbers.tidy(BigDecimal.ZERO);

    private static final Field<ModelRef> LORA_MODEL = member(
                    "model", new References.Model(ModelFolder.LORAS), "The LoRA.")
            .required();
    private static final Field<BigDecimal> WEIGHT = member(
                    "weight", LORA_WEIGHT, "How strongly it works; 1 is as its author meant it.")
            .everywhere(LORA_WEIGHT, ONE);

    static final Kind<Lora> LORA = composite(
            List.of(LORA_MODEL, WEIGHT),
            values -> new Lora(values.get(LORA_MODEL), values.get(WEIGHT)),
            lora -> values(Map.of(LORA_MODEL, lora.model(), WEIGHT, lora.weight())));

    private static final Field<ModelRef> UPSCALER = member(
                    "model", new References.Model(ModelFolder.UPSCALE_MODELS), "The upscaling model.")
            .required();
    private static final Field<BigDecimal> SCALE = member(
                    "scale", UPSCALE_SCALE, "The final size is the picture's size times this.")
            .required();

    static final Kind<Upscale> UPSCALE = composite(
            List.of(UPSCALER, SCALE),
            values -> new Upscale(values.get(UPSCALER), values.get(SCALE)),
            upscale -> values(Map.of(UPSCALER, upscale.model(), SCALE, upscale.scale())));

    private static final Field<BigDecimal> LATENT_SCALE = member(
                    "scale", HIRES_SCALE, "By how much the latent is enlarged before the second pass.")
            .required();
    private static final Field<BigDecimal> SECOND_DENOISE =
            member("denoise", DENOISE, "How much the second pass may change.").everywhere(DENOISE, HIRES_DENOISE);
    private static final Field<Integer> SECOND_STEPS =
            member("steps", STEPS, "Steps of the second pass; as many as the first unless given.");

    static final Kind<Hires> HIRES = composite(
            List.of(LATENT_SCALE, SECOND_DENOISE, SECOND_STEPS),
            values -> new Hires(values.get(LATENT_SCALE), values.get(SECOND_DENOISE), values.given(SECOND_STEPS)),
            hires -> with(
                    values(Map.of(LATENT_SCALE, hires.scale(), SECOND_DENOISE, hires.denoise())),
                    SECOND_STEPS,
                    hires.steps()));

    private static final Field<ModelRef> REFINER_MODEL = member(
                    "model", new References.Model(ModelFolder.CHECKPOINTS), "The refiner's checkpoint.")
            .required();
    private static final Field<BigDecimal> SWITCH = member(
                    "switch_at", SHARE, "The share of the steps after which the refiner takes over.")
            .everywhere(SHARE, SWITCH_AT);

    static final Kind<Refiner> REFINER = composite(
            List.of(REFINER_MODEL, SWITCH),
            values -> new Refiner(values.get(REFINER_MODEL), values.get(SWITCH)),
            refiner -> values(Map.of(REFINER_MODEL, refiner.model(), SWITCH, refiner.switchAt())));

    static final Field<ImageRef> REDUX_IMAGE = member(
                    "image", new References.Image(), "The picture whose style and content steer the new one.")
            .required();
    static final Field<ModelRef> STYLE_MODEL = member(
                    "style_model", new References.Model(ModelFolder.STYLE_MODELS), "The Redux model.")
            .required();
    static final Field<ModelRef> CLIP_VISION = member(
                    "clip_vision",
                    new References.Model(ModelFolder.CLIP_VISION),
                    "The model that looks at the picture.")
            .required();
    private static final Field<BigDecimal> REDUX_STRENGTH =
            member("strength", STRENGTH, "How strongly it works.").everywhere(STRENGTH, ONE);

    static final Kind<Redux> REDUX = composite(
            List.of(REDUX_IMAGE, STYLE_MODEL, CLIP_VISION, REDUX_STRENGTH),
            values -> new Redux(
                    values.get(REDUX_IMAGE),
                    values.get(STYLE_MODEL),
                    values.get(CLIP_VISION),
                    values.get(REDUX_STRENGTH)),
            redux -> values(Map.of(
                    REDUX_IMAGE, redux.image(),
                    STYLE_MODEL, redux.styleModel(),
                    CLIP_VISION, redux.clipVision(),
                    REDUX_STRENGTH, redux.strength())));

    private static final Field<List<ImageRef>> REFERENCES = member(
                    "images", KONTEXT_IMAGES, "The pictures that the prompt speaks about.")
            .required();

    static final Kind<Kontext> KONTEXT = composite(
            List.of(REFERENCES),
            values -> new Kontext(values.get(REFERENCES)),
            kontext -> values(Map.of(REFERENCES, kontext.images())));

    private static final Kinds.Word RESIZE_WORDS = new Kinds.Word(
            lists -> Arrays.stream(ControlNet.Resize.values())
                    .map(ControlNet.Resize::word)
                    .toList(),
            oldResizeWords());
    private static final Field<ModelRef> CONTROL_MODEL = member(
                    "model", new References.Model(ModelFolder.CONTROLNET), "The ControlNet.")
            .required();
    private static final Field<ImageRef> CONTROL_IMAGE =
            member("image", new References.Image(), "The picture that steers; the input picture unless given.");
    private static final Field<String> PREPROCESSOR = member(
            "preprocessor",
            Kinds.Word.of(Preprocessor.names()),
            "What is made of the picture first; nothing unless given.");
    private static final Field<Map<String, JsonNode>> PREPROCESSOR_PARAMS =
            member("preprocessor_params", new Anything(), "The preprocessor's own parameters.");
    private static final Field<BigDecimal> CONTROL_STRENGTH =
            member("weight", CONTROL_WEIGHT, "How strongly it steers.").everywhere(CONTROL_WEIGHT, ONE);
    private static final Field<BigDecimal> START_AT = member(
                    "start_at", SHARE, "The share of the steps after which it begins.")
            .everywhere(SHARE, ZERO);
    private static final Field<BigDecimal> END_AT = member(
                    "end_at", SHARE, "The share of the steps after which it ends.")
            .everywhere(SHARE, ONE);
    private static final Field<String> RESIZE_MODE = member(
                    "resize_mode", RESIZE_WORDS, "How a picture of another shape is brought to the output size.")
            .everywhere(RESIZE_WORDS, ControlNet.Resize.CROP.word());
    private static final Field<String> UNION_TYPE = member(
            "union_type",
            Kinds.Word.of(CoreLists.UNION_TYPES),
            "What the picture shows, for a union model that knows several kinds.");

    static final Kind<ControlNet> CONTROL_NET = new Composite<>(
            new Shape(List.of(
                    CONTROL_MODEL,
                    CONTROL_IMAGE,
                    PREPROCESSOR,
                    PREPROCESSOR_PARAMS,
                    CONTROL_STRENGTH,
                    START_AT,
                    END_AT,
                    RESIZE_MODE,
                    UNION_TYPE)),
            Parts::controlNet,
            Parts::controlNet,
            Parts::checkControlNet);

    private Parts() {}

    private static Map<String, String> oldResizeWords() {
        var words = new HashMap<String, String>();
        for (var mode : ControlNet.Resize.values()) words.put(mode.oldWord(), mode.word());
        return words;
    }

    private static void checkControlNet(Values values, String pointer, Reading reading) {
        if (values.get(START_AT).compareTo(values.get(END_AT)) > 0)
            reading.wrong(
                    Problem.child(pointer, "start_at"),
                    "is " + values.get(START_AT) + ", behind end_at " + values.get(END_AT) + "; exchange them");
        var parameters = values.given(PREPROCESSOR_PARAMS);
        var at = Problem.child(pointer, "preprocessor_params");
        values.given(PREPROCESSOR)
                .ifPresentOrElse(
                        name -> Preprocessing.read(Preprocessor.named(name), parameters.orElse(Map.of()), at, reading),
                        () -> {
                            if (!parameters.orElse(Map.of()).isEmpty())
                                reading.wrong(at, "belongs to a preprocessor; give its name in preprocessor");
                        });
    }

    private static ControlNet controlNet(Values values) {
        var trusted = new Reading(values.type(), SamplerLists.core(), Reading.Source.STORED);
        return new ControlNet(
                values.get(CONTROL_MODEL),
                values.given(CONTROL_IMAGE),
                values.given(PREPROCESSOR)
                        .map(name -> Preprocessing.read(
                                Preprocessor.named(name),
                                values.given(PREPROCESSOR_PARAMS).orElse(Map.of()),
                                "",
                                trusted)),
                values.get(CONTROL_STRENGTH),
                values.get(START_AT),
                values.get(END_AT),
                Arrays.stream(ControlNet.Resize.values())
                        .filter(mode -> mode.word().equals(values.get(RESIZE_MODE)))
                        .findFirst()
                        .orElseThrow(),
                values.given(UNION_TYPE)
                        .map(word -> Arrays.stream(ControlNet.UnionType.values())
                                .filter(type -> type.word().equals(word))
                                .findFirst()
                                .orElseThrow()));
    }

    private static Values controlNet(ControlNet net) {
        var values = values(Map.of(
                CONTROL_MODEL, net.model(),
                CONTROL_STRENGTH, net.weight(),
                START_AT, net.startAt(),
                END_AT, net.endAt(),
                RESIZE_MODE, net.resize().word()));
        values = with(values, CONTROL_IMAGE, net.image());
        values = with(values, PREPROCESSOR, net.preprocessing().map(Preprocessing::name));
        values = with(
                values,
                PREPROCESSOR_PARAMS,
                net.preprocessing().map(Preprocessing::parameters).filter(parameters -> !parameters.isEmpty()));
        return with(values, UNION_TYPE, net.unionType().map(ControlNet.UnionType::word));
    }

    private static <T> Composite<T> composite(
            List<Field<?>> fields, Function<Values, T> make, Function<T, Values> take) {
        return new Composite<>(new Shape(fields), make, take, (values, pointer, reading) -> {});
    }

    /// Members of nested objects are the same for every recipe.
    private static Values values(Map<Field<?>, Object> members) {
        return new Values(RecipeType.SDXL, new HashMap<>(members));
    }

    private static <T> Values with(Values values, Field<T> field, Optional<T> value) {
        return value.map(present -> values.with(field, present)).orElse(values);
    }

    /// An object whose members are checked elsewhere.
    private record Anything() implements Kind<Map<String, JsonNode>> {
        @Override
        public Optional<Map<String, JsonNode>> read(JsonNode json, String pointer, Reading reading) {
            if (json.isObject()) return Optional.of(Preprocessing.members(json));
            reading.wrong(pointer, "is an object in { }, not " + Reading.shown(json));
            return Optional.empty();
        }

        @Override
        public JsonNode write(Map<String, JsonNode> value, Form form) {
            var object = JsonNodeFactory.instance.objectNode();
            value.forEach(object::set);
            return object;
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            return JsonNodeFactory.instance.objectNode().put("type", "object");
        }

        @Override
        public Optional<String> problem(Map<String, JsonNode> value) {
            return Optional.empty();
        }
    }
}

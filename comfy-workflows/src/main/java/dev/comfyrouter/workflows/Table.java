package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.RecipeType.FLUX;
import static dev.comfyrouter.workflows.RecipeType.SD15;
import static dev.comfyrouter.workflows.RecipeType.SDXL;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// The table of all parameters of all recipes: the one place where their names, ranges and defaults stand.
/// Checking requests, filling in defaults and the JSON Schema all follow from it.
final class Table {
    private static final Kind<String> PROSE = new Kinds.Text(10_000);
    private static final Kind<Integer> EIGHTS = new Numbers.Whole(16, 8192, 8);
    private static final Kind<Integer> SIXTEENTHS = new Numbers.Whole(16, 8192, 16);
    private static final Kinds.Word SAMPLERS = new Kinds.Word(SamplerLists::samplers, Map.of());
    private static final Kinds.Word SCHEDULERS = new Kinds.Word(SamplerLists::schedulers, Map.of());
    private static final Kind<BigDecimal> GUIDING = Numbers.Decimal.between("0", "100", "0.1");
    private static final Kind<BigDecimal> TRUE_GUIDING = Numbers.Decimal.between("1", "100", "0.1");
    private static final Kind<ModelRef> CHECKPOINTS = new References.Model(ModelFolder.CHECKPOINTS);
    private static final Kind<ModelRef> ENCODERS = new References.Model(ModelFolder.TEXT_ENCODERS);
    private static final Kind<ImageRef> IMAGE = new References.Image();
    private static final Kind<Boolean> SWITCH = new Kinds.Flag();

    static final Field<String> PROMPT = Field.<String>field("prompt", "text", "What the picture shows.")
            .everywhere(PROSE)
            .required();
    static final Field<String> NEGATIVE_PROMPT = Field.<String>field(
                    "negative_prompt",
                    "text",
                    "What the picture must not show. Flux takes it only with true_cfg above 1.")
            .everywhere(PROSE, "");

    static final Field<ModelRef> CHECKPOINT = Field.<ModelRef>field(
                    "checkpoint",
                    "model",
                    "The checkpoint. For Flux a file that holds everything, instead of unet, t5xxl, clip and vae.")
            .everywhere(CHECKPOINTS)
            .required(SD15, SDXL);
    static final Field<ModelRef> UNET = Field.<ModelRef>field(
                    "unet", "model", "The Flux model alone; needs t5xxl, clip and vae.")
            .in(FLUX, new References.Model(ModelFolder.DIFFUSION_MODELS));
    static final Field<ModelRef> T5XXL =
            Field.<ModelRef>field("t5xxl", "model", "The T5 text encoder.").in(FLUX, ENCODERS);
    static final Field<ModelRef> CLIP =
            Field.<ModelRef>field("clip", "model", "The CLIP-L text encoder.").in(FLUX, ENCODERS);
    static final Field<ModelRef> VAE = Field.<ModelRef>field("vae", "model", "A VAE instead of the checkpoint's own.")
            .everywhere(new References.Model(ModelFolder.VAE));
    static final Field<String> UNET_DTYPE = Field.<String>field(
                    "unet_dtype", "model", "The number format in which the model is held.")
            .in(FLUX, Kinds.Word.of("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"), "default");
    static final Field<String> UNET_TYPE = Field.<String>field(
                    "unet_type",
                    "model",
                    "Which Flux it is; schnell or fill when the file's name contains it, else dev.")
            .in(FLUX, Kinds.Word.of("dev", "schnell", "fill"));
    static final Field<List<Lora>> LORAS = Field.<List<Lora>>field(
                    "loras", "model", "LoRAs, laid over the model in this order.")
            .everywhere(new Kinds.Several<>(Parts.LORA, 0, 16), List.of());

    static final Field<Integer> WIDTH = Field.<Integer>field(
                    "width", "size", "Width in pixels. With an input image, the image's own unless given.")
            .usually(SD15, EIGHTS, 512)
            .usually(SDXL, EIGHTS, 1024)
            .usually(FLUX, SIXTEENTHS, 1024);
    static final Field<Integer> HEIGHT = Field.<Integer>field(
                    "height", "size", "Height in pixels. With an input image, the image's own unless given.")
            .usually(SD15, EIGHTS, 512)
            .usually(SDXL, EIGHTS, 1024)
            .usually(FLUX, SIXTEENTHS, 1024);
    static final Field<Integer> BATCH_SIZE = Field.<Integer>field(
                    "batch_size", "size", "How many pictures are made at once.")
            .everywhere(new Numbers.Whole(1, 64), 1);

    static final Field<Integer> STEPS = Field.<Integer>field(
                    "steps", "sampling", "Steps of sampling. 4 for Flux schnell unless given.")
            .in(SD15, Parts.STEPS, 20)
            .in(SDXL, Parts.STEPS, 25)
            .usually(FLUX, Parts.STEPS, 20);
    static final Field<BigDecimal> CFG_SCALE = Field.<BigDecimal>field(
                    "cfg_scale",
                    "sampling",
                    "How closely the prompt is followed. For Flux dev the old name of guidance; no effect on schnell.")
            .in(SD15, GUIDING, new BigDecimal("7.0"))
            .in(SDXL, GUIDING, new BigDecimal("6.0"))
            .in(FLUX, GUIDING);
    static final Field<BigDecimal> GUIDANCE = Field.<BigDecimal>field(
                    "guidance",
                    "sampling",
                    "How closely Flux dev follows the prompt: 3.5, with kontext 2.5, for Fill 30 unless given. Not for schnell.")
            .usually(FLUX, GUIDING, new BigDecimal("3.5"));
    static final Field<BigDecimal> TRUE_CFG = Field.<BigDecimal>field(
                    "true_cfg", "sampling", "Above 1 Flux also samples against the negative prompt, in twice the time.")
            .in(FLUX, TRUE_GUIDING, new BigDecimal("1.0"));
    static final Field<String> SAMPLER = Field.<String>field("sampler", "sampling", "The sampler, by ComfyUI's name.")
            .in(SD15, SAMPLERS, "euler")
            .in(SDXL, SAMPLERS, "dpmpp_2m")
            .in(FLUX, SAMPLERS, "euler");
    static final Field<String> SCHEDULER = Field.<String>field(
                    "scheduler", "sampling", "The scheduler, by ComfyUI's name.")
            .in(SD15, SCHEDULERS, "normal")
            .in(SDXL, SCHEDULERS, "karras")
            .in(FLUX, SCHEDULERS, "simple");
    static final Field<Numbers.Seed.Value> SEED = Field.<Numbers.Seed.Value>field(
                    "seed", "sampling", "The same seed gives the same picture. Drawn and reported unless given.")
            .everywhere(new Numbers.Seed());
    static final Field<BigDecimal> DENOISE = Field.<BigDecimal>field(
                    "denoise",
                    "sampling",
                    "How much of the input image may change: 0.75 unless given, 1 with a mask or without an image.")
            .everywhereUsually(Parts.DENOISE, new BigDecimal("1.0"));
    static final Field<Integer> CLIP_SKIP = Field.<Integer>field(
                    "clip_skip", "sampling", "Which layer of CLIP is used, counted from the last one, which is 1.")
            .in(SD15, new Numbers.Whole(1, 12))
            .in(SDXL, new Numbers.Whole(1, 12));

    static final Field<ImageRef> INPUT_IMAGE = Field.<ImageRef>field(
                    "input_image", "image", "The picture to start from: PNG, JPEG or WebP.")
            .everywhere(IMAGE);
    static final Field<ImageRef> INPUT_MASK = Field.<ImageRef>field(
                    "input_mask", "image", "Where input_image is painted anew: white is new, black stays.")
            .everywhere(IMAGE);
    static final Field<Integer> MASK_GROW = Field.<Integer>field(
                    "mask_grow", "image", "By how many pixels the mask is widened.")
            .everywhere(new Numbers.Whole(0, 256), 4);
    static final Field<Boolean> MASK_FROM_ALPHA = Field.<Boolean>field(
                    "mask_from_alpha",
                    "image",
                    "Paints anew where input_image is transparent, instead of an input_mask.")
            .everywhere(SWITCH, false);
    static final Field<List<ControlNet>> CONTROLNETS = Field.<List<ControlNet>>field(
                    "controlnets", "image", "ControlNets, applied in this order.")
            .everywhere(new Kinds.Several<>(Parts.CONTROL_NET, 0, 8), List.of());
    static final Field<Redux> REDUX = Field.<Redux>field(
                    "redux", "image", "Flux Redux: a picture whose style and content steer the new one.")
            .in(FLUX, Parts.REDUX);
    static final Field<Kontext> KONTEXT = Field.<Kontext>field(
                    "kontext", "image", "Flux Kontext: pictures that the prompt speaks about.")
            .in(FLUX, Parts.KONTEXT);

    static final Field<Hires> HIRES = Field.<Hires>field(
                    "hires", "extra", "A second pass of sampling on the enlarged latent.")
            .everywhere(Parts.HIRES);
    static final Field<Refiner> REFINER = Field.<Refiner>field(
                    "refiner", "extra", "The SDXL refiner, which does the last part of the steps.")
            .in(SDXL, Parts.REFINER);
    static final Field<Upscale> UPSCALE = Field.<Upscale>field(
                    "upscale", "extra", "Enlarging the finished picture with an upscaling model.")
            .everywhere(Parts.UPSCALE);

    static final Field<String> OUTPUT_FORMAT = Field.<String>field(
                    "output_format", "output", "The format of the result; png keeps ComfyUI's metadata.")
            .everywhere(Kinds.Word.of("png", "jpeg", "webp"), "png");
    static final Field<Integer> QUALITY = Field.<Integer>field("quality", "output", "Quality of jpeg and webp.")
            .everywhereUsually(new Numbers.Whole(1, 100), 90);
    static final Field<Boolean> KEEP_ON_NODE = Field.<Boolean>field(
                    "keep_on_node", "output", "Also keeps the picture in the output folder of the node that made it.")
            .everywhere(SWITCH, false);

    static final Shape SHAPE = new Shape(List.of(
            PROMPT,
            NEGATIVE_PROMPT,
            CHECKPOINT,
            UNET,
            T5XXL,
            CLIP,
            VAE,
            UNET_DTYPE,
            UNET_TYPE,
            LORAS,
            WIDTH,
            HEIGHT,
            BATCH_SIZE,
            STEPS,
            CFG_SCALE,
            GUIDANCE,
            TRUE_CFG,
            SAMPLER,
            SCHEDULER,
            SEED,
            DENOISE,
            CLIP_SKIP,
            INPUT_IMAGE,
            INPUT_MASK,
            MASK_GROW,
            MASK_FROM_ALPHA,
            CONTROLNETS,
            REDUX,
            KONTEXT,
            HIRES,
            REFINER,
            UPSCALE,
            OUTPUT_FORMAT,
            QUALITY,
            KEEP_ON_NODE));

    private Table() {}
}

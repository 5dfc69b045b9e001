package dev.comfyrouter.testkit;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The nodes that make pictures and latents or change their size.
final class PictureNodes {

    private static final int[][] KONTEXT_SIZES = {
        {672, 1568},
        {688, 1504},
        {720, 1456},
        {752, 1392},
        {800, 1328},
        {832, 1248},
        {880, 1184},
        {944, 1104},
        {1024, 1024},
        {1104, 944},
        {1184, 880},
        {1248, 832},
        {1328, 800},
        {1392, 752},
        {1456, 720},
        {1504, 688},
        {1568, 672}
    };
    private static final Pattern FACTOR = Pattern.compile("(?:^|[^0-9])([1248])x|x([1248])(?:[^0-9]|$)");

    private PictureNodes() {}

    static Map<String, NodeBehaviour> behaviours() {
        Map<String, NodeBehaviour> behaviours = new HashMap<>();
        NodeBehaviour emptyLatent =
                call -> List.of(Picture.empty(call.whole("width"), call.whole("height"), call.whole("batch_size"))
                        .inLatentSpace());
        behaviours.put("EmptyLatentImage", emptyLatent);
        behaviours.put("EmptySD3LatentImage", emptyLatent);
        behaviours.put("EmptyFlux2LatentImage", emptyLatent);
        behaviours.put(
                "EmptyImage",
                call -> List.of(Picture.empty(call.whole("width"), call.whole("height"), call.whole("batch_size"))));
        behaviours.put("LoadImage", PictureNodes::loadImage);
        behaviours.put("LoadImageOutput", PictureNodes::loadImage);
        behaviours.put("LoadImageMask", call -> List.of(loadImage(call).getFirst()));
        behaviours.put("ImageScale", call -> List.of(scaled(call, picture(call, "image"))));
        behaviours.put(
                "LatentUpscale",
                call -> List.of(scaled(call, picture(call, "samples")).inLatentSpace()));
        behaviours.put("ImageScaleBy", call -> List.of(picture(call, "image").scaled(call.decimal("scale_by"))));
        behaviours.put(
                "LatentUpscaleBy",
                call -> List.of(picture(call, "samples")
                        .scaled(call.decimal("scale_by"))
                        .inLatentSpace()));
        behaviours.put("ImageScaleToTotalPixels", PictureNodes::toTotalPixels);
        behaviours.put("ImageScaleToMaxDimension", PictureNodes::toMaxDimension);
        behaviours.put(
                "ResizeAndPadImage",
                call -> List.of(picture(call, "image").sized(call.whole("target_width"), call.whole("target_height"))));
        behaviours.put("FluxKontextImageScale", PictureNodes::toKontextSize);
        behaviours.put("ImageUpscaleWithModel", PictureNodes::upscale);
        behaviours.put("ImagePadForOutpaint", PictureNodes::pad);
        behaviours.put(
                "ImageCrop",
                call -> List.of(picture(call, "image")
                        .sized(
                                Math.min(
                                        call.whole("width"),
                                        picture(call, "image").width()),
                                Math.min(
                                        call.whole("height"),
                                        picture(call, "image").height()))));
        NodeBehaviour repeat =
                call -> List.of(batch(call, call.has("samples") ? "samples" : "image", call.whole("amount")));
        behaviours.put("RepeatLatentBatch", repeat);
        behaviours.put("RepeatImageBatch", repeat);
        behaviours.put(
                "LatentFromBatch", call -> List.of(picture(call, "samples").batched(call.whole("length"))));
        behaviours.put("ImageBatch", PictureNodes::join);
        return behaviours;
    }

    /// The picture that is linked to an input.
    ///
    /// @throws NodeFailure when something else is, as a plain value
    static Picture picture(NodeCall call, String input) {
        return call.linked(input)
                .filter(Picture.class::isInstance)
                .map(Picture.class::cast)
                .orElseThrow(() -> new NodeFailure("AttributeError", "'str' object has no attribute 'shape'"));
    }

    private static Picture batch(NodeCall call, String input, int amount) {
        Picture picture = picture(call, input);
        return picture.batched(picture.batch() * amount);
    }

    private static List<Object> loadImage(NodeCall call) {
        FileStore.StoredFile file = AnnotatedName.parse(call.text("image"), Folder.INPUT)
                .find(call.run().engine().files())
                .orElseThrow(() -> new NodeFailure("FileNotFoundError", "[Errno 2] No such file or directory"));
        ImageSize size = ImageSize.of(file.bytes()).orElseThrow(() -> unreadable(call, file.name()));
        Picture picture = Picture.brought(size, file.bytes());
        return List.of(picture, picture);
    }

    private static NodeFailure unreadable(NodeCall call, String file) {
        return call.run().engine().release().decodesWithPyAv()
                ? new NodeFailure(
                        "av.error.InvalidDataError",
                        "[Errno 1094995529] Invalid data found when processing input: 'input/" + file + "'")
                : new NodeFailure("PIL.UnidentifiedImageError", "cannot identify image file 'input/" + file + "'");
    }

    private static Picture scaled(NodeCall call, Picture picture) {
        int width = call.whole("width");
        int height = call.whole("height");
        if (width == 0 && height == 0) {
            return picture;
        }
        if (width == 0) {
            width = (int) Math.round((double) picture.width() * height / picture.height());
        } else if (height == 0) {
            height = (int) Math.round((double) picture.height() * width / picture.width());
        }
        return picture.sized(width, height);
    }

    private static List<Object> toTotalPixels(NodeCall call) {
        Picture picture = picture(call, "image");
        double pixels = call.decimal("megapixels") * 1024 * 1024;
        return List.of(picture.scaled(Math.sqrt(pixels / ((double) picture.width() * picture.height()))));
    }

    private static List<Object> toMaxDimension(NodeCall call) {
        Picture picture = picture(call, "image");
        return List.of(
                picture.scaled((double) call.whole("largest_size") / Math.max(picture.width(), picture.height())));
    }

    private static List<Object> toKontextSize(NodeCall call) {
        Picture picture = picture(call, "image");
        double ratio = (double) picture.width() / picture.height();
        int[] best = KONTEXT_SIZES[0];
        for (int[] size : KONTEXT_SIZES) {
            if (Math.abs(ratio - (double) size[0] / size[1]) < Math.abs(ratio - (double) best[0] / best[1])) {
                best = size;
            }
        }
        return List.of(picture.sized(best[0], best[1]));
    }

    /// The factor stands in the name of the model, as in `4x-ultrasharp`; otherwise it is 4.
    private static List<Object> upscale(NodeCall call) {
        String model = call.linked("upscale_model")
                .filter(Simulation.Weights.class::isInstance)
                .map(each -> ((Simulation.Weights) each).name())
                .orElse("");
        Matcher factor = FACTOR.matcher(model.toLowerCase(Locale.ROOT));
        int times = factor.find()
                ? Integer.parseInt(
                        Optional.ofNullable(factor.group(1)).orElseGet(() -> String.valueOf(factor.group(2))))
                : 4;
        Picture picture = picture(call, "image");
        int tiles = tiles(picture.width()) * tiles(picture.height()) * picture.batch();
        for (int tile = 1; tile <= tiles; tile++) {
            call.progress(tile, tiles);
        }
        return List.of(picture.scaled(times));
    }

    /// Upscalers work on tiles of 512 pixels that overlap by 32.
    private static int tiles(int pixels) {
        return pixels <= 512 ? 1 : (pixels - 32 + 479) / 480;
    }

    private static List<Object> pad(NodeCall call) {
        Picture picture = picture(call, "image");
        Picture padded = picture.sized(
                picture.width() + call.whole("left") + call.whole("right"),
                picture.height() + call.whole("top") + call.whole("bottom"));
        return List.of(padded, padded);
    }

    private static List<Object> join(NodeCall call) {
        Picture first = picture(call, "image1");
        return List.of(first.batched(first.batch() + picture(call, "image2").batch()));
    }
}

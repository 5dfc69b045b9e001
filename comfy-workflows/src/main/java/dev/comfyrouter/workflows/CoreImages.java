package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Declaration.node;

import java.util.List;
import java.util.Optional;

/// ComfyUI's nodes that load, change and save pictures and masks.
final class CoreImages {
    private static final String IMAGE = "IMAGE";
    private static final String MASK = "MASK";

    private CoreImages() {}

    static List<Declaration> nodes() {
        return List.of(
                node("LoadImage", "image").picture("image").out(IMAGE).out(MASK),
                node("LoadImageMask", "mask")
                        .picture("image")
                        .choice("channel", "alpha", "red", "green", "blue")
                        .out(MASK),
                node("LoadImageOutput", "image")
                        .input("image", new InputType.UserFile("output", true, List.of()))
                        .out(IMAGE)
                        .out(MASK),
                node("ImageScale", "image/upscaling")
                        .wire("image", IMAGE)
                        .choice("upscale_method", CoreLists.UPSCALE_METHODS)
                        .whole("width", 512, 0, 16384, 1)
                        .whole("height", 512, 0, 16384, 1)
                        .choice("crop", "disabled", "center")
                        .out(IMAGE),
                node("ImageScaleBy", "image/upscaling")
                        .wire("image", IMAGE)
                        .choice("upscale_method", CoreLists.UPSCALE_METHODS)
                        .decimal("scale_by", "1.0", "0.01", "8.0", "0.01")
                        .out(IMAGE),
                node("ImageScaleToTotalPixels", "image/upscaling")
                        .wire("image", IMAGE)
                        .choice("upscale_method", CoreLists.UPSCALE_METHODS)
                        .decimal("megapixels", "1.0", "0.01", "16.0", "0.01")
                        .whole("resolution_steps", 1, 1, 256)
                        .since("0.33.0")
                        .out(IMAGE),
                node("ImageScaleToMaxDimension", "image/upscaling")
                        .wire("image", IMAGE)
                        .choice("upscale_method", "area", "lanczos", "bilinear", "nearest-exact", "bilinear", "bicubic")
                        .whole("largest_size", 512, 0, 16384, 1)
                        .out(IMAGE),
                node("ResizeAndPadImage", "image/transform")
                        .wire("image", IMAGE)
                        .whole("target_width", 512, 1, 16384, 1)
                        .whole("target_height", 512, 1, 16384, 1)
                        .choice("padding_color", "white", "black")
                        .choice("interpolation", "area", "bicubic", "nearest-exact", "bilinear", "lanczos")
                        .out(IMAGE),
                node("FluxKontextImageScale", "conditioning/flux")
                        .wire("image", IMAGE)
                        .out(IMAGE),
                node("ImageUpscaleWithModel", "image/upscaling")
                        .wire("upscale_model", "UPSCALE_MODEL")
                        .wire("image", IMAGE)
                        .out(IMAGE),
                node("ImagePadForOutpaint", "image")
                        .wire("image", IMAGE)
                        .whole("left", 0, 0, 16384, 8)
                        .whole("top", 0, 0, 16384, 8)
                        .whole("right", 0, 0, 16384, 8)
                        .whole("bottom", 0, 0, 16384, 8)
                        .whole("feathering", 40, 0, 16384, 1)
                        .out(IMAGE)
                        .out(MASK),
                box(node("ImageCrop", "image/transform").wire("image", IMAGE)).out(IMAGE),
                node("ImageInvert", "image").wire("image", IMAGE).out(IMAGE),
                node("ImageBatch", "image")
                        .wire("image1", IMAGE)
                        .wire("image2", IMAGE)
                        .out(IMAGE),
                node("ImageFromBatch", "image/batch")
                        .wire("image", IMAGE)
                        .whole("batch_index", 0, 0, 4095)
                        .widerSince("0.33.0", Declaration.whole(Optional.of(0L), -16384, 16384, Optional.empty()))
                        .whole("length", 1, 1, 4096)
                        .out(IMAGE),
                node("RepeatImageBatch", "image/batch")
                        .wire("image", IMAGE)
                        .whole("amount", 1, 1, 4096)
                        .out(IMAGE),
                node("ImageStitch", "image/transform")
                        .wire("image1", IMAGE)
                        .choiceOr("direction", "right", "right", "down", "left", "up")
                        .flag("match_image_size", true)
                        .whole("spacing_width", 0, 0, 1024, 2)
                        .choiceOr("spacing_color", "white", "white", "black", "red", "green", "blue")
                        .wire("image2", IMAGE)
                        .optional()
                        .out(IMAGE),
                node("ImageCompositeMasked", "image")
                        .wire("destination", IMAGE)
                        .wire("source", IMAGE)
                        .whole("x", 0, 0, 16384, 1)
                        .whole("y", 0, 0, 16384, 1)
                        .flag("resize_source", false)
                        .wire("mask", MASK)
                        .optional()
                        .out(IMAGE),
                node("ImageBlend", "image/postprocessing")
                        .wire("image1", IMAGE)
                        .wire("image2", IMAGE)
                        .decimal("blend_factor", "0.5", "0.0", "1.0", "0.01")
                        .choice("blend_mode", "normal", "multiply", "screen", "overlay", "soft_light", "difference")
                        .out(IMAGE),
                node("ImageBlur", "image/postprocessing")
                        .wire("image", IMAGE)
                        .whole("blur_radius", 1, 1, 31, 1)
                        .decimal("sigma", "1.0", "0.1", "10.0", "0.1")
                        .out(IMAGE),
                node("ImageSharpen", "image/postprocessing")
                        .wire("image", IMAGE)
                        .whole("sharpen_radius", 1, 1, 31, 1)
                        .decimal("sigma", "1.0", "0.1", "10.0", "0.01")
                        .decimal("alpha", "1.0", "0.0", "5.0", "0.01")
                        .out(IMAGE),
                node("ImageQuantize", "image/postprocessing")
                        .wire("image", IMAGE)
                        .whole("colors", 256, 1, 256, 1)
                        .choice("dither", "none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16")
                        .out(IMAGE),
                node("EmptyImage", "image")
                        .whole("width", 512, 1, 16384, 1)
                        .whole("height", 512, 1, 16384, 1)
                        .whole("batch_size", 1, 1, 4096)
                        .whole("color", 0, 0, 0xFFFFFF, 1)
                        .out(IMAGE),
                node("GetImageSize", "image")
                        .wire("image", IMAGE)
                        .out("INT", "width")
                        .out("INT", "height")
                        .out("INT", "batch_size"),
                node("JoinImageWithAlpha", "mask/compositing")
                        .wire("image", IMAGE)
                        .wire("alpha", MASK)
                        .out(IMAGE),
                node("SplitImageWithAlpha", "mask/compositing")
                        .wire("image", IMAGE)
                        .out(IMAGE)
                        .out(MASK),
                node("Canny", "image/preprocessors")
                        .wire("image", IMAGE)
                        .decimal("low_threshold", "0.4", "0.01", "0.99", "0.01")
                        .decimal("high_threshold", "0.8", "0.01", "0.99", "0.01")
                        .out(IMAGE),
                node("MaskToImage", "mask").wire("mask", MASK).out(IMAGE),
                node("ImageToMask", "mask")
                        .wire("image", IMAGE)
                        .choice("channel", "red", "green", "blue", "alpha")
                        .out(MASK),
                node("SolidMask", "mask")
                        .decimal("value", "1.0", "0.0", "1.0", "0.01")
                        .whole("width", 512, 1, 16384, 1)
                        .whole("height", 512, 1, 16384, 1)
                        .out(MASK),
                node("InvertMask", "mask").wire("mask", MASK).out(MASK),
                node("GrowMask", "mask")
                        .wire("mask", MASK)
                        .whole("expand", 0, -16384, 16384, 1)
                        .flag("tapered_corners", true)
                        .out(MASK),
                node("FeatherMask", "mask")
                        .wire("mask", MASK)
                        .whole("left", 0, 0, 16384, 1)
                        .whole("top", 0, 0, 16384, 1)
                        .whole("right", 0, 0, 16384, 1)
                        .whole("bottom", 0, 0, 16384, 1)
                        .out(MASK),
                node("CropMask", "mask")
                        .wire("mask", MASK)
                        .whole("x", 0, 0, 16384, 1)
                        .whole("y", 0, 0, 16384, 1)
                        .whole("width", 512, 1, 16384, 1)
                        .whole("height", 512, 1, 16384, 1)
                        .out(MASK),
                node("MaskComposite", "mask")
                        .wire("destination", MASK)
                        .wire("source", MASK)
                        .whole("x", 0, 0, 16384, 1)
                        .whole("y", 0, 0, 16384, 1)
                        .choice("operation", "multiply", "add", "subtract", "and", "or", "xor")
                        .out(MASK),
                node("ThresholdMask", "mask")
                        .wire("mask", MASK)
                        .decimal("value", "0.5", "0.0", "1.0", "0.01")
                        .out(MASK),
                node("SaveImage", "image")
                        .wire("images", IMAGE)
                        .line("filename_prefix", "ComfyUI")
                        .out(IMAGE, "images")
                        .outSince("0.26.0")
                        .outputNode(),
                node("PreviewImage", "image")
                        .wire("images", IMAGE)
                        .out(IMAGE, "images")
                        .outSince("0.26.0")
                        .outputNode(),
                node("SaveImageWebsocket", "api/image").wire("images", IMAGE).outputNode());
    }

    private static Declaration box(Declaration node) {
        return node.whole("width", 512, 1, 16384, 1)
                .whole("height", 512, 1, 16384, 1)
                .whole("x", 0, 0, 16384, 1)
                .whole("y", 0, 0, 16384, 1);
    }
}

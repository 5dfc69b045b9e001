package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Slot.Image;
import dev.comfyrouter.workflows.Slot.Mask;
import dev.comfyrouter.workflows.Slot.UpscaleModel;

/// The nodes of a [Graph] that load, change and show pictures and masks. A white part of a mask is what
/// changes.
public final class ImageNodes {
    private final Graph graph;

    ImageNodes(Graph graph) {
        this.graph = graph;
    }

    /// A picture of the node's `input/` folder.
    ///
    /// @param mask white where the picture is transparent; 64 × 64 black pixels when it has no transparency
    public record Loaded(Wire<Image> image, Wire<Mask> mask) {}

    /// What to do with a picture of another shape when it is scaled.
    public enum Crop {
        /// Nothing: proportions change.
        DISABLED,
        /// Keep the middle.
        CENTER
    }

    /// Loads a picture.
    ///
    /// @param name in `input/`, as ComfyUI names it
    public Loaded load(String name) {
        var node = graph.node("LoadImage").title("Picture").with("image", name).add();
        return new Loaded(node.out(0, WireType.IMAGE), node.out(1, WireType.MASK));
    }

    /// One picture of a batch.
    ///
    /// @param index from 0
    public Wire<Image> ofBatch(Wire<Image> batch, int index) {
        return graph.node("ImageFromBatch")
                .title("One frame")
                .with("image", batch)
                .with("batch_index", index)
                .with("length", 1)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// Sides 1 to 16384 pixels; with Lanczos.
    public Wire<Image> scale(Wire<Image> image, int width, int height, Crop crop) {
        return graph.node("ImageScale")
                .title("Scale")
                .with("image", image)
                .with("upscale_method", "lanczos")
                .with("width", width)
                .with("height", height)
                .with("crop", crop == Crop.CENTER ? "center" : "disabled")
                .add()
                .out(0, WireType.IMAGE);
    }

    /// The whole picture in that size, with black where it has another shape. ComfyUI 0.3.64 has it.
    public Wire<Image> pad(Wire<Image> image, int width, int height) {
        return graph.node("ResizeAndPadImage")
                .title("Scale and pad")
                .with("image", image)
                .with("target_width", width)
                .with("target_height", height)
                .with("padding_color", "black")
                .with("interpolation", "lanczos")
                .add()
                .out(0, WireType.IMAGE);
    }

    /// The size among those that Flux Kontext was trained on that is nearest in shape.
    public Wire<Image> scaleForKontext(Wire<Image> image) {
        return graph.node("FluxKontextImageScale")
                .title("Scale for Kontext")
                .with("image", image)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// Makes a batch of one picture.
    ///
    /// @param amount 1 to 4096
    public Wire<Image> repeat(Wire<Image> image, int amount) {
        return graph.node("RepeatImageBatch")
                .title("Batch")
                .with("image", image)
                .with("amount", amount)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// The edges of a picture, white on black.
    ///
    /// @param lowThreshold 0.01 to 0.99
    /// @param highThreshold 0.01 to 0.99
    public Wire<Image> canny(Wire<Image> image, double lowThreshold, double highThreshold) {
        return prepare(image, Preprocessing.canny(lowThreshold, highThreshold));
    }

    Wire<Image> prepare(Wire<Image> image, Preprocessing how) {
        return graph.node(how.type().name())
                .title("Preprocess: " + how.name())
                .with("image", image)
                .with(how.inputs())
                .add()
                .out(0, WireType.IMAGE);
    }

    /// A mask from the red channel: white is where the picture is red, or white.
    public Wire<Mask> toMask(Wire<Image> image) {
        return graph.node("ImageToMask")
                .title("Mask")
                .with("image", image)
                .with("channel", "red")
                .add()
                .out(0, WireType.MASK);
    }

    public Wire<Image> fromMask(Wire<Mask> mask) {
        return graph.node("MaskToImage")
                .title("Mask as picture")
                .with("mask", mask)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// Widens a mask, with rounded corners.
    ///
    /// @param pixels -16384 to 16384; below 0 it shrinks
    public Wire<Mask> grow(Wire<Mask> mask, int pixels) {
        return graph.node("GrowMask")
                .title("Grow mask")
                .with("mask", mask)
                .with("expand", pixels)
                .with("tapered_corners", true)
                .add()
                .out(0, WireType.MASK);
    }

    public Wire<Mask> invert(Wire<Mask> mask) {
        return graph.node("InvertMask")
                .title("Invert mask")
                .with("mask", mask)
                .add()
                .out(0, WireType.MASK);
    }

    /// `below`, with `above` where the mask is white; all of one size.
    public Wire<Image> composite(Wire<Image> below, Wire<Image> above, Wire<Mask> mask) {
        return graph.node("ImageCompositeMasked")
                .title("Put the rest back")
                .with("destination", below)
                .with("source", above)
                .with("x", 0)
                .with("y", 0)
                .with("resize_source", false)
                .with("mask", mask)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// Loads an upscaling model.
    ///
    /// @param name a file of `models/upscale_models`
    public Wire<UpscaleModel> loadUpscaler(String name) {
        return graph.node("UpscaleModelLoader")
                .title("Upscale model")
                .with("model_name", name)
                .add()
                .out(0, WireType.UPSCALE_MODEL);
    }

    /// The picture, larger by the factor of the model.
    public Wire<Image> upscale(Wire<UpscaleModel> model, Wire<Image> image) {
        return graph.node("ImageUpscaleWithModel")
                .title("Upscale")
                .with("upscale_model", model)
                .with("image", image)
                .add()
                .out(0, WireType.IMAGE);
    }

    /// Makes the picture a result in ComfyUI's temp folder, which the server empties when it restarts.
    public void preview(Wire<Image> image) {
        graph.node("PreviewImage").title("Result").with("images", image).add();
    }

    /// Makes the picture a result in ComfyUI's output folder.
    ///
    /// @param prefix the start of the file's name, with `/` for folders
    public void save(Wire<Image> image, String prefix) {
        graph.node("SaveImage")
                .title("Result")
                .with("images", image)
                .with("filename_prefix", prefix)
                .add();
    }
}

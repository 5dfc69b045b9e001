package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Declaration.node;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/// ComfyUI's nodes that make, change, encode and decode latents.
final class CoreLatents {
    private static final String LATENT = "LATENT";

    private CoreLatents() {}

    static List<Declaration> nodes() {
        return List.of(
                node("EmptyLatentImage", "latent")
                        .whole("width", 512, 16, 16384, 8)
                        .whole("height", 512, 16, 16384, 8)
                        .whole("batch_size", 1, 1, 4096)
                        .out(LATENT),
                node("EmptySD3LatentImage", "latent")
                        .whole("width", 1024, 16, 16384, 16)
                        .whole("height", 1024, 16, 16384, 16)
                        .whole("batch_size", 1, 1, 4096)
                        .out(LATENT),
                node("EmptyFlux2LatentImage", "latent")
                        .from("0.33.0")
                        .whole("width", 1024, 16, 16384, 16)
                        .whole("height", 1024, 16, 16384, 16)
                        .whole("batch_size", 1, 1, 4096)
                        .out(LATENT),
                node("VAEDecode", "latent")
                        .wire("samples", LATENT)
                        .wire("vae", "VAE")
                        .out("IMAGE"),
                tiled(node("VAEDecodeTiled", "latent").wire("samples", LATENT).wire("vae", "VAE"), 32)
                        .out("IMAGE"),
                node("VAEEncode", "latent")
                        .wire("pixels", "IMAGE")
                        .wire("vae", "VAE")
                        .out(LATENT),
                tiled(node("VAEEncodeTiled", "latent").wire("pixels", "IMAGE").wire("vae", "VAE"), 64)
                        .out(LATENT),
                node("VAEEncodeForInpaint", "latent/inpaint")
                        .wire("pixels", "IMAGE")
                        .wire("vae", "VAE")
                        .wire("mask", "MASK")
                        .whole("grow_mask_by", 6, 0, 64, 1)
                        .out(LATENT),
                node("SetLatentNoiseMask", "latent/inpaint")
                        .wire("samples", LATENT)
                        .wire("mask", "MASK")
                        .out(LATENT),
                node("LatentUpscale", "latent")
                        .wire("samples", LATENT)
                        .choice("upscale_method", CoreLists.LATENT_UPSCALE_METHODS)
                        .whole("width", 512, 0, 16384, 8)
                        .whole("height", 512, 0, 16384, 8)
                        .choice("crop", "disabled", "center")
                        .out(LATENT),
                node("LatentUpscaleBy", "latent")
                        .wire("samples", LATENT)
                        .choice("upscale_method", CoreLists.LATENT_UPSCALE_METHODS)
                        .decimal("scale_by", "1.5", "0.01", "8.0", "0.01")
                        .out(LATENT),
                node("LatentFromBatch", "latent/batch")
                        .wire("samples", LATENT)
                        .whole("batch_index", 0, 0, 63)
                        .widerSince("0.33.0", Declaration.whole(Optional.of(0L), -16384, 16384, Optional.empty()))
                        .whole("length", 1, 1, 64)
                        .out(LATENT),
                node("RepeatLatentBatch", "latent/batch")
                        .wire("samples", LATENT)
                        .whole("amount", 1, 1, 64)
                        .out(LATENT),
                node("LatentBatch", "latent/batch")
                        .wire("samples1", LATENT)
                        .wire("samples2", LATENT)
                        .out(LATENT),
                node("LatentComposite", "latent")
                        .wire("samples_to", LATENT)
                        .wire("samples_from", LATENT)
                        .whole("x", 0, 0, 16384, 8)
                        .whole("y", 0, 0, 16384, 8)
                        .whole("feather", 0, 0, 16384, 8)
                        .out(LATENT),
                node("LatentBlend", "latent")
                        .wire("samples1", LATENT)
                        .wire("samples2", LATENT)
                        .decimal("blend_factor", "0.5", "0", "1", "0.01")
                        .out(LATENT),
                node("LatentCrop", "latent/transform")
                        .wire("samples", LATENT)
                        .whole("width", 512, 64, 16384, 8)
                        .whole("height", 512, 64, 16384, 8)
                        .whole("x", 0, 0, 16384, 8)
                        .whole("y", 0, 0, 16384, 8)
                        .out(LATENT),
                node("LatentFlip", "latent/transform")
                        .wire("samples", LATENT)
                        .choice("flip_method", "x-axis: vertically", "y-axis: horizontally")
                        .out(LATENT),
                node("LatentRotate", "latent/transform")
                        .wire("samples", LATENT)
                        .choice("rotation", "none", "90 degrees", "180 degrees", "270 degrees")
                        .out(LATENT),
                node("SaveLatent", "latent")
                        .wire("samples", LATENT)
                        .line("filename_prefix", "latents/ComfyUI")
                        .out(LATENT, "samples")
                        .outSince("0.26.0")
                        .outputNode(),
                node("LoadLatent", "latent")
                        .input("latent", new InputType.UserFile("input", false, List.of()))
                        .out(LATENT),
                value("PrimitiveInt", "INT", new InputType.Whole(Optional.empty(), min(), max(), Optional.empty())),
                value("PrimitiveBoolean", "BOOLEAN", new InputType.Flag(Optional.empty())),
                value("PrimitiveString", "STRING", new InputType.Text(Optional.empty(), false)));
    }

    private static Declaration tiled(Declaration node, int tileStep) {
        return node.whole("tile_size", 512, 64, 4096, tileStep)
                .whole("overlap", 64, 0, 4096, 32)
                .whole("temporal_size", 64, 8, 4096, 4)
                .whole("temporal_overlap", 8, 4, 4096, 4);
    }

    private static Declaration value(String name, String type, InputType input) {
        return node(name, "utils/primitive").input("value", input).out(type);
    }

    private static Optional<BigInteger> min() {
        return max().map(BigInteger::negate);
    }

    private static Optional<BigInteger> max() {
        return Optional.of(BigInteger.valueOf(Long.MAX_VALUE));
    }
}

package dev.comfyrouter.testkit;

import java.util.function.DoubleFunction;

/// Makes the files that nodes put out, and the previews on the way to them.
final class Painter {

    private static final byte[] TINY_PNG = Png.ofOneColour(1, 1, 0x4A6FA5, "");
    private static final int PREVIEW_SIDE = 512;

    private final Pictures style;

    Painter(Pictures style) {
        this.style = style;
    }

    byte[] png(Picture picture, int index, PromptItem item) {
        return switch (style) {
            case TINY -> TINY_PNG;
            case PLAIN -> plain(picture, index, Json.write(item.prompt()));
            case PAINTED -> Painting.of(picture, index).png(Json.write(item.prompt()));
        };
    }

    byte[] pngWithoutMetadata(Picture picture, int index) {
        return switch (style) {
            case TINY -> TINY_PNG;
            case PLAIN -> plain(picture, index, "");
            case PAINTED -> Painting.of(picture, index).png("");
        };
    }

    /// Previews of a picture that is being made: JPEGs of at most 512 pixels that get clearer with progress,
    /// from 0 to 1.
    DoubleFunction<byte[]> previews(Picture picture) {
        return switch (style) {
            case TINY, PLAIN -> progress -> Painting.tinyJpeg();
            case PAINTED -> {
                double scale = (double) PREVIEW_SIDE / Math.max(picture.width(), picture.height());
                Painting painting = Painting.of(picture.scaled(scale), 0);
                yield painting::jpeg;
            }
        };
    }

    private static byte[] plain(Picture picture, int index, String text) {
        int colour = picture.seed().hashCode() * 31 + picture.text().hashCode() + index * 7919;
        return Png.ofOneColour(picture.width(), picture.height(), colour & 0xFFFFFF, text);
    }
}

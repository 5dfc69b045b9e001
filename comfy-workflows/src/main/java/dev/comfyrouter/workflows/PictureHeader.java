package dev.comfyrouter.workflows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;

/// What the first bytes of a picture say about it; nothing is decoded.
///
/// @param width in pixels, as a viewer shows it: a camera's rotation is applied, as ComfyUI's `LoadImage` does
/// @param height in pixels, likewise
/// @param alpha whether it may have transparent parts
/// @param animated whether it has several frames; ComfyUI's `LoadImage` makes a batch of them
public record PictureHeader(Format format, int width, int height, boolean alpha, boolean animated) {
    /// The largest picture that recipes take.
    public static final long MAX_PIXELS = 64_000_000;

    /// The formats that recipes take and ComfyUI writes.
    public enum Format {
        PNG("image/png"),
        JPEG("image/jpeg"),
        WEBP("image/webp");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        public String contentType() {
            return contentType;
        }

        /// The usual extension of a file, such as `png`.
        public String extension() {
            return this == JPEG ? "jpg" : name().toLowerCase(Locale.ROOT);
        }
    }

    /// Reads as much of the stream as it needs: the first kilobytes of a PNG, up to the picture data of a
    /// JPEG, all chunk headers of a WebP.
    ///
    /// @return empty when this is no PNG, JPEG or WebP, or is cut off before its size is known
    /// @throws IOException when the stream breaks
    public static Optional<PictureHeader> read(InputStream picture) throws IOException {
        return PictureReader.read(picture);
    }

    /// The same for a picture in memory.
    public static Optional<PictureHeader> of(byte[] picture) {
        try {
            return read(new ByteArrayInputStream(picture));
        } catch (IOException impossible) {
            throw new IllegalStateException("an array cannot break", impossible);
        }
    }

    /// Pixels of one frame.
    public long pixels() {
        return (long) width * height;
    }

    /// Why recipes do not take this picture, as a sentence; empty when they do.
    public Optional<String> problem() {
        return pixels() <= MAX_PIXELS
                ? Optional.empty()
                : Optional.of("the picture is %d × %d, more than %d megapixels"
                        .formatted(width, height, MAX_PIXELS / 1_000_000));
    }
}

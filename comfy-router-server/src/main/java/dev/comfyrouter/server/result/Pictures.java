package dev.comfyrouter.server.result;

import com.luciad.imageio.webp.WebPImageWriterSpi;
import dev.comfyrouter.server.task.PictureWish;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// How pictures of results are decoded and encoded.
///
/// What a node wrote is read by Java code only: a broken picture must not reach a native library. WebP is written by
/// libwebp, which sees nothing but our own pixels.
public final class Pictures {
    private static final String NATIVE_READERS = "com.luciad.imageio.webp";

    private Pictures() {}

    /// Decodes a picture.
    ///
    /// @param useful the longer side that is needed; a much larger picture is read with fewer pixels
    /// @return empty for a format that nobody here reads, and for a picture that would take too much memory
    /// @throws IOException when the file is broken or cannot be read
    public static Optional<BufferedImage> read(Path picture, int useful) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(picture.toFile())) {
            Optional<ImageReader> found = reader(in);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            ImageReader reader = found.get();
            try {
                reader.setInput(in, true, true);
                int step = Math.max(1, Math.max(reader.getWidth(0), reader.getHeight(0)) / useful);
                long pixels = (long) (reader.getWidth(0) / step) * (reader.getHeight(0) / step);
                if (pixels > mostPixels()) {
                    return Optional.empty();
                }
                ImageReadParam parameters = reader.getDefaultReadParam();
                parameters.setSourceSubsampling(step, step, 0, 0);
                return Optional.of(reader.read(0, parameters));
            } catch (RuntimeException broken) {
                throw new IOException("the picture is broken", broken); // decoders meet bad data with any exception
            } finally {
                reader.dispose();
            }
        }
    }

    /// A picture takes four bytes a pixel, twice while it is drawn; the router needs memory for other things, too.
    private static long mostPixels() {
        return Runtime.getRuntime().maxMemory() / 16;
    }

    private static Optional<ImageReader> reader(ImageInputStream in) {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (!reader.getClass().getName().startsWith(NATIVE_READERS)) {
                return Optional.of(reader);
            }
        }
        return Optional.empty();
    }

    /// The same picture without transparency, no side longer than `side`.
    public static BufferedImage opaque(BufferedImage picture, int side) {
        double scale = Math.min(1, (double) side / Math.max(picture.getWidth(), picture.getHeight()));
        int width = (int) Math.max(1, Math.round(picture.getWidth() * scale));
        int height = (int) Math.max(1, Math.round(picture.getHeight() * scale));
        var drawn = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = drawn.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(picture, 0, 0, width, height, Color.WHITE, null);
        } finally {
            graphics.dispose();
        }
        return drawn;
    }

    /// Encodes a picture.
    ///
    /// @throws IOException when the format cannot hold it
    /// @throws LinkageError when this machine cannot load libwebp
    public static byte[] encode(BufferedImage picture, PictureWish wish) throws IOException {
        return switch (wish.format()) {
            case PNG -> encode(picture, writer("png"), Optional.empty());
            case JPEG -> encode(opaque(picture, Integer.MAX_VALUE), writer("jpeg"), Optional.of(wish.quality()));
            case WEBP ->
                encode(
                        picture,
                        new WebPImageWriterSpi().createWriterInstance(Optional.empty()),
                        Optional.of(wish.quality()));
        };
    }

    private static byte[] encode(BufferedImage picture, ImageWriter writer, Optional<Integer> quality)
            throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            if (quality.isPresent()) {
                parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                if (parameters.getCompressionType() == null) {
                    parameters.setCompressionType(parameters.getCompressionTypes()[0]); // WebP: lossy
                }
                parameters.setCompressionQuality(quality.get() / 100f);
            }
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static ImageWriter writer(String format) {
        return ImageIO.getImageWritersByFormatName(format).next();
    }
}

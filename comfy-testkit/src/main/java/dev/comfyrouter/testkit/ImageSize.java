package dev.comfyrouter.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/// The size of an encoded picture, read from its header: PNG, JPEG, GIF, BMP and WebP.
record ImageSize(int width, int height) {

    static Optional<ImageSize> of(byte[] image) {
        if (image.length >= 30
                && ascii(image, 0, 4).equals("RIFF")
                && ascii(image, 8, 4).equals("WEBP")) {
            return ofWebp(ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN), ascii(image, 12, 4));
        }
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(image))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return Optional.empty();
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in);
                return Optional.of(new ImageSize(reader.getWidth(0), reader.getHeight(0)));
            } finally {
                reader.dispose();
            }
        } catch (IOException damaged) {
            return Optional.empty();
        }
    }

    private static Optional<ImageSize> ofWebp(ByteBuffer webp, String chunk) {
        return switch (chunk) {
            case "VP8 " -> Optional.of(new ImageSize(webp.getShort(26) & 0x3FFF, webp.getShort(28) & 0x3FFF));
            case "VP8L" -> {
                int bits = webp.getInt(21);
                yield Optional.of(new ImageSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1));
            }
            case "VP8X" ->
                Optional.of(new ImageSize((webp.getInt(24) & 0xFFFFFF) + 1, (webp.getInt(26) >> 8 & 0xFFFFFF) + 1));
            default -> Optional.empty();
        };
    }

    private static String ascii(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.US_ASCII);
    }
}

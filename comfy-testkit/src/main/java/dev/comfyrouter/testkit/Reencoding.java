package dev.comfyrouter.testkit;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/// What `/view` and `/upload/mask` make of pictures; anything that is no picture is an error, as in Python.
final class Reencoding {

    private Reencoding() {}

    static byte[] jpeg(byte[] image) {
        return write(converted(decoded(image), BufferedImage.TYPE_INT_RGB), "jpeg");
    }

    static byte[] webp(byte[] image) {
        return WebP.of(converted(decoded(image), BufferedImage.TYPE_INT_ARGB));
    }

    static byte[] withoutAlpha(byte[] image) {
        return write(converted(decoded(image), BufferedImage.TYPE_INT_RGB), "png");
    }

    /// Black, with the alpha of the original.
    static byte[] alphaOnly(byte[] image) {
        BufferedImage alpha = converted(decoded(image), BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < alpha.getHeight(); y++) {
            for (int x = 0; x < alpha.getWidth(); x++) {
                alpha.setRGB(x, y, alpha.getRGB(x, y) & 0xFF000000);
            }
        }
        return write(alpha, "png");
    }

    static byte[] withAlphaOf(byte[] original, byte[] mask) {
        BufferedImage picture = converted(decoded(original), BufferedImage.TYPE_INT_ARGB);
        BufferedImage alpha = converted(decoded(mask), BufferedImage.TYPE_INT_ARGB);
        if (picture.getWidth() != alpha.getWidth() || picture.getHeight() != alpha.getHeight()) {
            throw new IllegalArgumentException("images do not match");
        }
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                picture.setRGB(x, y, (picture.getRGB(x, y) & 0xFFFFFF) | (alpha.getRGB(x, y) & 0xFF000000));
            }
        }
        return write(picture, "png");
    }

    private static BufferedImage decoded(byte[] image) {
        try {
            BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(image));
            if (decoded == null) {
                throw new IllegalArgumentException("cannot identify image file");
            }
            return decoded;
        } catch (IOException damaged) {
            throw new IllegalArgumentException("cannot read image file", damaged);
        }
    }

    private static BufferedImage converted(BufferedImage image, int type) {
        BufferedImage converted = new BufferedImage(image.getWidth(), image.getHeight(), type);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                converted.setRGB(x, y, image.getRGB(x, y));
            }
        }
        return converted;
    }

    private static byte[] write(BufferedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.setUseCache(false);
            ImageIO.write(image, format, out);
        } catch (IOException impossible) {
            throw new AssertionError("memory can always be written", impossible);
        }
        return out.toByteArray();
    }
}

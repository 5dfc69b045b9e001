package dev.comfyrouter.testkit;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/// A picture that shows what was asked for: soft coloured hills drawn from the seed, the prompt's words, size
/// and seed.
///
/// Pixels and letters are drawn by hand: a bare JDK has no fonts.
final class Painting {

    private static final byte[] TINY_JPEG = jpegOf(8, 8, new int[64]);

    private final int width;
    private final int height;
    private final int[] pixels;

    private Painting(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new int[width * height];
    }

    static byte[] tinyJpeg() {
        return TINY_JPEG;
    }

    static Painting of(Picture picture, int index) {
        Painting painting = new Painting(picture.width(), picture.height());
        Optional<BufferedImage> source = picture.source().flatMap(Painting::decoded);
        if (source.isPresent()) {
            painting.copy(source.get());
        }
        if (source.isEmpty() || !picture.text().isEmpty()) {
            painting.paintHills(new SplittableRandom(picture.seed().longValue() * 31 + index), source.isPresent());
            painting.label(picture, index);
        }
        return painting;
    }

    byte[] png(String metadata) {
        return Png.ofPixels(width, height, pixels, metadata);
    }

    /// @param progress from 0 (noise) to 1 (clear)
    byte[] jpeg(double progress) {
        int block = Math.max(1, (int) Math.round((1 - progress) * Math.max(width, height) / 16));
        double noise = (1 - progress) * 0.7;
        SplittableRandom random = new SplittableRandom(width * 31L + height);
        int[] shown = new int[pixels.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int seen = pixels[y / block * block * width + x / block * block];
                shown[y * width + x] = noise < 0.02 ? seen : mixed(seen, random.nextInt(0x1000000), noise);
            }
        }
        return jpegOf(width, height, shown);
    }

    private void copy(BufferedImage source) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                pixels[y * width + x] =
                        source.getRGB(x * source.getWidth() / width, y * source.getHeight() / height) & 0xFFFFFF;
            }
        }
    }

    private void paintHills(SplittableRandom random, boolean over) {
        float hue = (float) random.nextDouble();
        int sky = colour(hue, 0.45f, 0.95f);
        int horizon = colour(hue + 0.12f, 0.30f, 1.0f);
        int far = colour(hue + 0.45f, 0.35f, 0.75f);
        int near = colour(hue + 0.55f, 0.60f, 0.35f);
        double sunX = width * (0.2 + 0.6 * random.nextDouble());
        double sunY = height * (0.15 + 0.25 * random.nextDouble());
        double sun = Math.min(width, height) * 0.11;
        double[] phase = {random.nextDouble() * 6, random.nextDouble() * 6, random.nextDouble() * 6};
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double across = (double) x / width;
                double down = (double) y / height;
                int painted = mixed(sky, horizon, Math.min(1, down * 1.6));
                double distance = Math.hypot(x - sunX, y - sunY);
                if (distance < sun * 3) {
                    painted =
                            mixed(painted, 0xFFF4D0, distance < sun ? 0.95 : 0.5 * (1 - (distance - sun) / (sun * 2)));
                }
                for (int hill = 0; hill < 3; hill++) {
                    double top = 0.48
                            + hill * 0.15
                            + 0.07 * Math.sin(across * (5 + hill * 2) + phase[hill])
                            + 0.03 * Math.sin(across * (13 + hill * 3) + phase[hill] * 2);
                    if (down > top) {
                        painted = mixed(mixed(far, near, hill / 2.0), 0x101018, Math.min(0.35, (down - top) * 0.9));
                    }
                }
                int at = y * width + x;
                pixels[at] = over ? mixed(pixels[at], painted, 0.55) : painted;
            }
        }
    }

    private void label(Picture picture, int index) {
        int scale = Math.max(1, Math.min(width / 160, 5));
        int columns = width / (BitmapFont.ADVANCE * scale) - 2;
        int lineHeight = (BitmapFont.HEIGHT + 3) * scale;
        if (columns < 4 || height < lineHeight * 3) {
            return;
        }
        List<String> lines = wrapped(picture.text(), columns);
        int most = Math.max(1, height / 2 / lineHeight - 1);
        if (lines.size() > most) {
            lines = new ArrayList<>(lines.subList(0, most));
            lines.set(most - 1, lines.get(most - 1) + " ...");
        }
        lines.add(picture.width() + " x " + picture.height() + (picture.batch() > 1 ? "  no. " + (index + 1) : ""));
        lines.add("seed " + picture.seed());
        int top = height - lineHeight * lines.size() - 2 * scale;
        darken(top - 2 * scale);
        for (int line = 0; line < lines.size(); line++) {
            write(lines.get(line), BitmapFont.ADVANCE * scale, top + line * lineHeight, scale);
        }
    }

    private void darken(int from) {
        for (int at = Math.max(0, from) * width; at < pixels.length; at++) {
            pixels[at] = mixed(pixels[at], 0x101018, 0.55);
        }
    }

    private void write(String text, int left, int top, int scale) {
        for (int i = 0; i < text.length(); i++) {
            for (int row = 0; row < BitmapFont.HEIGHT; row++) {
                for (int column = 0; column < BitmapFont.WIDTH; column++) {
                    if (BitmapFont.isSet(text.charAt(i), column, row)) {
                        fill(left + (i * BitmapFont.ADVANCE + column) * scale, top + row * scale, scale);
                    }
                }
            }
        }
    }

    private void fill(int left, int top, int side) {
        for (int y = Math.max(0, top); y < Math.min(height, top + side); y++) {
            for (int x = Math.max(0, left); x < Math.min(width, left + side); x++) {
                pixels[y * width + x] = 0xFFFFFF;
            }
        }
    }

    private static List<String> wrapped(String text, int columns) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        // The font has no accents.
        String plain = Normalizer.normalize(text, Normalizer.Form.NFD).replaceAll("\\p{M}", "");
        for (String word : plain.strip().split("\\s+", -1)) {
            String rest = word;
            while (rest.length() > columns) {
                lines.add(rest.substring(0, columns));
                rest = rest.substring(columns);
            }
            if (!line.isEmpty() && line.length() + 1 + rest.length() > columns) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(rest);
        }
        if (!line.isEmpty()) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static int colour(float hue, float saturation, float brightness) {
        return java.awt.Color.HSBtoRGB(hue, saturation, brightness) & 0xFFFFFF;
    }

    private static int mixed(int a, int b, double share) {
        int red = (int) ((a >> 16 & 0xFF) * (1 - share) + (b >> 16 & 0xFF) * share);
        int green = (int) ((a >> 8 & 0xFF) * (1 - share) + (b >> 8 & 0xFF) * share);
        int blue = (int) ((a & 0xFF) * (1 - share) + (b & 0xFF) * share);
        return red << 16 | green << 8 | blue;
    }

    private static Optional<BufferedImage> decoded(byte[] image) {
        try {
            return Optional.ofNullable(ImageIO.read(new ByteArrayInputStream(image)));
        } catch (IOException damaged) {
            return Optional.empty();
        }
    }

    private static byte[] jpegOf(int width, int height, int[] rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, rgb, 0, width);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.setUseCache(false);
            ImageIO.write(image, "jpeg", out);
        } catch (IOException impossible) {
            throw new AssertionError("memory can always be written", impossible);
        }
        return out.toByteArray();
    }
}

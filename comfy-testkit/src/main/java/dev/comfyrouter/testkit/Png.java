package dev.comfyrouter.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Writes PNG files: pictures of one colour quickly, others from RGB values.
final class Png {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    private static final int PALETTE = 3;
    private static final int RGB = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Png() {
        out.writeBytes(SIGNATURE);
    }

    /// @param text the `tEXt` chunk named `prompt`; none when it is empty
    static byte[] ofOneColour(int width, int height, int rgb, String text) {
        Png png = new Png();
        png.header(width, height, 1, PALETTE);
        png.text(text);
        png.chunk("PLTE", new byte[] {(byte) (rgb >> 16), (byte) (rgb >> 8), (byte) rgb});
        png.chunk("IDAT", deflated(new byte[(1 + (width + 7) / 8) * height], Deflater.BEST_SPEED));
        return png.end();
    }

    /// @param pixels as `0xRRGGBB`, row by row
    static byte[] ofPixels(int width, int height, int[] pixels, String text) {
        Png png = new Png();
        png.header(width, height, 8, RGB);
        png.text(text);
        byte[] rows = new byte[(1 + width * 3) * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            // "Up" filter: neighbouring rows are alike here, which packs well.
            rows[at++] = 2;
            for (int x = 0; x < width; x++) {
                int rgb = pixels[y * width + x];
                int above = y == 0 ? 0 : pixels[(y - 1) * width + x];
                rows[at++] = (byte) ((rgb >> 16) - (above >> 16));
                rows[at++] = (byte) ((rgb >> 8) - (above >> 8));
                rows[at++] = (byte) (rgb - above);
            }
        }
        png.chunk("IDAT", deflated(rows, Deflater.BEST_SPEED));
        return png.end();
    }

    private void header(int width, int height, int depth, int colours) {
        chunk(
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) depth)
                        .put((byte) colours)
                        .array());
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            chunk("tEXt", ("prompt\0" + text).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private byte[] end() {
        chunk("IEND", new byte[0]);
        return out.toByteArray();
    }

    private void chunk(String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private static byte[] deflated(byte[] data, int level) {
        Deflater deflater = new Deflater(level);
        try {
            deflater.setInput(data);
            deflater.finish();
            ByteArrayOutputStream packed = new ByteArrayOutputStream(Math.max(64, data.length / 64));
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                packed.write(buffer, 0, deflater.deflate(buffer));
            }
            return packed.toByteArray();
        } finally {
            deflater.end();
        }
    }
}

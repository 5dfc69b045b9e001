package dev.comfyrouter.testkit;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes lossless WebP without any compression: the smallest part of the format (RFC 9649) that carries a
/// picture.
///
/// Each colour is a literal of four bytes. The prefix codes give every literal value a code of 8 bits, so that
/// a code is its value.
final class WebP {

    private static final int SIGNATURE = 0x2F;
    private static final int GREEN_SYMBOLS = 256 + 24;
    private static final int COLOUR_SYMBOLS = 256;
    // The order in which the lengths of code-length codes are written.
    private static final int[] LENGTH_ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long bits;
    private int used;

    private WebP() {}

    static byte[] of(BufferedImage image) {
        WebP webp = new WebP();
        webp.put(SIGNATURE, 8);
        webp.put(image.getWidth() - 1, 14);
        webp.put(image.getHeight() - 1, 14);
        webp.put(1, 1); // alpha is used
        webp.put(0, 3); // version
        webp.put(0, 1); // no transform
        webp.put(0, 1); // no colour cache
        webp.put(0, 1); // one group of prefix codes
        webp.literalCode(GREEN_SYMBOLS);
        webp.literalCode(COLOUR_SYMBOLS);
        webp.literalCode(COLOUR_SYMBOLS);
        webp.literalCode(COLOUR_SYMBOLS);
        webp.emptyCode();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int argb = image.getRGB(x, y);
                webp.literal(argb >> 8 & 0xFF);
                webp.literal(argb >> 16 & 0xFF);
                webp.literal(argb & 0xFF);
                webp.literal(argb >>> 24);
            }
        }
        return webp.inContainer();
    }

    /// 256 codes of 8 bits; what follows them (backward references) has none.
    private void literalCode(int symbols) {
        put(0, 1); // not a simple code
        // Only two lengths occur, 0 and 8: each gets a code of one bit.
        int last = 11;
        put(last + 1 - 4, 4);
        for (int i = 0; i <= last; i++) {
            put(LENGTH_ORDER[i] == 0 || LENGTH_ORDER[i] == 8 ? 1 : 0, 3);
        }
        put(0, 1); // lengths for all symbols follow
        for (int symbol = 0; symbol < symbols; symbol++) {
            put(symbol < COLOUR_SYMBOLS ? 1 : 0, 1);
        }
    }

    /// A simple code of one symbol, which takes no bits: for distances, which never occur.
    private void emptyCode() {
        put(1, 1); // simple
        put(0, 1); // one symbol
        put(0, 1); // of one bit
        put(0, 1); // the symbol
    }

    private void literal(int value) {
        // Prefix codes are written from their highest bit on.
        put(Integer.reverse(value) >>> 24, 8);
    }

    private void put(int value, int count) {
        bits |= (long) value << used;
        used += count;
        while (used >= 8) {
            out.write((int) bits);
            bits >>>= 8;
            used -= 8;
        }
    }

    private byte[] inContainer() {
        if (used > 0) {
            put(0, 8 - used);
        }
        byte[] data = out.toByteArray();
        int padded = data.length + data.length % 2;
        return ByteBuffer.allocate(20 + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(12 + padded)
                .put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII))
                .putInt(data.length)
                .put(data)
                .array();
    }
}

package dev.comfyrouter.workflows;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;

/// Pictures that are nothing but headers.
final class SamplePictures {
    private SamplePictures() {}

    static byte[] png(int width, int height) {
        return png(width, height, false);
    }

    /// Greater sizes than memory could hold are possible: there are no pixels.
    static byte[] png(int width, int height, boolean alpha) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        var header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) 8)
                .put((byte) (alpha ? 6 : 2));
        chunk(out, "IHDR", header.array());
        chunk(out, "IDAT", new byte[0]);
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    static void chunk(ByteArrayOutputStream out, String name, byte[] data) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        var body = new ByteArrayOutputStream();
        body.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
        body.writeBytes(data);
        var crc = new CRC32();
        crc.update(body.toByteArray());
        out.writeBytes(body.toByteArray());
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /// As a request's image: `{"type":"base64","content":"…"}`.
    static String base64(byte[] picture) {
        return "{\"type\":\"base64\",\"content\":\"" + Base64.getEncoder().encodeToString(picture) + "\"}";
    }
}

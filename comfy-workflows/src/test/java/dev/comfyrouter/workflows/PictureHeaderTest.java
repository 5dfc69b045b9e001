package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.workflows.PictureHeader.Format;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureHeaderTest {

    @Test
    void picturesOfAnotherWriterAreRead() throws IOException {
        assertThat(PictureHeader.of(written("png", BufferedImage.TYPE_INT_ARGB)))
                .hasValue(new PictureHeader(Format.PNG, 37, 21, true, false));
        assertThat(PictureHeader.of(written("png", BufferedImage.TYPE_INT_RGB)))
                .hasValue(new PictureHeader(Format.PNG, 37, 21, false, false));
        assertThat(PictureHeader.of(written("jpg", BufferedImage.TYPE_INT_RGB)))
                .hasValue(new PictureHeader(Format.JPEG, 37, 21, false, false));
        assertThat(PictureHeader.of(written("gif", BufferedImage.TYPE_INT_RGB))).isEmpty();
    }

    @Test
    void theThreeKindsOfWebpAreRead() {
        var lossy = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        lossy.put(new byte[] {0, 0, 0, (byte) 0x9d, 1, 0x2a})
                .putShort((short) (640 | 0x4000))
                .putShort((short) 480);
        var lossless = ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN);
        lossless.put((byte) 0x2f).putInt(639 | 479 << 14 | 1 << 28);

        assertThat(PictureHeader.of(webp("VP8 ", lossy.array())))
                .hasValue(new PictureHeader(Format.WEBP, 640, 480, false, false));
        assertThat(PictureHeader.of(webp("VP8L", lossless.array())))
                .hasValue(new PictureHeader(Format.WEBP, 640, 480, true, false));
        assertThat(PictureHeader.of(webp("VP8X", extended(0x12, 16_000, 70_000))))
                .hasValue(new PictureHeader(Format.WEBP, 16_000, 70_000, true, true));
    }

    @ParameterizedTest
    @CsvSource({"1, 640, 480", "3, 640, 480", "6, 480, 640", "8, 480, 640", "99, 640, 480"})
    void theRotationOfACameraIsApplied(int orientation, int width, int height) {
        var png = new ByteArrayOutputStream();
        png.writeBytes(Arrays.copyOf(SamplePictures.png(640, 480), 33));
        SamplePictures.chunk(png, "eXIf", exif(orientation, ByteOrder.BIG_ENDIAN));
        SamplePictures.chunk(png, "IDAT", new byte[0]);

        var block = exif(orientation, ByteOrder.LITTLE_ENDIAN);
        var jpeg = ByteBuffer.allocate(40 + block.length);
        jpeg.put(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe1});
        jpeg.putShort((short) (8 + block.length))
                .put("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1))
                .put(block);
        jpeg.put(new byte[] {(byte) 0xff, (byte) 0xc2, 0, 17, 8})
                .putShort((short) 480)
                .putShort((short) 640);

        var webp = webp("VP8X", extended(0x08, 640, 480), "VP8 ", new byte[11], "EXIF", block);

        assertThat(PictureHeader.of(png.toByteArray()))
                .hasValue(new PictureHeader(Format.PNG, width, height, false, false));
        assertThat(PictureHeader.of(jpeg.array()))
                .hasValue(new PictureHeader(Format.JPEG, width, height, false, false));
        assertThat(PictureHeader.of(webp)).hasValue(new PictureHeader(Format.WEBP, width, height, false, false));
    }

    @Test
    void whatIsCutOffOrDamagedIsNoPicture() throws IOException {
        var random = new Random(1);
        for (var whole : new byte[][] {
            written("png", BufferedImage.TYPE_INT_ARGB),
            written("jpg", BufferedImage.TYPE_INT_RGB),
            webp("VP8X", extended(0x08, 640, 480), "VP8 ", new byte[20], "EXIF", exif(6, ByteOrder.LITTLE_ENDIAN))
        }) {
            for (int length = 0; length < 20; length++)
                assertThat(PictureHeader.of(Arrays.copyOf(whole, length))).isEmpty();
            for (int round = 0; round < 2000; round++) {
                var damaged = whole.clone();
                for (int hit = 0; hit < 3; hit++)
                    damaged[random.nextInt(Math.min(60, damaged.length))] = (byte) random.nextInt();

                PictureHeader.of(damaged).ifPresent(header -> {
                    assertThat(header.width()).isPositive();
                    assertThat(header.height()).isPositive();
                });
            }
        }
    }

    @Test
    void moreThan64MegapixelsAreTooMany() {
        assertThat(new PictureHeader(Format.PNG, 8000, 8000, false, false).problem())
                .isEmpty();
        assertThat(new PictureHeader(Format.PNG, 1 << 30, 1 << 30, false, false).problem())
                .isPresent();
    }

    private static byte[] written(String format, int type) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(37, 21, type), format, out);
        return out.toByteArray();
    }

    private static byte[] extended(int flags, int width, int height) {
        var chunk = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        chunk.putInt(flags);
        for (var side : new int[] {width - 1, height - 1})
            chunk.put((byte) side).put((byte) (side >> 8)).put((byte) (side >> 16));
        return chunk.array();
    }

    private static byte[] exif(int orientation, ByteOrder order) {
        var block = ByteBuffer.allocate(26).order(order);
        block.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.ISO_8859_1));
        return block.putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .array();
    }

    private static byte[] webp(Object... chunks) {
        var body = new ByteArrayOutputStream();
        body.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
        for (int index = 0; index < chunks.length; index += 2) {
            var data = (byte[]) chunks[index + 1];
            body.writeBytes(((String) chunks[index]).getBytes(StandardCharsets.ISO_8859_1));
            body.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(data.length)
                    .array());
            body.writeBytes(Arrays.copyOf(data, data.length + (data.length & 1)));
        }
        var head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        head.put("RIFF".getBytes(StandardCharsets.ISO_8859_1)).putInt(body.size());
        var out = new ByteArrayOutputStream();
        out.writeBytes(head.array());
        out.writeBytes(body.toByteArray());
        return out.toByteArray();
    }
}

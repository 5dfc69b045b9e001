package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.PictureHeader.Format;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Reads the headers of PNG, JPEG and WebP pictures from a stream of bytes nobody vouches for.
final class PictureReader {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
    /// The rotation stands at the start of the Exif block; the rest holds thumbnails.
    private static final int EXIF_PART = 64 << 10;

    private final InputStream in;

    private PictureReader(InputStream in) {
        this.in = in;
    }

    static Optional<PictureHeader> read(InputStream picture) throws IOException {
        var reader = new PictureReader(picture);
        try {
            var start = reader.bytes(8);
            if (start[0] == (byte) 0xff && start[1] == (byte) 0xd8) {
                return new PictureReader(new SequenceInputStream(new ByteArrayInputStream(start, 2, 6), picture))
                        .jpeg();
            }
            if (Arrays.equals(PNG, start)) return reader.png();
            if (new String(start, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF"))
                return reader.webp(Integer.toUnsignedLong(
                        ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(4)));
            return Optional.empty();
        } catch (EOFException cutOff) {
            return Optional.empty();
        }
    }

    private Optional<PictureHeader> png() throws IOException {
        var first = chunk(ByteOrder.BIG_ENDIAN);
        if (!first.name.equals("IHDR") || first.length != 13) return Optional.empty();
        var header = ByteBuffer.wrap(bytes(13 + 4));
        var width = header.getInt();
        var height = header.getInt();
        var colour = header.get(9);
        var alpha = colour == 4 || colour == 6;
        var animated = false;
        var orientation = 1;
        while (true) {
            var chunk = chunk(ByteOrder.BIG_ENDIAN);
            if (chunk.name.equals("IDAT") || chunk.name.equals("IEND")) break;
            alpha |= chunk.name.equals("tRNS");
            animated |= chunk.name.equals("acTL");
            var taken = 0;
            if (chunk.name.equals("eXIf")) {
                var exif = bytes((int) Math.min(chunk.length, EXIF_PART));
                taken = exif.length;
                orientation = orientation(exif);
            }
            skip(chunk.length - taken + 4);
        }
        return known(Format.PNG, width, height, alpha, animated, orientation);
    }

    private Optional<PictureHeader> jpeg() throws IOException {
        var orientation = 1;
        while (true) {
            var marker = marker();
            // Start of frame, but for the tables that share the range.
            if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                skip(3);
                var size = ByteBuffer.wrap(bytes(4));
                var height = Short.toUnsignedInt(size.getShort());
                var width = Short.toUnsignedInt(size.getShort());
                return known(Format.JPEG, width, height, false, false, orientation);
            }
            if (marker == 0xda || marker == 0xd9) return Optional.empty();
            if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
            var length = Short.toUnsignedInt(ByteBuffer.wrap(bytes(2)).getShort()) - 2;
            if (length < 0) return Optional.empty();
            var taken = 0;
            if (marker == 0xe1) {
                var segment = bytes(length);
                taken = length;
                if (startsWithExif(segment)) orientation = orientation(Arrays.copyOfRange(segment, 6, length));
            }
            skip(length - taken);
        }
    }

    private int marker() throws IOException {
        var next = one();
        while (next != 0xff) next = one();
        while (next == 0xff) next = one();
        return next;
    }

    private Optional<PictureHeader> webp(long size) throws IOException {
        if (!name().equals("WEBP")) return Optional.empty();
        var first = chunk(ByteOrder.LITTLE_ENDIAN);
        return switch (first.name) {
            case "VP8 " -> lossy();
            case "VP8L" -> lossless();
            case "VP8X" -> extended(size - 4 - 8 - first.padded(), first.padded());
            default -> Optional.empty();
        };
    }

    private Optional<PictureHeader> lossy() throws IOException {
        var frame = bytes(10);
        if (frame[3] != (byte) 0x9d || frame[4] != 0x01 || frame[5] != 0x2a) return Optional.empty();
        var sizes = ByteBuffer.wrap(frame, 6, 4).order(ByteOrder.LITTLE_ENDIAN);
        return known(Format.WEBP, sizes.getShort() & 0x3fff, sizes.getShort() & 0x3fff, false, false, 1);
    }

    private Optional<PictureHeader> lossless() throws IOException {
        var head = bytes(5);
        if (head[0] != 0x2f) return Optional.empty();
        var bits = ByteBuffer.wrap(head, 1, 4).order(ByteOrder.LITTLE_ENDIAN).getInt();
        var alpha = (bits >>> 28 & 1) == 1;
        return known(Format.WEBP, 1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff), alpha, false, 1);
    }

    private Optional<PictureHeader> extended(long left, long length) throws IOException {
        var header = ByteBuffer.wrap(bytes(10)).order(ByteOrder.LITTLE_ENDIAN);
        skip(length - 10);
        var flags = header.get(0);
        var width = 1 + (header.getInt(4) & 0xffffff);
        var height = 1 + (header.getInt(6) >>> 8);
        var orientation = (flags & 0x08) == 0 ? 1 : orientationBehind(left);
        return known(Format.WEBP, width, height, (flags & 0x10) != 0, (flags & 0x02) != 0, orientation);
    }

    /// The Exif chunk of a WebP stands behind the picture.
    private int orientationBehind(long bytesLeft) throws IOException {
        var left = bytesLeft;
        while (left >= 8) {
            var chunk = chunk(ByteOrder.LITTLE_ENDIAN);
            left -= 8 + chunk.padded();
            if (chunk.name.equals("EXIF")) {
                var exif = bytes((int) Math.min(chunk.length, EXIF_PART));
                return orientation(startsWithExif(exif) ? Arrays.copyOfRange(exif, 6, exif.length) : exif);
            }
            skip(chunk.padded());
        }
        return 1;
    }

    private static boolean startsWithExif(byte[] segment) {
        return segment.length > 6 && Arrays.equals(EXIF, 0, 6, segment, 0, 6);
    }

    /// The orientation of a TIFF block, 1 to 8; 1 when it says nothing.
    private static int orientation(byte[] tiff) {
        if (tiff.length < 14 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
        var block = ByteBuffer.wrap(tiff).order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        var directory = Integer.toUnsignedLong(block.getInt(4));
        if (directory + 2 > tiff.length) return 1;
        var entries = Short.toUnsignedInt(block.getShort((int) directory));
        for (int entry = 0; entry < entries; entry++) {
            var at = (int) directory + 2 + 12 * entry;
            if (at + 12 > tiff.length) return 1;
            if (block.getShort(at) == 0x0112) return block.getShort(at + 8);
        }
        return 1;
    }

    private static Optional<PictureHeader> known(
            Format format, int width, int height, boolean alpha, boolean animated, int orientation) {
        if (width <= 0 || height <= 0) return Optional.empty();
        return Optional.of(
                orientation >= 5 && orientation <= 8
                        ? new PictureHeader(format, height, width, alpha, animated)
                        : new PictureHeader(format, width, height, alpha, animated));
    }

    private record Chunk(String name, long length) {
        /// WebP chunks fill up to an even length.
        long padded() {
            return length + (length & 1);
        }
    }

    /// The length comes before the name in PNG, behind it in WebP.
    private Chunk chunk(ByteOrder order) throws IOException {
        var head = ByteBuffer.wrap(bytes(8)).order(order);
        var lengthFirst = order == ByteOrder.BIG_ENDIAN;
        var name = new String(head.array(), lengthFirst ? 4 : 0, 4, StandardCharsets.ISO_8859_1);
        return new Chunk(name, Integer.toUnsignedLong(head.getInt(lengthFirst ? 0 : 4)));
    }

    private String name() throws IOException {
        return new String(bytes(4), StandardCharsets.ISO_8859_1);
    }

    private int one() throws IOException {
        var next = in.read();
        if (next < 0) throw new EOFException();
        return next;
    }

    private byte[] bytes(int count) throws IOException {
        var bytes = in.readNBytes(count);
        if (bytes.length < count) throw new EOFException();
        return bytes;
    }

    private void skip(long count) throws IOException {
        in.skipNBytes(count);
    }
}

package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Reads the binary frames of the event stream: a type of four bytes, big-endian, and what the type says.
final class FrameDecoder {
    private static final int PREVIEW = 1;
    private static final int TEXT = 3;
    private static final int PREVIEW_WITH_METADATA = 4;

    private FrameDecoder() {}

    static ComfyEvent decode(ByteBuffer frame) {
        int size = frame.remaining();
        if (size < Integer.BYTES) {
            return tooShort(size, "a frame type");
        }
        int type = frame.getInt();
        return switch (type) {
            case PREVIEW -> size < 8 ? tooShort(size, "an image format") : preview(frame);
            case TEXT -> size < 8 ? tooShort(size, "a node id") : text(frame, size);
            case PREVIEW_WITH_METADATA -> size < 8 ? tooShort(size, "metadata") : previewWithMetadata(frame, size);
            default -> new ComfyEvent.UnknownFrame(Integer.toUnsignedLong(type), Bytes.drain(frame));
        };
    }

    private static ComfyEvent preview(ByteBuffer frame) {
        String contentType = switch (frame.getInt()) {
            case 1 -> "image/jpeg";
            case 2 -> "image/png";
            default -> "application/octet-stream";
        };
        return new ComfyEvent.Preview(
                Optional.empty(), Optional.empty(), Optional.empty(), contentType, Bytes.drain(frame));
    }

    private static ComfyEvent text(ByteBuffer frame, int size) {
        Optional<byte[]> node = prefixed(frame);
        return node.isEmpty()
                ? tooShort(size, "its node id")
                : new ComfyEvent.Text(utf8(node.get()), utf8(rest(frame)));
    }

    private static ComfyEvent previewWithMetadata(ByteBuffer frame, int size) {
        Optional<byte[]> prefix = prefixed(frame);
        if (prefix.isEmpty()) {
            return tooShort(size, "its metadata");
        }
        JsonNode metadata;
        try {
            metadata = Json.read(prefix.get());
        } catch (IOException notJson) {
            return new ComfyEvent.Malformed("the metadata of a preview frame are not JSON");
        }
        return new ComfyEvent.Preview(
                EventDecoder.promptId(metadata),
                Json.text(metadata, "node_id"),
                Json.text(metadata, "display_node_id"),
                Json.text(metadata, "image_type").orElse("application/octet-stream"),
                Bytes.drain(frame));
    }

    /// What a length of four bytes stands before; empty if the frame ends earlier.
    private static Optional<byte[]> prefixed(ByteBuffer frame) {
        int length = frame.getInt();
        if (length < 0 || length > frame.remaining()) {
            return Optional.empty();
        }
        byte[] bytes = new byte[length];
        frame.get(bytes);
        return Optional.of(bytes);
    }

    private static byte[] rest(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ComfyEvent tooShort(int size, String what) {
        return new ComfyEvent.Malformed("a binary frame of " + size + " bytes is too short for " + what);
    }
}

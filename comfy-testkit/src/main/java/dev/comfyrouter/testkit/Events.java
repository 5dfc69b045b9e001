package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/// What the server says through its WebSockets, and to whom.
final class Events {

    private static final int PREVIEW = 1;
    private static final int TEXT = 3;
    private static final int PREVIEW_WITH_METADATA = 4;

    /// The format word of type 1 frames.
    enum ImageFormat {
        JPEG(1, "image/jpeg"),
        PNG(2, "image/png");

        final int word;
        final String contentType;

        ImageFormat(int word, String contentType) {
            this.word = word;
            this.contentType = contentType;
        }
    }

    private final Sockets sockets;
    private volatile boolean deaf;

    Events(Sockets sockets) {
        this.sockets = sockets;
    }

    /// Nothing is said any more, while everything else goes on.
    void mute(boolean on) {
        deaf = on;
    }

    /// To one socket, or to all when there is no sid.
    void send(Optional<String> sid, String type, Supplier<String> data) {
        if (!deaf) {
            sockets.text(
                    sid,
                    () -> ("{\"type\":\"" + type + "\",\"data\":" + data.get() + "}").getBytes(StandardCharsets.UTF_8));
        }
    }

    void send(Optional<String> sid, String type, JsonNode data) {
        send(sid, type, () -> Json.write(data));
    }

    void broadcastStatus(int remaining) {
        send(Optional.empty(), "status", () -> "{\"status\":{\"exec_info\":{\"queue_remaining\":" + remaining + "}}}");
    }

    void welcome(String sid, int remaining) {
        send(
                Optional.of(sid),
                "status",
                () -> "{\"status\":{\"exec_info\":{\"queue_remaining\":" + remaining + "}},\"sid\":" + Json.quoted(sid)
                        + "}");
    }

    boolean wantsPreviewMetadata(Optional<String> sid) {
        return sockets.wantsPreviewMetadata(sid);
    }

    void preview(Optional<String> sid, ImageFormat format, byte[] image) {
        binary(
                sid,
                () -> ByteBuffer.allocate(8 + image.length)
                        .putInt(PREVIEW)
                        .putInt(format.word)
                        .put(image)
                        .array());
    }

    void previewWithMetadata(Optional<String> sid, ObjectNode metadata, ImageFormat format, byte[] image) {
        binary(sid, () -> {
            byte[] json = Json.write(metadata.deepCopy().put("image_type", format.contentType))
                    .getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(8 + json.length + image.length)
                    .putInt(PREVIEW_WITH_METADATA)
                    .putInt(json.length)
                    .put(json)
                    .put(image)
                    .array();
        });
    }

    /// Text that a node shows on itself; nodes send it to everybody.
    void text(String node, String text) {
        binary(Optional.empty(), () -> {
            byte[] id = node.getBytes(StandardCharsets.UTF_8);
            byte[] words = text.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(8 + id.length + words.length)
                    .putInt(TEXT)
                    .putInt(id.length)
                    .put(id)
                    .put(words)
                    .array();
        });
    }

    private void binary(Optional<String> sid, Supplier<byte[]> frame) {
        if (!deaf) {
            sockets.binary(sid, frame);
        }
    }
}

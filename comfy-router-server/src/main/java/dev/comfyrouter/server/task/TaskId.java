package dev.comfyrouter.server.task;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/// The public id of a task: a random UUID, the key of its open preview, and never sent to a node.
public record TaskId(UUID value) {
    /// A new id. Ids guard the open preview, so they come from the system's secure source.
    public static TaskId random() {
        return new TaskId(UUID.randomUUID());
    }

    /// The id in `text`, or empty when it is not a canonical lower-case UUID.
    public static Optional<TaskId> parse(String text) {
        try {
            UUID value = UUID.fromString(text);
            return value.toString().equals(text) ? Optional.of(new TaskId(value)) : Optional.empty();
        } catch (IllegalArgumentException malformed) {
            return Optional.empty(); // to the caller a malformed id is an unknown one
        }
    }

    public static TaskId of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new TaskId(new UUID(buffer.getLong(), buffer.getLong()));
    }

    public byte[] bytes() {
        return ByteBuffer.allocate(16)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits())
                .array();
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

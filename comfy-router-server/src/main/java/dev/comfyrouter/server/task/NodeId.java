package dev.comfyrouter.server.task;

import java.util.Optional;

/// The id of a node: a number given by the store, never used twice.
public record NodeId(long value) implements Comparable<NodeId> {
    /// The id in `text`, or empty when it is not a positive number.
    public static Optional<NodeId> parse(String text) {
        try {
            long value = Long.parseLong(text);
            return value > 0 && Long.toString(value).equals(text) ? Optional.of(new NodeId(value)) : Optional.empty();
        } catch (NumberFormatException malformed) {
            return Optional.empty(); // to the caller a malformed id is an unknown one
        }
    }

    @Override
    public int compareTo(NodeId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
